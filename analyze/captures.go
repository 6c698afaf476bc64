// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// describe is the report's view of the captures, in the order given.
func (a *Analyzer) describe(captures []*exchange.Capture, clocks hops.Clocks) []finding.Capture {
	list := []finding.Capture{}
	for _, c := range captures {
		described := finding.Capture{
			ID: c.ID, Name: c.Name, Kind: c.Kind, Creator: c.Creator, Node: c.Node, Interfaces: c.Interfaces,
			Clock:     clock(clocks[c]),
			FirstTime: finding.Time{Time: c.FirstTime}, LastTime: finding.Time{Time: c.LastTime},
			Removed: c.Removed, Ledger: c.Ledger,
		}
		for _, part := range c.Parts {
			described.Parts = append(described.Parts, finding.Part(part))
		}
		for _, note := range c.Notes {
			text := note.Text
			if note.Fact != "" && a.given.InPlain(note.Hosts) {
				text = note.Fact
			}
			described.Notes = append(described.Notes, finding.Note{Code: note.Code, Text: text})
		}
		for _, note := range []func(*exchange.Capture) (finding.Note, bool){a.secrets.note, a.retention.note, a.tokens.note, a.forms.note, a.visits.note, a.passedRoundTrips} {
			if note, ok := note(c); ok {
				described.Notes = append(described.Notes, note)
			}
		}
		list = append(list, described)
	}
	return list
}

func clock(c hops.Clock) finding.Clock {
	return finding.Clock{OffsetMS: milliseconds(c.Offset), UncertaintyMS: milliseconds(c.Uncertainty), Samples: c.Samples}
}

// milliseconds are rounded to the microsecond, which is more than any clock tells.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}

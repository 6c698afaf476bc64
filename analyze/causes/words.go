// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// clip keeps a text of the wire from filling a sentence.
func clip(s string) string {
	const most = 200
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// list joins what is all true.
func list(ways []string) string { return strings.Join(ways, " and ") }

// rounded is a duration as people say it.
func rounded(d time.Duration) string {
	if d.Abs() < time.Minute {
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	}
	return d.Round(time.Second).String()
}

// logEvidence points at the line of a log that makes a statement.
func logEvidence(line exchange.Statement) finding.Evidence {
	return pointAt(line.Ref, "log", line.Text, "")
}

// pointAt is evidence: one value, clipped, of what was seen there.
func pointAt(ref exchange.Ref, field, value, note string) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(ref), Field: field, Value: clip(value), Note: note}
}

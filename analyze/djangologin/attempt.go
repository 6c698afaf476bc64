// SPDX-License-Identifier: Apache-2.0

package djangologin

import (
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Assemble returns the submissions that Django's check refused or that were taken, each
// with all sightings of it, in order of time.
func Assemble(steps []*Step, captures []*exchange.Capture) []*Step {
	attach(steps, captures)
	requests, _ := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	var forms []*Step
	for _, r := range requests {
		seen := r.Seen
		best := innermost(seen)
		best.Seen, best.Hops = seen, r.Path
		for _, s := range seen {
			best.fillFrom(s)
		}
		if best.Taken || best.Refused || best.Reason != "" {
			forms = append(forms, best)
		}
	}
	return forms
}

// innermost is the last sighting whose fields were seen, or the first if none were.
func innermost(seen []*Step) *Step {
	best := seen[0]
	for _, s := range seen {
		if s.OriginState != exchange.Unknown {
			best = s
		}
	}
	return best
}

func (s *Step) fillFrom(other *Step) {
	if s == other {
		return
	}
	s.Refused = s.Refused || other.Refused
	if s.Reason == "" {
		s.Reason = other.Reason
	}
	s.Said = append(s.Said, other.Said...)
}

// attach gives Django's line on a refused form to the request of that path that the same
// log tells of next: Django writes it before the server writes its own.
func attach(steps []*Step, captures []*exchange.Capture) {
	for _, c := range captures {
		taken := map[*Step]bool{}
		for _, said := range c.Statements {
			if said.Code != exchange.SaidFormForbidden {
				continue
			}
			var next *Step
			for _, s := range steps {
				fits := s.Ref.Capture == c && s.Ref.HasLine && s.Ref.Line > said.Ref.Line && s.Path == said.Values.Target && !taken[s]
				if fits && (next == nil || s.Ref.Line < next.Ref.Line) {
					next = s
				}
			}
			if next != nil {
				taken[next] = true
				next.hear([]exchange.Statement{said})
			}
		}
	}
}

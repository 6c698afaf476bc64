// SPDX-License-Identifier: Apache-2.0

package flasklogin

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Attempt is a form that was refused, and the page that it came from, if that was seen.
type Attempt struct {
	Page   *Step // nil if not seen
	Submit *Step

	// Other is the last page before the submission, not Page, that set the very session
	// which was sent; nil if none was seen.
	Other *Step
}

// Assemble makes attempts out of steps, one for each submission that Flask-WTF refused,
// in order of time. A page belongs to the submission that brings back its very token.
func Assemble(steps []*Step, captures []*exchange.Capture) []*Attempt {
	attach(steps, captures)
	pages, setters := map[string]*Step{}, map[string]*Step{}
	var attempts []*Attempt
	for _, s := range join(steps) {
		if s.IsPage() && s.Set != nil {
			setters[s.Set.Raw] = s
		}
		switch {
		case s.IsPage() && s.TokenRaw != "":
			pages[s.TokenRaw] = s
		case !s.IsPage() && s.Reason != "":
			a := &Attempt{Page: pages[s.TokenRaw], Submit: s}
			if len(s.Sent) > 0 && setters[s.Sent[0].Raw] != a.Page {
				a.Other = setters[s.Sent[0].Raw]
			}
			attempts = append(attempts, a)
		}
	}
	return attempts
}

// attach gives the line in which Flask-WTF refuses a form to the request that was
// logged next with 400: Airflow 3.0 writes it right before, and without times.
func attach(steps []*Step, captures []*exchange.Capture) {
	for _, c := range captures {
		after := 0
		for _, said := range c.Statements {
			if said.Code != exchange.SaidCSRFRefused || said.Ref.Line < after {
				continue
			}
			var next *Step
			for _, s := range steps {
				behind := s.Ref.Capture == c && s.Ref.HasLine && !s.IsPage() && s.Ref.Line > said.Ref.Line
				if behind && (next == nil || s.Ref.Line < next.Ref.Line) {
					next = s
				}
			}
			if next != nil && len(next.Said) == 0 {
				next.hear([]exchange.Statement{said})
				after = next.Ref.Line
			}
		}
	}
}

// join puts the sightings of each request together; the innermost one whose cookies are
// known stands for it.
func join(steps []*Step) []*Step {
	requests, _ := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	var joined []*Step
	for _, r := range requests {
		seen := r.Seen
		best := seen[0]
		for _, s := range seen {
			if s.SentState != exchange.Unknown && !s.Ref.HasLine {
				best = s
			}
		}
		best.Seen, best.Hops = seen, r.Path
		for _, s := range seen {
			best.fillFrom(s)
		}
		joined = append(joined, best)
	}
	return joined
}

func (s *Step) fillFrom(other *Step) {
	if s == other {
		return
	}
	if s.TokenRaw == "" {
		s.Token, s.TokenRaw, s.TokenState = other.Token, other.TokenRaw, other.TokenState
	}
	if s.Set == nil {
		s.Set = other.Set
	}
	if other.Reason != "" && (s.Reason == "" || s.bySaid) {
		s.Reason, s.bySaid = other.Reason, other.bySaid
	}
	s.Said = append(s.Said, other.Said...)
}

// At is the sighting of a hop, as a step whose cookies are known.
func (s *Step) At(hop int) *Step {
	for _, sighting := range s.Hops[hop].Sightings {
		i := slices.IndexFunc(s.Seen, func(seen *Step) bool { return seen.Sighting == sighting && seen.SentState != exchange.Unknown })
		if i >= 0 {
			return s.Seen[i]
		}
	}
	return &Step{}
}

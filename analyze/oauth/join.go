// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// join puts the sightings of each request together, in order of time. What stands for
// a request is a copy of the sighting that says most and, of several, of the one
// nearest to the application; what it lacks is taken from the others.
func join(steps []*Step) ([]*Step, hops.Clocks) {
	for _, s := range steps {
		s.resolve()
	}
	requests, clocks := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	joined := make([]*Step, len(requests))
	for i, r := range requests {
		seen := r.Seen
		one := *hops.MostTelling(seen, (*Step).known)
		one.Seen, one.Hops = seen, r.Path
		for i := len(seen) - 1; i >= 0; i-- {
			one.fillFrom(seen[i])
		}
		joined[i] = &one
	}
	return joined, clocks
}

// resolve takes back what was taken for absent while the capture was being read: that
// its recorder leaves a field out of every message is known at its end only.
func (s *Step) resolve() {
	if s.CookiesState == exchange.Absent && s.Ref.Capture.HasRemoved("Cookie") {
		s.CookiesState = exchange.Unknown
	}
	if s.SetState == exchange.Absent && s.Ref.Capture.HasRemoved("Set-Cookie") {
		s.SetState = exchange.Unknown
	}
}

// known counts what a sighting says, whatever that is. A log has words and no message.
func (s *Step) known() int {
	n := 0
	for _, known := range []bool{s.CookiesState != exchange.Unknown, s.SetState != exchange.Unknown, s.Status != 0, !s.State.IsZero(), !s.Ref.HasLine} {
		if known {
			n++
		}
	}
	return n
}

func (s *Step) fillFrom(other *Step) {
	if s.CookiesState == exchange.Unknown {
		s.Cookies, s.CookiesState = other.Cookies, other.CookiesState
	}
	if s.SetState == exchange.Unknown {
		s.Set, s.SetState, s.Deletes = other.Set, other.SetState, other.Deletes
	}
	if s.Status == 0 {
		s.Status, s.AnsweredAt = other.Status, other.AnsweredAt
	}
	if s.Leads == (Target{}) {
		s.Leads = other.Leads
	}
	if s.Problem.IsZero() {
		s.Problem = other.Problem
	}
	s.State = firstState(s.State, other.State)
	for _, text := range []struct{ own, others *string }{
		{&s.RedirectURI, &other.RedirectURI}, {&s.HubVersion, &other.HubVersion}, {&s.Message, &other.Message}, {&s.User, &other.User},
		{&s.Believed, &other.Believed}, {&s.Server, &other.Server}, {&s.Secret, &other.Secret}, {&s.code, &other.code}, {&s.granted, &other.granted}, {&s.UserAgent, &other.UserAgent},
	} {
		if *text.own == "" {
			*text.own = *text.others
		}
	}
	if len(s.Said) == 0 {
		s.Said = other.Said
	}
	s.loggedIn, s.fromHub, s.tornado = s.loggedIn || other.loggedIn, s.fromHub || other.fromHub, s.tornado || other.tornado
}

// At is the sighting of a hop that says most, by itself.
func (s *Step) At(hop int) *Step {
	var seen []*Step
	for _, sighting := range s.Hops[hop].Sightings {
		for _, step := range s.Seen {
			if step.Sighting == sighting {
				seen = append(seen, step)
			}
		}
	}
	if len(seen) == 0 {
		return &Step{}
	}
	return hops.MostTelling(seen, (*Step).known)
}

// Outermost is the sighting nearest to the browser.
func (s *Step) Outermost() *Step {
	for _, seen := range s.Seen {
		if !seen.Ref.HasLine {
			return seen
		}
	}
	return s
}

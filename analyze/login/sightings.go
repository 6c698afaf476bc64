// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// joinSightings puts the sightings of each request together, in order of time. The
// step that stands for a request is the sighting that says most, and of several
// the one nearest to the application; what it lacks is taken from the others.
func joinSightings(steps []*Step) ([]*Step, hops.Clocks) {
	for _, s := range steps {
		s.standAlone() // from an earlier call
	}
	requests, clocks := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	joined := make([]*Step, len(requests))
	for i, r := range requests {
		seen := r.Seen
		joined[i] = hops.MostTelling(seen, (*Step).known)
		joined[i].stand(seen, r.Path)
		for _, other := range slices.Backward(seen) {
			joined[i].fillFrom(other)
		}
	}
	return joined, clocks
}

// stand makes a step stand for its request. What it showed by itself is kept, if
// others add to it.
func (s *Step) stand(seen []*Step, path hops.Path) {
	if len(seen) > 1 {
		alone := *s
		s.alone = &alone
	}
	s.Seen, s.Hops = seen, path
}

// standAlone undoes stand.
func (s *Step) standAlone() {
	if s.alone != nil {
		*s = *s.alone
	}
	s.Seen, s.Hops = nil, nil
}

// known counts what a sighting says, whatever that is.
func (s *Step) known() int {
	n := 0
	for _, state := range []exchange.Knowledge{s.FormState, s.CookiesState, s.UserAgentState, s.SetState, s.PageState} {
		if state != exchange.Unknown {
			n++
		}
	}
	if s.Answered {
		n++
	}
	return n
}

func (s *Step) cookieText() string {
	text := ""
	for _, c := range s.Cookies {
		text += c.Raw + ";"
	}
	return text
}

// fillFrom takes from another sighting of the same request what the capture lost
// of this one: proxies hand these things on as they are.
func (s *Step) fillFrom(outer *Step) {
	if s.FormState == exchange.Unknown {
		s.Form, s.FormState = outer.Form, outer.FormState
	}
	if s.CookiesState == exchange.Unknown {
		s.Cookies, s.CookiesState = outer.Cookies, outer.CookiesState
		s.CookieLine, s.SessionSent = outer.CookieLine, outer.SessionSent
	}
	if s.SessionID == exchange.Unknown {
		s.SessionID = outer.SessionID
	}
	if s.UserAgentState == exchange.Unknown {
		s.UserAgent, s.UserAgentState = outer.UserAgent, outer.UserAgentState
	}
	if s.SetState == exchange.Unknown {
		s.Set, s.SetState, s.SessionSet = outer.Set, outer.SetState, outer.SessionSet
	}
	if s.PageState == exchange.Unknown {
		s.Page, s.PageState = outer.Page, outer.PageState
	}
	s.fromHub, s.SessionSet = s.fromHub || outer.fromHub, s.SessionSet || outer.SessionSet
	if s.Rejected == nil {
		s.Rejected = outer.Rejected
	}
	if s.LoginFailed == nil {
		s.LoginFailed = outer.LoginFailed
	}
	s.MayBeRejected = s.MayBeRejected || outer.MayBeRejected
	if s.HubVersion == "" {
		s.HubVersion = outer.HubVersion
	}
	if !s.Answered && outer.Answered {
		s.Answered, s.AnsweredAt, s.Status = true, outer.AnsweredAt, outer.Status
		s.Date, s.Location, s.Signature = outer.Date, outer.Location, outer.Signature
	}
}

// Sightings returns all sightings of the step, outermost first.
func (s *Step) Sightings() []*Step {
	if len(s.Seen) == 0 {
		return []*Step{s}
	}
	return s.Seen
}

// Relays returns the addresses that cannot be the client's, whoever they are:
// those that took the request in, and those that were seen to send it on. What a
// forwarding field says is left aside, for a client can write one, too; and so is
// who sends behind a gap, for it may be the client on its way to another address; but
// a browser that speaks https does not send in clear.
func (s *Step) Relays() []string {
	var relays []string
	for i, hop := range s.Hops {
		relays = append(relays, hop.To.Address)
		if s.Hops.Translated(i) && hop.From.Address == s.Hops[i-1].From.Address {
			continue // the same sender, of whom no more is known here
		}
		if (s.Hops.Adjacent(i) || i > 0 && s.Hops[0].Encrypted()) && hop.From.Address != s.Hops[0].From.Address {
			relays = append(relays, hop.From.Address)
		}
	}
	return relays
}

// AtApplication reports whether this sighting is the application's own hop:
// configurable-http-proxy stands directly in front of a Hub.
func (s *Step) AtApplication() bool { return hops.WrittenByAppProxy(s.Sighting.Head) }

// Alone is the step with what its own place showed, and nothing that was taken from
// other sightings of the request.
func (s *Step) Alone() *Step {
	if s.alone != nil {
		return s.alone
	}
	return s
}

// At is the sighting of a hop that says most, by itself.
func (s *Step) At(hop int) *Step {
	var seen []*Step
	for _, sighting := range s.Hops[hop].Sightings {
		for _, step := range s.Seen {
			if step.Sighting == sighting {
				seen = append(seen, step.Alone())
			}
		}
	}
	return hops.MostTelling(seen, (*Step).known)
}

// SetOf is the cookie with which an answer sets a token; it is zero if it does not.
func (s *Step) SetOf(t Token) SetToken {
	for _, set := range s.Set {
		if set.Raw == t.Raw {
			return set
		}
	}
	return SetToken{}
}

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
	of := map[*hops.Sighting]*Step{}
	sightings := make([]*hops.Sighting, len(steps))
	for i, s := range steps {
		sightings[i] = s.Sighting
		of[s.Sighting] = s
	}
	requests, clocks := hops.Join(sightings)
	joined := make([]*Step, len(requests))
	for i, r := range requests {
		seen := make([]*Step, len(r.Sightings))
		for k, sighting := range r.Sightings {
			seen[k] = of[sighting]
		}
		joined[i] = mostTelling(seen)
		joined[i].Seen, joined[i].Hops = seen, r.Path
		for _, other := range slices.Backward(seen) {
			joined[i].fillFrom(other)
		}
	}
	return joined, clocks
}

func mostTelling(seen []*Step) *Step {
	best := seen[0]
	for _, s := range seen[1:] {
		if s.known() >= best.known() {
			best = s
		}
	}
	return best
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
	if s.UserAgentState == exchange.Unknown {
		s.UserAgent, s.UserAgentState = outer.UserAgent, outer.UserAgentState
	}
	if s.SetState == exchange.Unknown {
		s.Set, s.SetState, s.SessionSet = outer.Set, outer.SetState, outer.SessionSet
	}
	if s.PageState == exchange.Unknown {
		s.Page, s.PageState = outer.Page, outer.PageState
	}
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
// those that took the request in, and those that sent it on. What a forwarding
// field says is left aside: a client can write one, too.
func (s *Step) Relays() []string {
	var relays []string
	for i, hop := range s.Hops {
		relays = append(relays, hop.To.Address)
		if i > 0 && hop.From.Address != s.Hops[0].From.Address {
			relays = append(relays, hop.From.Address)
		}
	}
	return relays
}

// AtApplication reports whether this sighting is the application's own hop:
// configurable-http-proxy stands directly in front of a Hub.
func (s *Step) AtApplication() bool { return WrittenByAppProxy(s.Sighting.Head) }

// WrittenByAppProxy reports whether configurable-http-proxy sent a request on: it
// has written its fields, in lower case as Node sends them (configurable-http-proxy
// 5.3.0).
func WrittenByAppProxy(head exchange.Fields) bool {
	found := 0
	for _, line := range head.Lines {
		switch line.Name {
		case "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto":
			found++
		}
	}
	return found == 3
}

// At is the sighting of a hop that says most, as a step.
func (s *Step) At(hop int) *Step {
	var seen []*Step
	for _, sighting := range s.Hops[hop].Sightings {
		for _, step := range s.Seen {
			if step.Sighting == sighting {
				seen = append(seen, step)
			}
		}
	}
	return mostTelling(seen)
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

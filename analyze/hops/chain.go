// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A packet capture on a proxy shows one request at several places: as it came in
// and as it went on. Here these are joined, within one capture and so within one
// clock.

const (
	// slack is by how much the packets of one moment can be stamped out of order.
	slack = 10 * time.Millisecond
	// longest is how long a proxy may hold a request before it sends it on.
	longest = 5 * time.Second
	// mostOpen bounds how many requests are waited for at a time.
	mostOpen = 1024
	// mostPlaces bounds how often one capture shows one request: a stranger can send
	// requests that look like one, and paths take time.
	mostPlaces = 32
)

// chain is what one capture shows of one request, outermost sighting first.
type chain []*Sighting

// chains joins the sightings of one capture, which must be in order of time.
func chains(ordered []*Sighting) []chain {
	var all []chain
	var open []int // chains that may be seen again further in
	for _, s := range ordered {
		if !severalVantages(s.Ref.Capture) {
			all = append(all, chain{s})
			continue
		}
		open = slices.DeleteFunc(open, func(i int) bool { return all[i].last().over(s.Time) })
		if i, ok := earlierPart(all, open, s); ok {
			all[i] = append(all[i], s)
			continue
		}
		all = append(all, chain{s})
		open = append(open, len(all)-1)
		open = open[max(0, len(open)-mostOpen):]
	}
	return all
}

func (c chain) last() *Sighting { return c[len(c)-1] }

// earlierPart finds the chain that goes on with a sighting: the one with the
// strongest tie and, of several alike, the first. Where these come from several
// addresses they are of several users, and nothing says which one it is.
func earlierPart(all []chain, open []int, s *Sighting) (best int, ok bool) {
	strongest, alike := untied, true
	for _, i := range open {
		if len(all[i]) == mostPlaces || slices.ContainsFunc(all[i], s.excludes) {
			continue
		}
		switch t := all[i].last().seenAgainAs(s); {
		case t > strongest:
			best, strongest, alike = i, t, true
		case t == strongest && t != untied:
			alike = alike && all[i][0].Client.Address == all[best][0].Client.Address
		}
	}
	return best, strongest != untied && alike
}

// over reports whether a request cannot be seen again further in at a time, or later.
func (s *Sighting) over(now time.Time) bool {
	return now.Sub(s.Time) > longest || !s.AnsweredAt.IsZero() && now.Sub(s.AnsweredAt) >= slack
}

// severalVantages reports whether a capture can show a request more than once. A
// browser's recording cannot.
func severalVantages(c *exchange.Capture) bool {
	return c != nil && (c.Kind == exchange.KindPcap || c.Kind == exchange.KindPcapng || c.Kind == exchange.KindLive)
}

// tie is how strongly two sightings are tied together.
type tie int

const (
	untied     tie = iota
	byAddress      // one leaves the server at which the other arrived
	byMark         // a mark is in both
	byMarkHere     // both
	byNumbers      // they are of one connection
)

// seenAgainAs says what ties inner to s as the same request further on. It is begun
// later, sent between other ends, and nothing that is known of both differs.
func (s *Sighting) seenAgainAs(inner *Sighting) tie {
	if s.Client == inner.Client && s.Server == inner.Server || !samePath(s.Path, inner.Path) || !s.contains(inner) || !s.agrees(inner) {
		return untied
	}
	leaves := s.Server.Address != "" && s.Server.Address == inner.Client.Address
	switch marked := s.marked(inner); {
	case s.sameConnection(inner):
		return byNumbers
	case marked && leaves:
		return byMarkHere
	case marked:
		return byMark
	case leaves && s.sameBrowser(inner):
		return byAddress
	}
	return untied
}

// contains reports whether inner can have begun and ended within the time of s, on
// one clock.
func (s *Sighting) contains(inner *Sighting) bool {
	if inner.Time.Before(s.Time.Add(-slack)) {
		return false
	}
	return s.AnsweredAt.IsZero() || inner.Time.Before(s.AnsweredAt.Add(slack)) && !inner.AnsweredAt.After(s.AnsweredAt.Add(slack))
}

// sameBrowser reports whether no difference of User-Agents speaks against one
// request.
func (s *Sighting) sameBrowser(t *Sighting) bool {
	a, stateA := s.Head.Get("User-Agent")
	b, stateB := t.Head.Get("User-Agent")
	return a == b || stateA == exchange.Unknown || stateB == exchange.Unknown
}

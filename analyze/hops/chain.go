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
		open = slices.DeleteFunc(open, func(i int) bool { return s.Time.Sub(all[i].last().Time) > longest })
		at := slices.IndexFunc(open, func(i int) bool { return all[i].last().seenAgainAs(s) })
		if at >= 0 {
			all[open[at]] = append(all[open[at]], s)
			continue
		}
		all = append(all, chain{s})
		open = append(open, len(all)-1)
		open = open[max(0, len(open)-mostOpen):]
	}
	return all
}

func (c chain) last() *Sighting { return c[len(c)-1] }

// severalVantages reports whether a capture can show a request more than once. A
// browser's recording cannot.
func severalVantages(c *exchange.Capture) bool {
	return c != nil && (c.Kind == exchange.KindPcap || c.Kind == exchange.KindPcapng || c.Kind == exchange.KindLive)
}

// seenAgainAs reports whether inner is the same request further on: begun later,
// sent between other ends, nothing that is known of both differs, and something
// ties the two together.
func (s *Sighting) seenAgainAs(inner *Sighting) bool {
	if s.Client == inner.Client && s.Server == inner.Server || !samePath(s.Path, inner.Path) || !s.contains(inner, 0) || !s.agrees(inner) {
		return false
	}
	return s.tied(inner) || s.Server.Address != "" && s.Server.Address == inner.Client.Address && s.sameBrowser(inner)
}

// contains reports whether inner can have begun and ended within the time of s,
// when its clock may be wrong by so much.
func (s *Sighting) contains(inner *Sighting, uncertain time.Duration) bool {
	give := slack + uncertain
	if inner.Time.Before(s.Time.Add(-give)) {
		return false
	}
	return s.AnsweredAt.IsZero() || inner.Time.Before(s.AnsweredAt.Add(give)) &&
		!inner.AnsweredAt.After(s.AnsweredAt.Add(give))
}

// sameBrowser reports whether no difference of User-Agents speaks against one
// request.
func (s *Sighting) sameBrowser(t *Sighting) bool {
	a, b := s.Head.First("User-Agent"), t.Head.First("User-Agent")
	return a == b || a == "" || b == ""
}

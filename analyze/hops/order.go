// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"cmp"
	"slices"
	"time"
)

// newRequest puts the sightings of one request in order.
func newRequest(members []chain, clocks Clocks) *Request {
	o := ordering{clocks: clocks}
	// The line of a log and a browser's recording join a hop on the wire.
	for _, of := range []func(*Sighting) bool{isWires, isLogs, isBrowsers} {
		for _, c := range members {
			for _, s := range c {
				if of(s) && !beside(s) {
					o.add(s)
				}
			}
		}
	}
	for _, c := range members {
		for i := 1; i < len(c); i++ {
			if !beside(c[i-1]) && !beside(c[i]) {
				o.before(o.nodeOf[c[i-1]], o.nodeOf[c[i]])
			}
		}
	}
	path := o.path().withBrowser()
	r := &Request{Path: path}
	for _, h := range path {
		inCaptures := slices.Clone(h.Sightings)
		slices.SortStableFunc(inCaptures, func(a, b *Sighting) int {
			return o.at(a).Compare(o.at(b))
		})
		r.Sightings = append(r.Sightings, inCaptures...)
	}
	for _, c := range members {
		for _, s := range c {
			if beside(s) {
				r.Sightings = append(r.Sightings, s)
			}
		}
	}
	return r
}

func (r *Request) began(clocks Clocks) time.Time {
	s := r.Sightings[0]
	return clocks.Correct(s.Ref.Capture, s.Time)
}

// ordering finds the order of hops. A node is one side of one connection.
type ordering struct {
	clocks Clocks
	nodes  []*Hop
	nodeOf map[*Sighting]int
	later  map[[2]int]bool // the second is known to come after the first
}

func (o *ordering) add(s *Sighting) {
	if o.nodeOf == nil {
		o.nodeOf, o.later = map[*Sighting]int{}, map[[2]int]bool{}
	}
	if i := o.shownAt(s); i >= 0 {
		o.nodes[i].take(s)
		o.nodeOf[s] = i
		return
	}
	h := &Hop{From: s.Client, To: s.Server, Connection: len(o.nodes), Sightings: []*Sighting{s}}
	for _, other := range o.nodes {
		if slices.ContainsFunc(other.Sightings, s.sameConnection) {
			h.Connection = other.Connection
			break
		}
	}
	o.nodeOf[s] = len(o.nodes)
	o.nodes = append(o.nodes, h)
}

// shownAt is the node that a sighting shows once more, or -1. If a browser's
// recording can be of several, as when two proxies share the address of the site,
// the port tells, or nobody does.
func (o *ordering) shownAt(s *Sighting) int {
	at := -1
	for i, h := range o.nodes {
		switch {
		case !h.shows(s):
		case !isBrowsers(s) || h.To.Port == s.Server.Port:
			return i
		case at >= 0:
			return -1
		default:
			at = i
		}
	}
	return at
}

// shows reports whether s is another look at the same side of the connection. A
// browser's recording knows its server only.
func (h *Hop) shows(s *Sighting) bool {
	first := h.Sightings[0]
	if isBrowsers(s) || isBrowsers(first) {
		return s.Server.Address != "" && h.To.Address == s.Server.Address && sameHost(s, first)
	}
	if isLogs(s) || isLogs(first) {
		return s.Client == h.From && s.Client.Port != 0
	}
	return s.Client == h.From && s.Server == h.To && (!s.TCP.Known || !first.TCP.Known || s.TCP == first.TCP)
}

// sameHost reports whether two sightings can be of requests to one host: a head that is
// cut does not name it.
func sameHost(s, t *Sighting) bool { return s.Host == t.Host || s.Host == "" || t.Host == "" }

// isLogs reports whether a server logged the request; it does not say where it is.
func isLogs(s *Sighting) bool { return s.Ref.HasLine }

func isWires(s *Sighting) bool { return !isLogs(s) && !isBrowsers(s) }

func (h *Hop) take(s *Sighting) {
	if h.From.Address == "" {
		h.From = s.Client
	}
	if h.To.Port == 0 {
		h.To = s.Server
	}
	h.Sightings = append(h.Sightings, s)
	slices.SortStableFunc(h.Sightings, func(a, b *Sighting) int { return cmp.Compare(lacks(a), lacks(b)) })
}

// lacks ranks sightings by what their heads may lack; a browser's recording may
// show fields that were never on the wire.
func lacks(s *Sighting) int {
	switch {
	case s.Head.Incomplete:
		return 3
	case s.Ref.Capture != nil && len(s.Ref.Capture.Removed) > 0:
		return 2
	case isBrowsers(s):
		return 1
	}
	return 0
}

func (o *ordering) before(a, b int) {
	if a != b && !o.later[[2]int{b, a}] {
		o.later[[2]int{a, b}] = true
	}
}

// path sorts the hops: by what one capture shows in order, then by addresses, and
// what is left by corrected time.
func (o *ordering) path() Path {
	for i, a := range o.nodes {
		for j, b := range o.nodes {
			if i != j && o.leads(a, b) {
				o.before(i, j)
			}
		}
	}
	var path Path
	left := map[int]bool{}
	for i := range o.nodes {
		left[i] = true
	}
	for len(left) > 0 {
		next := o.first(left)
		delete(left, next)
		path = append(path, o.nodes[next])
	}
	return path.numbered()
}

// leads reports whether addresses say that b comes after a: a browser is where all
// begins, a proxy sends from the address at which it received, and of the sides of
// a translated connection the first comes from the last proxy, and the last arrives
// at the next one.
func (o *ordering) leads(a, b *Hop) bool {
	switch {
	case a.ofBrowser() != b.ofBrowser():
		return a.ofBrowser()
	case a.Connection == b.Connection:
		return o.leaves(b) && !o.leaves(a) || o.comes(a) && !o.comes(b)
	}
	return arrives(a, b) && !arrives(b, a)
}

// ofBrowser reports whether a browser's recording shows the hop.
func (h *Hop) ofBrowser() bool { return slices.ContainsFunc(h.Sightings, isBrowsers) }

// leaves reports whether the request was seen to leave the address at which it
// arrived by this hop.
func (o *ordering) leaves(h *Hop) bool {
	return slices.ContainsFunc(o.nodes, func(next *Hop) bool { return next.Connection != h.Connection && arrives(h, next) })
}

// comes reports whether the request was seen to arrive at the address that it
// leaves by this hop.
func (o *ordering) comes(h *Hop) bool {
	return slices.ContainsFunc(o.nodes, func(before *Hop) bool { return before.Connection != h.Connection && arrives(before, h) })
}

// arrives reports whether b leaves the address at which a arrives.
func arrives(a, b *Hop) bool { return a.To.Address != "" && a.To.Address == b.From.Address }

// first is the hop that nothing else that is left comes before; by time if there
// are several, and also if they contradict each other.
func (o *ordering) first(left map[int]bool) int {
	best, bestFree := -1, false
	for i := range o.nodes {
		if !left[i] {
			continue
		}
		free := true
		for j := range o.nodes {
			free = free && !(left[j] && o.later[[2]int{j, i}])
		}
		if best < 0 || free && !bestFree || free == bestFree && o.earlier(i, best) {
			best, bestFree = i, free
		}
	}
	return best
}

func (o *ordering) earlier(i, j int) bool {
	a, b := o.nodes[i].Sightings[0], o.nodes[j].Sightings[0]
	return o.clocks.Comparable(a.Ref.Capture, b.Ref.Capture) && o.at(a).Before(o.at(b))
}

func (o *ordering) at(s *Sighting) time.Time { return o.clocks.Correct(s.Ref.Capture, s.Time) }

// SPDX-License-Identifier: Apache-2.0

package hops

import "github.com/logintrace/logintrace/capture/exchange"

// Path is the hops of one request, outermost first.
type Path []*Hop

// Hop is one connection between two neighbours that carried the request, as seen
// between two addresses. Where an address was translated on the way, the two sides
// are two hops with one Connection.
type Hop struct {
	From, To   exchange.Endpoint
	Connection int // counts the connections of a path from 0

	// Received is the address at which the sender took the request in, where that is one
	// of its own of another family than From; "" without one.
	Received string

	// known says that the head is cut, and that other requests from there to there are
	// sent by configurable-http-proxy.
	known bool

	// Sightings are all that saw this hop, those with the most complete heads first.
	Sightings []*Sighting
}

// Head is the most complete request head that was seen here.
func (h *Hop) Head() exchange.Fields { return h.Sightings[0].Head }

// Translated reports whether the i-th hop is the connection of the one before it,
// after somebody changed an address of it.
func (p Path) Translated(i int) bool {
	return i > 0 && p[i].Connection == p[i-1].Connection
}

// Adjacent reports whether the i-th hop leaves the very party at which the one
// before it arrived, so that nobody unseen is in between.
func (p Path) Adjacent(i int) bool {
	if i == 0 {
		return false
	}
	before := p[i-1].To.Address
	return p.Translated(i) || before != "" && (p[i].From.Address == before || p[i].Received == before)
}

// numbered counts the connections in the order in which they are passed.
func (p Path) numbered() Path {
	number := map[int]int{}
	for _, h := range p {
		if _, ok := number[h.Connection]; !ok {
			number[h.Connection] = len(number)
		}
		h.Connection = number[h.Connection]
	}
	return p
}

// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"net/netip"
)

// key is the 4-tuple, the same for both directions. It is made of words alone so
// that it is hashed in one go.
type key [5]uint64

// keyOf returns the key of a segment's connection and which side sent it.
func keyOf(s *Segment) (key, Side) {
	source, destination := s.Source.As16(), s.Destination.As16()
	sh, sl := binary.BigEndian.Uint64(source[:8]), binary.BigEndian.Uint64(source[8:])
	dh, dl := binary.BigEndian.Uint64(destination[:8]), binary.BigEndian.Uint64(destination[8:])
	sp, dp := uint64(s.SourcePort), uint64(s.DestinationPort)
	family := uint64(0)
	if s.Source.Is4() { // 10.0.0.1 is not ::ffff:10.0.0.1
		family = 1 << 32
	}
	if before(sh, sl, sp, dh, dl, dp) {
		return key{sh, sl, dh, dl, family | sp<<16 | dp}, 0
	}
	return key{dh, dl, sh, sl, family | dp<<16 | sp}, 1
}

func before(ah, al, ap, bh, bl, bp uint64) bool {
	switch {
	case ah != bh:
		return ah < bh
	case al != bl:
		return al < bl
	}
	return ap <= bp
}

// connection is a Connection under assembly.
type connection struct {
	Connection
	key      key
	sink     Sink // nil before the first content
	halves   [2]half
	segments int
	syn      [2]bool // whose was captured

	// used is when the last segment was captured; older and newer are the
	// neighbours in list.
	used         int64
	list         *list
	older, newer *connection

	// queued says that the connection is in Assembler.queue, since then.
	queued bool
	since  int64
}

// newConnection describes the connection of a segment.
func newConnection(id int, k key, side Side, s *Segment) *connection {
	c := &connection{key: k, used: s.Nanos}
	c.ID, c.First = id, s.Nanos
	c.halves[0].seen, c.halves[1].seen = s.Nanos, s.Nanos
	c.Ends[side] = netip.AddrPortFrom(s.Source, s.SourcePort)
	c.Ends[side.Other()] = netip.AddrPortFrom(s.Destination, s.DestinationPort)
	return c
}

// waits reports whether content of either stream waits.
func (c *connection) waits() bool {
	return len(c.halves[0].waiting) > 0 || len(c.halves[1].waiting) > 0
}

// list is a list of connections by last use.
type list struct {
	oldest, newest *connection
	count          int
}

func (l *list) add(c *connection) {
	c.list, c.older, c.newer = l, l.newest, nil
	if l.newest != nil {
		l.newest.newer = c
	} else {
		l.oldest = c
	}
	l.newest = c
	l.count++
}

func (l *list) remove(c *connection) {
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		l.oldest = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		l.newest = c.older
	}
	c.list, c.older, c.newer = nil, nil, nil
	l.count--
}

// use makes c the newest of l, wherever it was.
func (l *list) use(c *connection) {
	if l.newest == c {
		return
	}
	if c.list != nil {
		c.list.remove(c)
	}
	l.add(c)
}

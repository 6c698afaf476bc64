// SPDX-License-Identifier: Apache-2.0

package reassembly

// Assembler sorts segments into connections and puts each stream in order.
// Content that arrives in order is handed on without a copy. It is not safe for
// concurrent use; feed it in capture order.
type Assembler struct {
	consumer Consumer
	table    map[key]*connection
	last     *connection // of the previous segment: most come in runs
	opened   int

	young  list // no content yet, or ended
	active list

	queue []*connection // those with waiting content, oldest first
	held  int           // what waits in all streams
}

// New returns an Assembler that tells consumer what it finds.
func New(consumer Consumer) *Assembler {
	return &Assembler{consumer: consumer, table: make(map[key]*connection)}
}

// Add takes the next segment. It does not keep s, nor its payload.
func (a *Assembler) Add(s *Segment) {
	c, from := a.find(s)
	c.segments++
	c.used = s.Nanos
	sequence := s.Sequence
	if s.Flags&SYN != 0 {
		sequence++ // RFC 9293, 3.4: the SYN occupies one number
		c.handshake(from, s, sequence)
	}
	if s.Flags&(ACK|RST) == ACK {
		c.halves[from.Other()].acknowledge(s.Acknowledgement)
	}
	switch {
	case s.Flags&RST != 0: // what it carries is not part of the stream
		a.reset(c, from, s)
	case len(s.Payload)+s.Missing > 0 || s.Flags&FIN != 0:
		a.content(c, from, newPiece(s, sequence, c.segments))
	}
	a.touch(c)
	if c.queued {
		a.settle(c, s.Nanos)
	}
	a.expire(s.Nanos)
}

// Close delivers what is left, connection by connection in the order of ID.
func (a *Assembler) Close() {
	for _, c := range a.byID() {
		a.remove(c)
	}
}

// Shed gives up the connection with content that was idle for longest, and
// reports whether there was one. It lets a consumer bound its own memory.
func (a *Assembler) Shed() bool {
	if a.active.oldest == nil {
		return false
	}
	a.remove(a.active.oldest)
	return true
}

// find returns the connection of a segment, a new one if need be.
func (a *Assembler) find(s *Segment) (*connection, Side) {
	k, from := keyOf(s)
	c := a.last
	if c == nil || c.key != k {
		c = a.table[k]
	}
	if c != nil && c.isOver(from, s) {
		a.remove(c)
		c = nil
	}
	if c == nil {
		c = newConnection(a.opened, k, from, s)
		a.opened++
		a.table[k] = c
	}
	a.last = c
	return c, from
}

// isOver reports whether a segment belongs to a later connection between the
// same ends: a SYN with another initial number, or content that is nowhere near.
func (c *connection) isOver(from Side, s *Segment) bool {
	h := &c.halves[from]
	if s.Flags&RST != 0 {
		return false
	}
	if !h.begun {
		if s.Flags&SYN == 0 || len(h.waiting) == 0 {
			return false
		}
		d := distance(h.waiting[0].sequence, s.Sequence)
		return d < 0 || d > maxStreamHeld // else the SYN was merely recorded late
	}
	switch d := distance(s.Sequence, h.next); {
	case s.Flags&SYN != 0:
		return s.Sequence+1 != h.start
	case len(s.Payload)+s.Missing == 0:
		return false
	case h.ended:
		return d >= 0 && s.Sequence != h.next-1
	default:
		return d < -maxBehind
	}
}

// handshake learns from a SYN who opened the connection, and where its streams begin.
func (c *connection) handshake(from Side, s *Segment, start uint32) {
	own, peer := &c.halves[from], &c.halves[from.Other()]
	if !own.begun {
		own.anchor(start)
		own.begun = true
	}
	c.FromStart[from], c.syn[from] = true, true
	client := from
	if s.Flags&ACK != 0 {
		client = from.Other()
		if !peer.begun {
			peer.anchor(s.Acknowledgement)
			peer.begun = true
			c.FromStart[client] = true
		}
	}
	if !c.HasClient {
		c.Client, c.HasClient = client, true
	}
}

// reset is told that one side will neither send nor take anything more. What the
// other side had sent already may still come.
func (a *Assembler) reset(c *connection, from Side, s *Segment) {
	a.flush(c)
	h, peer := &c.halves[from], &c.halves[from.Other()]
	p := newPiece(s, h.next, 0)
	if !h.begun && c.sink == nil && peer.begun && c.FromStart[from.Other()] && s.Flags&ACK != 0 && s.Acknowledgement == peer.next && c.Refused.Frame == 0 {
		c.Refused = h.position(p, nil)
	}
	if !h.begun || h.ended {
		return
	}
	if n := distance(s.Sequence, h.next); n > 0 && n <= maxStreamHeld && c.sink != nil {
		c.lose(h.seen, s.Nanos)
		a.gap(c, from, n, h.position(p, nil)) // it had sent more than was captured
	}
	a.end(c, from, Aborted, h.position(p, peer))
}

// touch keeps the lists in order of use and within their limits.
func (a *Assembler) touch(c *connection) {
	if c.sink == nil || c.halves[0].ended || c.halves[1].ended {
		a.young.use(c)
	} else {
		a.active.use(c)
	}
	a.trim(&a.young, maxYoung, c.used-youngIdle)
	a.trim(&a.active, maxActive, c.used-activeIdle)
}

// trim removes at most two connections, so that one packet with a wrong time
// cannot end all of them.
func (a *Assembler) trim(l *list, limit int, since int64) {
	for range 2 {
		if c := l.oldest; c != l.newest && (l.count > limit || c.used < since) {
			a.remove(c)
		}
	}
}

// remove ends a connection and forgets it.
func (a *Assembler) remove(c *connection) {
	a.flush(c)
	c.judge()
	if c.sink == nil {
		a.consumer.Empty(&c.Connection, c.segments)
	} else {
		for side := range c.halves {
			if h := &c.halves[side]; !h.ended {
				a.end(c, Side(side), Unfinished, Position{Nanos: c.used, Offset: h.offset})
			}
		}
		c.sink.Done(c.segments)
	}
	if c.list != nil {
		c.list.remove(c)
	}
	delete(a.table, c.key)
	if a.last == c {
		a.last = nil
	}
}

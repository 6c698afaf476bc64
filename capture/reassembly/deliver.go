// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"cmp"
	"slices"
)

// content delivers a piece that is next in its stream, or lets it wait.
func (a *Assembler) content(c *connection, from Side, p piece) {
	own, peer := &c.halves[from], &c.halves[from.Other()]
	switch {
	case own.ended:
	case len(own.waiting) == 0 && !own.leaps(&p) && !peer.lacks(&p):
		a.deliver(c, from, p)
	case own.begun && distance(p.end(), own.next) <= 0 && !p.fin:
		// Nothing new: sent again, or a keep-alive probe (RFC 9293, 3.8.4).
	default:
		a.wait(c, from, p)
	}
}

// wait keeps a copy of a piece until its turn comes.
func (a *Assembler) wait(c *connection, from Side, p piece) {
	h := &c.halves[from]
	if old := distance(h.next, p.sequence); old > 0 && h.begun {
		p.skip(min(old, p.size()))
	}
	before := h.held
	p.data = bytes.Clone(p.data)
	h.insert(p)
	a.held += h.held - before
	if !c.queued {
		c.queued, c.since = true, p.nanos
		a.queue = append(a.queue, c)
	}
	if h.held > maxStreamHeld || len(h.waiting) > maxStreamPieces {
		a.flush(c)
	}
	for a.held > maxHeld && len(a.queue) > 0 {
		a.flush(a.queue[0])
		a.dequeue()
	}
}

// deliver hands on what is new of a piece that leaves no hole.
func (a *Assembler) deliver(c *connection, from Side, p piece) {
	h, peer := &c.halves[from], &c.halves[from.Other()]
	if old := distance(h.next, p.sequence); old > 0 {
		if old > p.size() || old == p.size() && !p.fin {
			return
		}
		p.skip(old)
	}
	at := h.position(p, peer)
	h.seen = max(h.seen, p.nanos)
	if len(p.data) > 0 {
		a.open(c)
		h.advance(len(p.data))
		c.sink.Data(from, p.data, at)
	}
	if p.missing > 0 {
		a.gap(c, from, p.missing, at)
	}
	if p.fin {
		at.Offset = h.offset
		h.next++ // RFC 9293, 3.4: so does the FIN
		a.end(c, from, Finished, at)
	}
}

// open gives a connection its sink, which must also learn that one side had ended
// its stream without content before.
func (a *Assembler) open(c *connection) {
	if c.sink != nil {
		return
	}
	c.sink = a.consumer.Open(&c.Connection)
	for side := range c.halves {
		if h := &c.halves[side]; h.ended {
			c.sink.End(Side(side), h.ending, Position{Nanos: c.used, Offset: h.offset})
		}
	}
}

func (a *Assembler) gap(c *connection, from Side, n int, at Position) {
	a.open(c)
	h := &c.halves[from]
	at.Offset = h.offset
	h.advance(n)
	c.sink.Gap(from, int64(n), at)
}

// end ends a stream; what waits of it would come after its end.
func (a *Assembler) end(c *connection, from Side, why Ending, at Position) {
	h := &c.halves[from]
	h.ended, h.ending = true, why
	a.held -= h.held
	h.waiting, h.held = nil, 0
	if c.sink != nil {
		c.sink.End(from, why, at)
	}
}

func (h *half) advance(n int) {
	h.next += uint32(n)
	h.offset += int64(n)
}

// position is where a piece begins; peer may be nil.
func (h *half) position(p piece, peer *half) Position {
	at := Position{Frame: p.frame, Nanos: p.nanos, Interface: p.iface, Offset: h.offset, Sequence: h.next}
	if p.hasAck && peer != nil && peer.anchored {
		at.Acked, at.HasAcked, at.Acknowledgement = peer.offsetOf(p.ack), true, p.ack
	}
	return at
}

// settle delivers what need not wait any longer.
func (a *Assembler) settle(c *connection, now int64) {
	for {
		if a.deliverReady(c, 0) || a.deliverReady(c, 1) {
			continue
		}
		from := c.oldestWaiting()
		if !c.overdue(from, now) {
			from = from.Other()
		}
		if !c.overdue(from, now) {
			return
		}
		a.force(c, from)
	}
}

// deliverReady delivers the first waiting piece of a stream if nothing is missing
// before it.
func (a *Assembler) deliverReady(c *connection, from Side) bool {
	h, peer := &c.halves[from], &c.halves[from.Other()]
	if len(h.waiting) == 0 || h.leaps(&h.waiting[0]) || peer.lacks(&h.waiting[0]) {
		return false
	}
	a.deliverFirst(c, from)
	return true
}

func (a *Assembler) deliverFirst(c *connection, from Side) {
	h := &c.halves[from]
	before := h.held
	p := h.take()
	a.held -= before - h.held
	a.deliver(c, from, p)
}

// oldestWaiting is the stream whose first waiting piece was captured first.
func (c *connection) oldestWaiting() Side {
	one, two := c.halves[0].waiting, c.halves[1].waiting
	if len(two) == 0 || len(one) > 0 && one[0].order < two[0].order {
		return 0
	}
	return 1
}

// overdue reports whether what the first waiting piece of a stream waits for
// cannot come any more.
func (c *connection) overdue(from Side, now int64) bool {
	h := &c.halves[from]
	if len(h.waiting) == 0 {
		return false
	}
	p := &h.waiting[0]
	waited := now - p.nanos
	if h.begun && h.leaps(p) && (!h.hasAcked || distance(h.acked, p.sequence) < 0) {
		return waited >= retransmitTime
	}
	return waited >= graceTime || c.segments-p.order >= graceSegments
}

// force delivers the first waiting piece of a stream, or a gap that stands in
// its way: before it in its own stream, or what it acknowledges of the other. A
// stream whose beginning was not captured begins with what there is.
func (a *Assembler) force(c *connection, from Side) {
	h, peer := &c.halves[from], &c.halves[from.Other()]
	p := &h.waiting[0]
	if !h.begun {
		h.begin(p.sequence)
		return
	}
	if n := distance(p.sequence, h.next); n > 0 {
		c.lose(h.seen, p.nanos)
		a.gap(c, from, n, h.position(*p, peer))
		return
	}
	if !peer.lacks(p) {
		a.deliverFirst(c, from)
		return
	}
	if !peer.begun {
		peer.begin(peer.waiting[0].sequence)
		return
	}
	n := distance(p.ack, peer.next)
	if len(peer.waiting) > 0 {
		n = min(n, distance(peer.waiting[0].sequence, peer.next))
	}
	if n <= 0 { // each acknowledges the other
		a.deliverFirst(c, from.Other())
		return
	}
	at := peer.position(*p, nil)
	c.lose(peer.seen, p.nanos)
	a.gap(c, from.Other(), n, at)
}

// flush delivers everything that waits, with the gaps in it.
func (a *Assembler) flush(c *connection) {
	for c.waits() {
		if a.deliverReady(c, 0) || a.deliverReady(c, 1) {
			continue
		}
		a.force(c, c.oldestWaiting())
	}
}

// expire settles connections that had no segment for a while.
func (a *Assembler) expire(now int64) {
	for range min(2, len(a.queue)) {
		c := a.queue[0]
		if c.waits() && now-c.since < graceTime {
			return
		}
		a.settle(c, now)
		a.dequeue()
		if c.waits() {
			c.queued, c.since = true, now
			a.queue = append(a.queue, c)
		}
	}
}

func (a *Assembler) dequeue() {
	a.queue[0].queued = false
	a.queue[0] = nil
	a.queue = a.queue[1:]
}

func (a *Assembler) byID() []*connection {
	all := make([]*connection, 0, len(a.table))
	for _, c := range a.table {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *connection) int { return cmp.Compare(x.ID, y.ID) })
	return all
}

// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"net/netip"
	"slices"
)

// piece is one fragment of an IP packet.
type piece struct {
	protocol byte
	offset   int
	last     bool
	data     []byte // what was captured of wire bytes
	wire     int
}

// datagramKey is what fragments of one packet have in common (RFC 791, 3.2 and
// RFC 8200, 4.5).
type datagramKey struct {
	source, destination netip.Addr
	id                  uint32
	protocol            byte // IPv4 only
}

// datagram is an IP packet of which fragments were seen.
type datagram struct {
	key    datagramKey
	pieces []piece // by offset
	bytes  int     // that were captured
	wire   int     // that they were
	total  int     // 0 until the last fragment is there
	weight int     // how many packets of the capture
	frame  int     // the first of them
	nanos  int64   // when it was begun or, once done, completed
	done   bool
}

// fragments holds what is not complete yet, within limits.
type fragments struct {
	byKey map[datagramKey]*datagram
	queue []*datagram // in order of their first fragment
	bytes int
	whole []byte // the last completed one
}

// fragment takes a fragment, and decodes the packet that it completes.
func (d *decoder) fragment(p *piece) fate {
	is4 := d.segment.Source.Is4()
	switch {
	case p.wire <= 0, !p.last && p.wire%8 != 0, p.offset+p.wire > maxDatagram:
		return isDamagedIP
	case is4 && !carriesTCP(p.protocol):
		return isOther
	}
	key := datagramKey{source: d.segment.Source, destination: d.segment.Destination, id: d.id}
	if is4 {
		key.protocol = p.protocol
	}
	d.expire()
	g := d.datagram(key)
	if g.done {
		return isDuplicate
	}
	if what := g.insert(p); what != isHeld {
		if what != isDuplicate {
			d.weight += g.weight
			d.fragments.remove(g)
		}
		return what
	}
	d.fragments.bytes += len(p.data)
	g.weight += d.weight
	if g.total == 0 || g.wire < g.total {
		return isHeld
	}
	return d.complete(g)
}

// carriesTCP reports whether there may be TCP in what this protocol carries.
func carriesTCP(protocol byte) bool {
	switch protocol {
	case protoTCP, protoUDP, protoIPv4, protoIPv6, protoGRE:
		return true
	}
	return false
}

// complete decodes a packet of which all fragments are there. What is missing
// from one of them because of a short snaplen ends the content.
func (d *decoder) complete(g *datagram) fate {
	whole := d.fragments.whole[:0]
	for _, p := range g.pieces {
		whole = append(whole, p.data...)
		if len(p.data) < p.wire {
			break
		}
	}
	d.fragments.whole = whole
	d.weight = g.weight
	protocol := g.pieces[0].protocol
	d.fragments.finish(g, d.segment.Nanos)
	if d.segment.Source.Is4() {
		return d.transport(protocol, whole, g.total)
	}
	return d.extensions(protocol, whole, g.total)
}

// datagram returns the packet that a fragment belongs to. Senders use an
// identification again, so a completed one is remembered for a moment only: as
// long as copies may come by other interfaces.
func (d *decoder) datagram(key datagramKey) *datagram {
	f := &d.fragments
	g := f.byKey[key]
	if g != nil && (!g.done || within(d.segment.Nanos-g.nanos, duplicatePatience)) {
		return g
	}
	g = &datagram{key: key, frame: d.frame, nanos: d.segment.Nanos}
	if f.byKey == nil {
		f.byKey = make(map[datagramKey]*datagram)
	}
	f.byKey[key] = g
	f.queue = append(f.queue, g)
	return g
}

// expire gives up what is too old or too much.
func (d *decoder) expire() {
	f := &d.fragments
	for len(f.queue) > 0 {
		g := f.queue[0]
		tooMuch := len(f.queue) >= maxFragmented || f.bytes > maxFragmentBytes
		if !tooMuch && within(d.segment.Nanos-g.nanos, fragmentPatience) {
			return
		}
		if !g.done {
			d.ledger.Undecodable += g.weight
			d.tallies.add(isIncomplete, g.weight, g.frame)
		}
		f.remove(g)
	}
}

func within(distance, patience int64) bool { return distance <= patience && distance >= -patience }

// insert takes a fragment in. A repeated one is a duplicate; overlapping ones
// are what attackers make, and the packet is given up (RFC 5722, 4).
func (g *datagram) insert(p *piece) fate {
	at, _ := slices.BinarySearchFunc(g.pieces, p.offset, func(q piece, offset int) int { return q.offset - offset })
	end := p.offset + p.wire
	if at < len(g.pieces) {
		next := &g.pieces[at]
		if next.offset == p.offset && next.wire == p.wire && next.last == p.last {
			return isDuplicate
		}
		if next.offset < end {
			return isDamagedIP
		}
	}
	switch {
	case at > 0 && g.pieces[at-1].offset+g.pieces[at-1].wire > p.offset,
		p.last && (g.total > 0 || at < len(g.pieces)),
		g.total > 0 && end > g.total:
		return isDamagedIP
	case len(g.pieces) >= maxFragments:
		return isIncomplete
	}
	if p.last {
		g.total = end
	}
	kept := *p
	kept.data = slices.Clone(p.data)
	g.pieces = slices.Insert(g.pieces, at, kept)
	g.bytes += len(p.data)
	g.wire += p.wire
	return isHeld
}

// finish frees the content of a completed packet.
func (f *fragments) finish(g *datagram, nanos int64) {
	f.bytes -= g.bytes
	g.pieces, g.bytes = nil, 0
	g.done, g.nanos = true, nanos
}

// remove forgets a packet.
func (f *fragments) remove(g *datagram) {
	f.bytes -= g.bytes
	if f.byKey[g.key] == g {
		delete(f.byKey, g.key)
	}
	if at := slices.Index(f.queue, g); at >= 0 {
		f.queue = slices.Delete(f.queue, at, at+1)
	}
}

// drop forgets everything, and returns how many packets of the capture were
// still waiting.
func (f *fragments) drop() (waiting, frame int) {
	for _, g := range f.queue {
		if !g.done {
			if waiting == 0 {
				frame = g.frame
			}
			waiting += g.weight
		}
	}
	*f = fragments{}
	return waiting, frame
}

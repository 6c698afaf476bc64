// SPDX-License-Identifier: Apache-2.0

package reassembly

// half is one stream of a connection. Sequence numbers wrap (RFC 9293, 3.4), so
// they are only ever compared by the sign of their difference.
type half struct {
	next   uint32 // sequence number of the first byte not delivered yet
	offset int64  // the same as an offset into the stream
	start  uint32 // the sequence number of offset 0

	// anchored says that next means something; begun that it is settled where the
	// stream begins: a SYN was seen, or content and none before it.
	anchored, begun bool
	ended           bool
	ending          Ending

	seen int64 // when the last content that was delivered was captured

	// acked is the highest acknowledgement of the other side.
	acked    uint32
	hasAcked bool

	waiting []piece // by sequence number, without overlaps
	held    int     // what waiting costs
}

// piece is a segment, or the part of it that is new.
type piece struct {
	sequence uint32
	data     []byte
	missing  int // bytes after data, cut off by the snaplen
	fin      bool

	ack    uint32
	hasAck bool

	frame, iface int
	nanos        int64
	order        int // count of the connection's segments
}

func newPiece(s *Segment, sequence uint32, order int) piece {
	return piece{
		sequence: sequence,
		data:     s.Payload,
		missing:  s.Missing,
		fin:      s.Flags&FIN != 0,
		ack:      s.Acknowledgement,
		hasAck:   s.Flags&ACK != 0,
		frame:    s.Frame,
		iface:    s.Interface,
		nanos:    s.Nanos,
		order:    order,
	}
}

func (p *piece) size() int   { return len(p.data) + p.missing }
func (p *piece) end() uint32 { return p.sequence + uint32(p.size()) }

// skip takes n bytes off the front.
func (p *piece) skip(n int) {
	p.sequence += uint32(n)
	fromData := min(n, len(p.data))
	p.data = p.data[fromData:]
	p.missing -= n - fromData
}

// first is the piece that ends after n bytes of p.
func (p *piece) first(n int) piece {
	part := *p
	part.fin = false
	part.data = p.data[:min(n, len(p.data))]
	part.missing = n - len(part.data)
	return part
}

// distance is how far sequence number a is after b; negative: before.
func distance(a, b uint32) int { return int(int32(a - b)) }

// offsetOf is the offset into the stream of a sequence number.
func (h *half) offsetOf(sequence uint32) int64 {
	return h.offset + int64(distance(sequence, h.next))
}

// anchor gives the stream its origin.
func (h *half) anchor(sequence uint32) {
	h.next, h.start, h.anchored = sequence, sequence, true
}

// begin settles where the stream begins. What the other side has acknowledged
// may be later: then it is content that was sent again.
func (h *half) begin(sequence uint32) {
	h.begun = true
	if !h.anchored {
		h.anchor(sequence)
	} else if d := distance(sequence, h.next); d < 0 {
		h.next, h.offset = sequence, h.offset+int64(d)
	}
}

// acknowledge is told what the other side has received.
func (h *half) acknowledge(ack uint32) {
	if !h.anchored {
		h.anchor(ack)
	}
	if !h.hasAcked || distance(ack, h.acked) > 0 {
		h.acked, h.hasAcked = ack, true
	}
}

// lacks reports whether content that p acknowledges has yet to be delivered.
func (h *half) lacks(p *piece) bool {
	switch {
	case !p.hasAck || h.ended:
		return false
	case h.begun:
		return distance(p.ack, h.next) > 0
	}
	return len(h.waiting) > 0 && distance(p.ack, h.waiting[0].sequence) > 0
}

// leaps reports whether content is missing before p.
func (h *half) leaps(p *piece) bool {
	return !h.begun || distance(p.sequence, h.next) > 0
}

// insert keeps what is new of p in its place: of bytes that were captured twice
// the first copy wins, as most recipients have it (RFC 9293, 3.10.7.4, trims a
// segment to what is new). The data of p must be its own.
func (h *half) insert(p piece) {
	i := len(h.waiting)
	for i > 0 && distance(h.waiting[i-1].end(), p.sequence) > 0 {
		i--
	}
	for ; i < len(h.waiting) && p.size() > 0; i++ {
		there := &h.waiting[i]
		room := distance(there.sequence, p.sequence)
		if room >= p.size() {
			break
		}
		end := there.end()
		if room > 0 {
			h.place(i, p.first(room))
			i++
		}
		p.skip(min(p.size(), max(0, distance(end, p.sequence)))) // a FIN may be inside a piece
	}
	if p.size() > 0 || p.fin {
		for i < len(h.waiting) && distance(h.waiting[i].sequence, p.sequence) < 0 {
			i++
		}
		h.place(i, p)
	}
}

func (h *half) place(i int, p piece) {
	h.waiting = append(h.waiting, piece{})
	copy(h.waiting[i+1:], h.waiting[i:])
	h.waiting[i] = p
	h.held += len(p.data) + pieceCost
}

// take removes the first waiting piece.
func (h *half) take() piece {
	p := h.waiting[0]
	h.held -= len(p.data) + pieceCost
	h.waiting[0].data = nil
	h.waiting = h.waiting[1:]
	if len(h.waiting) == 0 {
		h.waiting = nil
	}
	return p
}

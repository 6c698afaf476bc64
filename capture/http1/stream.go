// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"math"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// state is where in the grammar of RFC 9112, 2.1 a stream is.
type state uint8

const (
	untouched   state = iota // nothing was delivered yet
	opening                  // the first bytes of a client, not recognised yet
	between                  // before a message
	inHead                   // in a start line or field lines
	inContent                // in content whose length is known
	untilEnd                 // in content that the end of the connection ends
	inChunkLine              // in a line that begins a chunk
	inChunk                  // in the data of a chunk
	afterChunk               // before the line end that follows it
	inTrailer                // in the trailer section
	lost                     // somewhere: the next message is looked for
	passing                  // nothing to read any more
)

// stream reads one direction of a connection.
type stream struct {
	conn  *conn
	side  reassembly.Side
	state state

	// afterGap says that messages may be hidden before the next one; damaged that
	// something was not captured or not understood since the stream began.
	afterGap, damaged bool

	buf   []byte // the beginning of a head or line that goes on
	seen  int    // how much of buf, or of a trailer, was looked at
	known bool   // the start line in buf is one
	left  int64  // of inContent and inChunk
	line  int    // length of the current line of inTrailer

	first   reassembly.Position // where the message at hand begins
	frame   int                 // its last frame
	message message

	// acked is what the piece read last acknowledges of the other stream; before
	// is what the one before first does. Either may be unacknowledged.
	acked, before int64
}

// unacknowledged is no offset of a stream.
const unacknowledged = math.MinInt64

// data takes the next bytes. A message may begin at b when all before is lost.
func (s *stream) data(b []byte, at reassembly.Position) {
	if s.state == untouched {
		s.start(at)
	}
	for atStart := true; len(b) > 0; {
		n := s.step(b, at, atStart)
		if n > 0 && at.HasAcked {
			s.acked = at.Acked
		}
		b = b[n:]
		at.Offset += int64(n)
		at.Sequence += uint32(n)
		atStart = atStart && n == 0
	}
}

// start decides what the first bytes or gap of the stream mean.
func (s *stream) start(at reassembly.Position) {
	s.conn.learnClient()
	s.first = at
	switch {
	case !s.conn.hasClient || !s.conn.of.FromStart[s.side]:
		s.state, s.afterGap, s.damaged = lost, true, true
	case s.isRequest():
		s.state = opening
	default:
		s.state = between
	}
}

// step reads at least one byte or changes the state, and returns how many bytes
// it read.
func (s *stream) step(b []byte, at reassembly.Position, atStart bool) int {
	switch s.state {
	case opening:
		return s.recognise(b, at)
	case between:
		return s.skipEmptyLines(b, at)
	case inHead:
		return s.readHead(b, at)
	case lost:
		return s.resynchronise(b, at, atStart)
	case passing:
		return len(b)
	}
	if atStart && s.message.mayBeHead && beginsResponse(b) != no {
		s.finish(at.Offset) // it answered a HEAD that was not captured
		return 0
	}
	s.frame = max(s.frame, at.Frame)
	s.message.mayBeHead = false
	return s.readContent(b, at)
}

// skipEmptyLines skips what RFC 9112, 2.2 tells recipients to skip before a
// request line; some servers send it before a status line too.
func (s *stream) skipEmptyLines(b []byte, at reassembly.Position) int {
	for n, c := range b {
		if c != '\r' && c != '\n' {
			s.beginHead(at)
			s.first.Offset += int64(n)
			s.first.Sequence += uint32(n)
			return n
		}
	}
	return len(b)
}

func (s *stream) beginHead(at reassembly.Position) {
	s.state, s.first, s.before, s.frame, s.known = inHead, at, s.acked, 0, false
	s.drop()
}

// resynchronise looks for a message at the beginning of a segment, which is where
// senders put it; elsewhere its first line may be content.
func (s *stream) resynchronise(b []byte, at reassembly.Position, atStart bool) int {
	c := s.conn
	c.learnClient()
	if !atStart {
		return len(b)
	}
	request := !c.hasClient || s.isRequest()
	response := !c.hasClient || !s.isRequest()
	if request && beginsNextRequest(b) != no || response && beginsResponse(b) != no {
		s.beginHead(at)
		return 0
	}
	if c.kind == undecided && looksLikeRecord(b) {
		c.records++
	}
	return len(b)
}

// lose gives up the place in the grammar.
func (s *stream) lose() {
	s.drop()
	s.state, s.afterGap, s.damaged = lost, true, true
}

// isRequest reports whether the stream is known to carry requests.
func (s *stream) isRequest() bool { return s.conn.isClient(s.side) }

// inMessage reports whether a message has begun and not ended.
func (s *stream) inMessage() bool { return s.state >= inHead && s.state <= inTrailer }

// whole reports whether every byte was captured and understood.
func (s *stream) whole() bool { return !s.damaged && s.conn.of.FromStart[s.side] }

// keep appends to buf, at most up to limit, and returns how many bytes it took.
func (s *stream) keep(b []byte, limit int) int {
	n := min(len(b), limit-len(s.buf))
	s.buf = append(s.buf, b[:n]...)
	s.conn.reader.held += n
	return n
}

// drop empties buf, and keeps its memory unless there is much of it.
func (s *stream) drop() {
	s.conn.reader.held -= len(s.buf)
	s.seen = 0
	if cap(s.buf) > 4<<10 {
		s.buf = nil
		return
	}
	s.buf = s.buf[:0]
}

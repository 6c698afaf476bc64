// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// gap is told of n bytes that were not captured.
func (s *stream) gap(n int64, at reassembly.Position) {
	if s.state == untouched {
		s.start(at)
	}
	switch s.state {
	case passing:
		return
	case inHead:
		s.breakHead(n, nil)
	case inContent, inChunk:
		if s.skip(n, at.Offset) {
			return
		}
	case untilEnd:
		s.message.gap(n)
		s.damaged = true
		return
	case inChunkLine, afterChunk, inTrailer:
		s.message.gap(n)
		s.finish(unknownEnd)
	}
	s.lose()
}

// skip passes over a gap in content of known length, and reports whether the
// place in the grammar is still known.
func (s *stream) skip(n, offset int64) bool {
	s.damaged = true
	s.message.mayBeHead = false
	switch {
	case n <= s.left:
		s.message.gap(n)
		s.left -= n
		s.advance(offset + n)
		return true
	case s.state == inContent:
		s.message.gap(s.left)
		s.finish(offset + s.left)
	default:
		s.message.gap(n)
		s.finish(unknownEnd)
	}
	return false
}

// end is told that the stream has ended.
func (s *stream) end(why reassembly.Ending, at reassembly.Position) {
	switch {
	case s.state == inHead:
		s.breakHead(0, s.conn.pairing.ended)
	case s.state == untilEnd && why == reassembly.Finished:
		s.frame = max(s.frame, at.Frame)
		s.finish(at.Offset)
	case s.inMessage():
		s.message.body.cut = true
		s.message.endEarly(s.conn.pairing.ended)
		s.finish(unknownEnd)
	}
	s.drop()
	s.state = passing
}

// breakHead makes what it can of a head whose end was not captured, or not sent:
// ended says how the connection then ended. The place in the grammar is lost.
func (s *stream) breakHead(missing int64, ended *exchange.Ended) {
	c := s.conn
	switch {
	case !s.isRequest() && beginsResponse(s.buf) == yes:
		c.learn(s.side, false)
		s.readResponse(s.buf, false)
	case (s.isRequest() || !c.hasClient) && beginsRequest(s.buf) != no && hasTarget(s.buf):
		c.learn(s.side, true)
		s.readRequest(s.buf, false)
	default:
		return
	}
	s.message.headGap(missing)
	s.message.endEarly(ended)
	s.finish(unknownEnd)
}

// reject is told that no message begins where one must.
func (s *stream) reject() {
	c := s.conn
	if s.isRequest() && c.kind == undecided && !s.afterGap {
		c.decide(isOther)
		return
	}
	s.lose()
}

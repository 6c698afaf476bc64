// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// readContent reads on after a head.
func (s *stream) readContent(b []byte, at reassembly.Position) int {
	switch s.state {
	case inContent, inChunk:
		n := int(min(int64(len(b)), s.left))
		s.collect(b[:n])
		s.left -= int64(n)
		s.advance(at.Offset + int64(n))
		return n
	case inChunkLine:
		return s.readChunkLine(b)
	case afterChunk:
		return s.readChunkEnd(b)
	case inTrailer:
		return s.readTrailer(b, at)
	}
	s.collect(b) // untilEnd
	return len(b)
}

func (s *stream) collect(b []byte) {
	if n := s.message.body.add(b); n > 0 && s.message.pair != nil {
		s.message.pair.hold(s.conn.reader, n)
	}
}

// advance goes on when the last byte of known content has been read or skipped.
func (s *stream) advance(offset int64) {
	switch {
	case s.left > 0:
	case s.state == inContent:
		s.finish(offset)
	default:
		s.state, s.seen = afterChunk, 0
	}
}

// readChunkLine reads chunk size and extensions (RFC 9112, 7.1).
func (s *stream) readChunkLine(b []byte) int {
	line, n := b, bytes.IndexByte(b, '\n')
	if n < 0 || len(s.buf) > 0 {
		end := len(b)
		if n >= 0 {
			end = n
		}
		if s.keep(b[:end], maxChunkLine) < end || len(s.buf) == maxChunkLine {
			return s.breakContent()
		}
		if n < 0 {
			return len(b)
		}
		line = s.buf
	} else {
		line = b[:n]
	}
	size, ok := chunkSize(line)
	s.drop()
	switch {
	case !ok:
		return s.breakContent()
	case size == 0:
		s.state, s.line = inTrailer, 0
	default:
		s.state, s.left = inChunk, size
	}
	return n + 1
}

// readChunkEnd reads the line end after the data of a chunk.
func (s *stream) readChunkEnd(b []byte) int {
	switch {
	case b[0] == '\n':
		s.state, s.seen = inChunkLine, 0
	case b[0] == '\r' && s.seen == 0:
		s.seen = 1
	default:
		return s.breakContent()
	}
	return 1
}

// readTrailer reads up to the empty line that ends the trailer section. Its
// fields are not used: RFC 9110, 6.5.1 lets none into the head unless it is
// known to be safe there.
func (s *stream) readTrailer(b []byte, at reassembly.Position) int {
	for i, c := range b {
		s.seen++
		switch {
		case c == '\n' && s.line == 0:
			s.finish(at.Offset + int64(i) + 1)
			return i + 1
		case c == '\n':
			s.line = 0
		case c != '\r':
			s.line++
		}
		if s.seen > maxHead {
			return s.breakContent()
		}
	}
	return len(b)
}

// breakContent gives up a message whose framing is wrong.
func (s *stream) breakContent() int {
	s.message.body.cut = true
	s.finish(unknownEnd)
	s.lose()
	return 0
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// verdict reports whether a message of the kind that the stream carries begins b.
func (s *stream) verdict(b []byte) verdict {
	switch {
	case s.isRequest():
		return beginsRequest(b)
	case s.conn.hasClient:
		return beginsResponse(b)
	}
	return max(beginsRequest(b), beginsResponse(b))
}

// readHead reads a head. One that is in a single segment is not copied.
func (s *stream) readHead(b []byte, at reassembly.Position) int {
	s.frame = max(s.frame, at.Frame)
	if len(s.buf) == 0 {
		if n := headEnd(b, 0); n > 0 && n <= maxHead {
			if s.verdict(b) != yes {
				s.reject()
				return 0
			}
			s.completeHead(b[:n], at.Offset+int64(n))
			return n
		}
	}
	n := s.keep(b, maxHead)
	if !s.known {
		verdict := s.verdict(s.buf)
		if verdict == no {
			s.reject()
			return 0
		}
		s.known = verdict == yes
	}
	if end := headEnd(s.buf, s.seen-len("\n\r")); end > 0 {
		n -= len(s.buf) - end
		s.completeHead(s.buf[:end], at.Offset+int64(n))
		return n
	}
	if s.seen = len(s.buf); s.seen >= maxHead {
		s.breakHead(0, nil)
		s.lose()
	}
	return n
}

// completeHead begins the message whose head is b; its content begins at offset.
func (s *stream) completeHead(b []byte, offset int64) {
	s.conn.learn(s.side, beginsRequest(b) == yes)
	if s.isRequest() {
		s.readRequest(b, true)
		s.drop()
		s.beginRequestContent(offset)
		return
	}
	final := s.readResponse(b, true)
	s.drop()
	if !final {
		s.state = between
		return
	}
	s.beginResponseContent(offset)
}

func (s *stream) beginRequestContent(offset int64) {
	q := &s.message.pair.x.Request
	how, n := requestFraming(q.Fields)
	policy := &s.conn.reader.bodies
	if how != framedEmpty && policy.WantRequest != nil && policy.WantRequest(q) {
		s.message.body.want(policy.MaxBytes, q.Fields)
	}
	s.beginContent(how, n, offset)
}

func (s *stream) beginResponseContent(offset int64) {
	response, p := s.message.response, s.message.pair
	if p == nil {
		s.beginContentAlone(response, offset)
		return
	}
	how, n := responseFraming(p.x.Request.Method, response)
	policy := &s.conn.reader.bodies
	if how != framedEmpty && how != framedPassing && policy.WantResponse != nil && policy.WantResponse(&p.x.Request, response) {
		s.message.body.want(policy.MaxBytes, response.Fields)
	}
	s.beginContent(how, n, offset)
}

// beginContentAlone finds the way past a response whose request is not known: it
// may have been a HEAD, and its content may have no end that could be trusted.
func (s *stream) beginContentAlone(response *exchange.Response, offset int64) {
	how, n := responseFraming("", response)
	if how == framedByEnd {
		how = framedBroken
	}
	s.message.mayBeHead = how == framedFixed || how == framedChunked
	s.beginContent(how, n, offset)
}

func (s *stream) beginContent(how framing, n, offset int64) {
	body := &s.message.body
	switch how {
	case framedEmpty:
		body.empty = true
		s.finish(offset)
	case framedFixed:
		s.state, s.left = inContent, n
	case framedChunked:
		s.state = inChunkLine
	case framedByEnd:
		s.state = untilEnd
	case framedPassing:
		body.empty = true
		s.finish(offset)
		s.conn.pass()
	case framedBroken:
		body.cut = true
		s.finish(unknownEnd)
		s.lose()
	}
}

// hasTarget reports whether a broken request head says more than the method.
func hasTarget(b []byte) bool {
	_, target, found := bytes.Cut(b, []byte(" "))
	return found && len(target) > 0
}

// cutBrokenRequestLine takes apart a request line whose end is missing. What
// there is of the target is no target, but may be shown.
func cutBrokenRequestLine(line string) (method, target, proto string) {
	method, target, _ = strings.Cut(line, " ")
	target, _, _ = strings.Cut(target, " ")
	return method, target, ""
}

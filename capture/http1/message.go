// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// unknownEnd is the end of a message whose length is not known.
const unknownEnd = -1

// message is the one that a stream is in.
type message struct {
	pair     *pair              // nil for a response alone
	response *exchange.Response // nil for a request
	body     collector

	// mayBeHead says that the fields may announce content that does not follow.
	mayBeHead bool
}

// part names a part of the message.
func (m *message) part(of string) string {
	if m.response != nil {
		return "response " + of
	}
	return "request " + of
}

// gap notes n missing bytes of content.
func (m *message) gap(n int64) {
	m.body.cut = true
	m.addGap("content", n)
}

// headGap notes n missing bytes of the head.
func (m *message) headGap(n int64) {
	m.body.cut = true
	of := "head"
	if m.pair != nil && m.response == nil && m.pair.x.Request.Proto == "" {
		of = "line"
	}
	m.addGap(of, n)
}

// endEarly says of a response how the connection ended in the middle of it; nil is
// not known.
func (m *message) endEarly(how *exchange.Ended) {
	if m.pair != nil && m.response != nil {
		m.pair.x.Ended = how
	}
}

// addGap keeps one Gap for each part: with a short snaplen there would be as many
// as segments.
func (m *message) addGap(of string, n int64) {
	if m.pair == nil || n == 0 {
		return
	}
	gaps, where := m.pair.x.Gaps, m.part(of)
	for i := range gaps {
		if gaps[i].Where == where {
			gaps[i].Length += n
			return
		}
	}
	m.pair.x.Gaps = append(gaps, exchange.Gap{Where: where, Length: n})
}

// readRequest begins a request with this head.
func (s *stream) readRequest(b []byte, complete bool) {
	c, r := s.conn, s.conn.reader
	c.kind = isHTTP
	h := parseHead(b, complete, r.capture)
	q := exchange.Request{Fields: h.fields}
	var target string
	if q.Method, target, q.Proto, complete = cutRequestLine(h.start); !complete {
		q.Method, target, q.Proto = cutBrokenRequestLine(h.start)
	}
	q.URL = targetURL(q.Method, target, q.Fields)
	q.Body.MediaType = mediaType(q.Fields)
	p := c.pairing.begun(s.afterGap)
	if p == nil {
		p = s.newPair()
		c.pairing.request(p)
	}
	p.x.Request, p.x.TCP = q, s.numbers()
	if p.x.Answered.IsZero() { // else it began, to the server, before this
		p.x.Started = when(s.first)
	}
	p.hold(r, pairCost+len(b))
	s.afterGap = false
	s.message = message{pair: p}
}

// newPair is an exchange whose request begins where the stream is, of which
// nothing was read yet.
func (s *stream) newPair() *pair {
	c := s.conn
	return &pair{
		start:    s.first.Offset,
		end:      unknownEnd,
		acked:    s.first.Acked,
		hasAcked: s.first.HasAcked,
		afterGap: s.afterGap,
		x: &exchange.Exchange{
			Vantage:    c.reader.vantage(s.first.Interface),
			Connection: c.id,
			Client:     c.ends[s.side],
			Server:     c.ends[s.side.Other()],
			Announced:  c.announced,
			Started:    when(s.first),
			TCP:        s.numbers(),
		},
	}
}

// numbers are those of the segment in which the message begins.
func (s *stream) numbers() exchange.TCP {
	return exchange.TCP{Sequence: s.first.Sequence, Acknowledgement: s.first.Acknowledgement, Known: s.first.HasAcked}
}

// readResponse begins a response with this head, and reports whether it is a
// final one.
func (s *stream) readResponse(b []byte, complete bool) bool {
	c, r := s.conn, s.conn.reader
	c.kind = isHTTP
	h := parseHead(b, complete, r.capture)
	response := &exchange.Response{Fields: h.fields}
	response.Proto, response.Status, response.Reason = cutStatusLine(h.start)
	response.Body.MediaType = mediaType(response.Fields)
	response.Ref = r.ref(s.first.Frame, s.frame)
	final := response.Status >= 200 || response.Status == 101
	s.message = message{response: response}
	p := c.pairing.match(s.first, s.before, s.afterGap, final)
	if !final {
		s.afterGap = s.afterGap && p == nil
		return false
	}
	s.afterGap = false
	s.message.pair = p
	if p == nil {
		c.pairing.contradict(s.first, s.before)
		return true
	}
	p.x.Answered = when(s.first)
	p.hold(r, len(b))
	return true
}

// finish completes the message at hand, which ends at this offset.
func (s *stream) finish(end int64) {
	s.state = between
	if s.conn.tunnel {
		s.state = passing
	}
	m, r := s.message, s.conn.reader
	s.message = message{}
	ref := r.ref(s.first.Frame, s.frame)
	switch {
	case m.pair == nil:
		m.response.Ref = ref
		r.alone.add(m.response)
	case m.response == nil:
		x := m.pair.x
		x.Ref = ref
		x.Request.Body = m.body.result(&r.decoder, x.Request.Fields, x.Request.Body)
		m.pair.end, m.pair.requestDone = end, true
		s.conn.pairing.progress(m.pair)
	default:
		m.response.Ref = ref
		m.response.Body = m.body.result(&r.decoder, m.response.Fields, m.response.Body)
		m.pair.x.Response, m.pair.responseDone, m.pair.answerEnd = m.response, true, end
		s.conn.pairing.progress(m.pair)
	}
}

func when(at reassembly.Position) time.Time { return time.Unix(0, at.Nanos).UTC() }

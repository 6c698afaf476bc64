// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"errors"

	"github.com/logintrace/logintrace/capture/proxyproto"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// http2Preface is what a client of HTTP/2 begins a connection with (RFC 9113, 3.4).
var http2Preface = []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

// recognise decides what a client begins its stream with: a PROXY protocol
// header, a TLS handshake, HTTP/2, which is not read, or else HTTP/1.
func (s *stream) recognise(b []byte, at reassembly.Position) int {
	if len(s.buf) == 0 && bytes.HasPrefix(b, http2Preface) {
		s.conn.reader.http2.add(at.Frame)
		s.conn.decide(isOther)
		return len(b)
	}
	if len(s.buf) == 0 && b[0] != recordHandshake && !proxyproto.MayBegin(b) {
		s.state = between
		return 0
	}
	if len(s.buf) == 0 {
		s.first = at
	}
	s.frame = max(s.frame, at.Frame)
	before := len(s.buf)
	n := s.keep(b, maxPreface)
	h, length, err := proxyproto.Parse(s.buf)
	switch {
	case errors.Is(err, proxyproto.ErrShort) && len(s.buf) < maxPreface:
		return n
	case length > 0 && beginsRequest(s.buf) != yes:
		s.announce(&h, err)
		s.drop()
		return length - before
	}
	return s.recogniseTLS(n)
}

// recogniseTLS goes on with buf, which took n bytes of this segment.
func (s *stream) recogniseTLS(n int) int {
	c := s.conn
	name, known := clientHello(s.buf)
	if known == maybe && len(s.buf) < maxPreface {
		return n
	}
	if known == no {
		s.replay()
		return n
	}
	c.reader.encrypted.add(c.serverPort(), name)
	c.decide(isEncrypted)
	return n
}

// replay reads what was kept in vain as the beginning of a message.
func (s *stream) replay() {
	kept := bytes.Clone(s.buf)
	s.drop()
	s.state = between
	s.data(kept, s.first)
}

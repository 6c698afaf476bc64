// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"encoding/binary"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// recognise decides what a client begins its stream with: a PROXY protocol
// header, a TLS handshake, or else HTTP.
func (s *stream) recognise(b []byte, at reassembly.Position) int {
	if len(s.buf) == 0 && !mayBePreface(b) {
		s.state = between
		return 0
	}
	if len(s.buf) == 0 {
		s.first = at
	}
	s.frame = max(s.frame, at.Frame)
	before := len(s.buf)
	n := s.keep(b, maxHello)
	length, known := proxyHeader(s.buf)
	switch {
	case known == maybe && len(s.buf) < maxHello:
		return n
	case known == yes: // a second one is as good as the first
		s.drop()
		return length - before
	}
	return s.recogniseTLS(n)
}

// recogniseTLS goes on with buf, which took n bytes of this segment.
func (s *stream) recogniseTLS(n int) int {
	c := s.conn
	name, known := clientHello(s.buf)
	if known == maybe && len(s.buf) < maxHello {
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

// mayBePreface reports whether b begins anything but a message.
func mayBePreface(b []byte) bool {
	return b[0] == recordHandshake || hasPrefix(b, proxyOne) != no || hasPrefix(b, proxyTwo) != no
}

// What the two versions of the PROXY protocol begin with.
const (
	proxyOne = "PROXY "
	proxyTwo = "\r\n\r\n\x00\r\nQUIT\n"
)

// proxyHeader returns the length of a PROXY protocol header at the beginning of b
// (the HAProxy specification, 2.1 and 2.2).
func proxyHeader(b []byte) (int, verdict) {
	const longest = 107 // of version 1
	switch {
	case hasPrefix(b, proxyOne) != no:
		end := bytes.Index(b, []byte("\r\n"))
		if end >= 0 {
			return end + 2, yes
		}
		if len(b) >= longest {
			return 0, no
		}
		return 0, maybe
	case hasPrefix(b, proxyTwo) == no:
		return 0, no
	case len(b) < 16:
		return 0, maybe
	}
	length := 16 + int(binary.BigEndian.Uint16(b[14:]))
	if len(b) < length {
		return 0, maybe
	}
	return length, yes
}

// hasPrefix is maybe if b is a part of the prefix.
func hasPrefix(b []byte, prefix string) verdict {
	n := min(len(b), len(prefix))
	switch {
	case string(b[:n]) != prefix[:n]:
		return no
	case n < len(prefix):
		return maybe
	}
	return yes
}

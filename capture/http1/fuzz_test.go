// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// turn separates what client and server say in the input of FuzzHTTP1.
const turn = "\n<>\n"

// FuzzHTTP1 lets client and server say anything, in segments of any size. While
// nothing is damaged, the same exchanges must be found however it is cut; after
// damage the next message is looked for at the beginning of a segment.
func FuzzHTTP1(f *testing.F) {
	for _, said := range [][]string{
		{get, empty, get, empty},
		{">POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "<HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\nabc\r\n0\r\nX: y\r\n\r\n", get, empty},
		{">PROXY TCP4 1 2 3 4\r\nHEAD * HTTP/1.0\n\n", "<HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\n\n"},
		{">\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03", "<\x15\x03"},
		{">CONNECT h:1 HTTP/1.1\r\nA:b\r\n c\r\n\r\n", "<HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "<x"},
	} {
		text := ""
		for _, message := range said {
			text += message[1:] + turn
		}
		f.Add(text, []byte{3, 1, 40})
	}
	f.Fuzz(func(t *testing.T, text string, cuts []byte) {
		if len(text) > 20_000 {
			return
		}
		var said []string
		for i, message := range strings.Split(text, turn) {
			said = append(said, "><"[i%2:i%2+1]+message)
		}
		whole, damaged := outcome(t, talk(1448, said...))
		for _, segments := range [][]reassembly.Segment{talk(1, said...), cut(talk(1448, said...), cuts)} {
			got, damagedToo := outcome(t, segments)
			if !damaged && !damagedToo && !slices.Equal(got, whole) {
				t.Fatalf("got\n%s\nin other segments\n%s", strings.Join(got, "\n"), strings.Join(whole, "\n"))
			}
		}
	})
}

// cut divides segments further, at the distances given.
func cut(segments []reassembly.Segment, cuts []byte) []reassembly.Segment {
	var all []reassembly.Segment
	for _, s := range segments {
		for len(cuts) > 0 && len(s.Payload) > int(cuts[0])+1 {
			n := int(cuts[0]) + 1
			part := s
			part.Payload = s.Payload[:n]
			part.Flags &^= reassembly.FIN
			s.Payload, s.Sequence = s.Payload[n:], s.Sequence+uint32(n)
			all = append(all, part)
			cuts = append(cuts[1:], cuts[0])
		}
		all = append(all, s)
	}
	return all
}

// spy is a Reader whose connections can be looked at.
type spy struct {
	*Reader
	conns []*conn
}

func (s *spy) Open(of *reassembly.Connection) reassembly.Sink {
	c := newConn(s.Reader, of)
	s.conns = append(s.conns, c)
	return c
}

func outcome(t *testing.T, segments []reassembly.Segment) (all []string, damaged bool) {
	c := &exchange.Capture{}
	r := New(c, exchange.BodyPolicy{
		MaxBytes:     1000,
		WantRequest:  func(*exchange.Request) bool { return true },
		WantResponse: func(*exchange.Request, *exchange.Response) bool { return true },
	}, func(x *exchange.Exchange) { all = append(all, brief(x)) })
	s := &spy{Reader: r}
	r.assembler = reassembly.New(s)
	for i := range segments {
		r.Add(&segments[i])
	}
	r.Close()
	for _, c := range s.conns {
		damaged = damaged || c.streams[0].damaged || c.streams[1].damaged
	}
	if sum := c.Ledger.Used + c.Ledger.NotHTTP + c.Ledger.Encrypted; sum != len(segments) || r.held != 0 {
		t.Fatalf("the ledger holds %d of %d segments; %d bytes are held", sum, len(segments), r.held)
	}
	return all, damaged
}

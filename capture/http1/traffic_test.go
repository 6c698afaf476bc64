// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// traffic makes the segments of keep-alive connections with logins, pages of
// 1 to 200 KB and the odd special case. The target of request n has "id=n",
// and n is the reason phrase of its response, so that pairing can be checked even
// when most of a head is missing.
type traffic struct {
	rand     *rand.Rand
	pipeline bool // send requests in bursts
	mss      int
	ids      int
	clock    int64
}

func newTraffic(seed uint64) *traffic {
	return &traffic{rand: rand.New(rand.NewPCG(seed, 1)), mss: 1448, clock: 1e18}
}

// connections makes n connections of some exchanges each, a few at a time.
func (g *traffic) connections(n, exchanges int) []reassembly.Segment {
	var all []reassembly.Segment
	var open [][]reassembly.Segment
	for n > 0 || len(open) > 0 {
		for n > 0 && len(open) < 8 {
			open = append(open, g.connection(n, exchanges))
			n--
		}
		i := g.rand.IntN(len(open))
		run := min(len(open[i]), 1+g.rand.IntN(12))
		all = append(all, open[i][:run]...)
		if open[i] = open[i][run:]; len(open[i]) == 0 {
			open = slices.Delete(open, i, i+1)
		}
	}
	for i := range all {
		g.clock += 20_000
		all[i].Frame, all[i].Nanos = i+1, g.clock
	}
	return all
}

// wire is one connection while its segments are made.
type wire struct {
	*traffic
	ends [2]netip.AddrPort
	next [2]uint32
	sent []reassembly.Segment
}

func (g *traffic) connection(n, exchanges int) []reassembly.Segment {
	client := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
	w := &wire{traffic: g, next: [2]uint32{g.rand.Uint32(), g.rand.Uint32()}}
	w.ends[0] = netip.AddrPortFrom(client, uint16(20000+n%40000))
	w.ends[1] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 8000)
	w.send(0, reassembly.SYN, nil)
	w.send(1, reassembly.SYN|reassembly.ACK, nil)
	w.send(0, reassembly.ACK, nil)
	for exchanges > 0 {
		burst := 1
		if g.pipeline {
			burst = 1 + g.rand.IntN(min(exchanges, 4))
		}
		w.burst(burst)
		exchanges -= burst
	}
	w.send(0, reassembly.FIN|reassembly.ACK, nil)
	w.send(1, reassembly.FIN|reassembly.ACK, nil)
	w.send(0, reassembly.ACK, nil)
	return w.sent
}

// burst sends n requests and then their responses.
func (w *wire) burst(n int) {
	var methods []string
	for range n {
		w.ids++
		methods = append(methods, w.request(w.ids))
	}
	for i, method := range methods {
		w.stream(1, w.response(w.ids-n+1+i, method))
	}
}

// request sends a request and returns its method.
func (w *wire) request(id int) string {
	cookie := strings.Repeat("c", 20+w.rand.IntN(60)*w.rand.IntN(60))
	head := func(method string) string {
		return fmt.Sprintf("%s /l?id=%d&next=%%2Fhub%%2Fhome HTTP/1.1\r\nHost: hub.example\r\nCookie: a=%s\r\n", method, id, cookie)
	}
	switch k := w.rand.IntN(20); {
	case k == 0:
		w.stream(0, []byte(head("HEAD")+"\r\n"))
		return "HEAD"
	case k < 6:
		form := "_xsrf=" + strings.Repeat("x", w.rand.IntN(200)) + "&username=u&password=p"
		w.stream(0, fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n%s", head("POST"), len(form), form))
	case k == 6:
		w.stream(0, append([]byte(head("POST")+"Transfer-Encoding: chunked\r\n\r\n"), w.chunked(w.size()/10)...))
	case k == 7 && !w.pipeline:
		w.stream(0, []byte(head("POST")+"Expect: 100-continue\r\nContent-Length: 4000\r\n\r\n"))
		w.stream(1, []byte("HTTP/1.1 100 Continue\r\n\r\n"))
		w.stream(0, bytes.Repeat([]byte("e"), 4000))
	default:
		w.stream(0, []byte(head("GET")+"\r\n"))
		return "GET"
	}
	return "POST"
}

func (w *wire) response(id int, method string) []byte {
	start := func(status int) string {
		return fmt.Sprintf("HTTP/1.1 %d %d\r\nServer: nginx\r\nSet-Cookie: s=%s\r\n", status, id, strings.Repeat("s", w.rand.IntN(300)))
	}
	size := w.size()
	switch k := w.rand.IntN(10); {
	case method == "HEAD":
		return fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n", start(200), size)
	case k == 0:
		return []byte(start(304) + "Content-Length: 777\r\n\r\n")
	case k == 1:
		return []byte(start(302) + "Location: /hub\r\nContent-Length: 0\r\n\r\n")
	case k < 6:
		return append([]byte(start(200)+"Transfer-Encoding: chunked\r\n\r\n"), w.chunked(size)...)
	}
	return append(fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n", start(200), size), w.content(size)...)
}

// size is between 1 and 200 KB, log-uniform.
func (g *traffic) size() int {
	return int(1000 * math.Exp(g.rand.Float64()*math.Log(200)))
}

func (g *traffic) content(n int) []byte {
	return bytes.Repeat([]byte("<p>content of a page</p>\r\n"), n/26+1)[:n]
}

func (g *traffic) chunked(n int) []byte {
	var b []byte
	for n > 0 {
		size := min(n, 1+g.rand.IntN(16<<10))
		b = fmt.Appendf(b, "%x\r\n%s\r\n", size, g.content(size))
		n -= size
	}
	return append(b, "0\r\n\r\n"...)
}

// stream sends content in segments; the other side acknowledges every second one.
func (w *wire) stream(side reassembly.Side, b []byte) {
	for i := 1; len(b) > 0; i++ {
		n := min(len(b), w.mss)
		flags := reassembly.ACK
		if n == len(b) {
			flags |= reassembly.PSH
		}
		w.send(side, flags, b[:n])
		b = b[n:]
		if i%2 == 0 {
			w.send(side.Other(), reassembly.ACK, nil)
		}
	}
}

func (w *wire) send(side reassembly.Side, flags reassembly.Flags, b []byte) {
	from, to := w.ends[side], w.ends[side.Other()]
	s := reassembly.Segment{
		Interface: -1,
		Source:    from.Addr(), SourcePort: from.Port(),
		Destination: to.Addr(), DestinationPort: to.Port(),
		Sequence: w.next[side],
		Flags:    flags,
		Payload:  b,
	}
	if flags&reassembly.ACK != 0 {
		s.Acknowledgement = w.next[side.Other()]
	}
	w.next[side] += uint32(len(b))
	if flags&(reassembly.SYN|reassembly.FIN) != 0 {
		w.next[side]++
	}
	w.sent = append(w.sent, s)
}

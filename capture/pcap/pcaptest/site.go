// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// Site writes a pcap of a proxied site to w, of about size bytes: clients keep
// connections to a proxy alive, which keeps some to the application, and both
// hops are seen. Contents are 1 to 200 KB, evenly over their logarithm. It
// returns how many requests there are, counted over both hops.
func Site(w io.Writer, seed uint64, size int64) (requests int, err error) {
	s := &siteWriter{out: bufio.NewWriterSize(w, 1<<20), random: rand.New(rand.NewPCG(seed, 1)), clock: 1_700_000_000_000_000}
	s.content = make([]byte, maxContent)
	for i := range s.content {
		s.content[i] = "<p>lorem ipsum dolor sit amet</p>\n"[i%34]
	}
	header := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	header = append(header, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	header = binary.LittleEndian.AppendUint32(header, 1<<18)
	header = binary.LittleEndian.AppendUint32(header, 1) // Ethernet
	s.write(header)
	for i := range s.clients {
		s.clients[i] = s.open([4]byte{198, 51, 100, byte(i)}, [4]byte{10, 0, 0, 1}, uint16(40000+i), 80)
	}
	for i := range s.backends {
		s.backends[i] = s.open([4]byte{10, 0, 0, 1}, [4]byte{10, 0, 0, 2}, uint16(50000+i), 8000)
	}
	for s.written < size && s.err == nil {
		s.request(requests / 2)
		requests += 2
	}
	if s.err == nil {
		s.err = s.out.Flush()
	}
	return requests, s.err
}

const (
	minContent = 1 << 10
	maxContent = 200 << 10
	segment    = 1448
)

type siteWriter struct {
	out      *bufio.Writer
	random   *rand.Rand
	clock    int64 // microseconds
	written  int64
	content  []byte
	clients  [50]*siteConn
	backends [8]*siteConn
	err      error
}

// siteConn is one connection, with the next sequence number of each side.
type siteConn struct {
	address [2][4]byte
	port    [2]uint16
	next    [2]uint32
}

func (s *siteWriter) open(client, server [4]byte, clientPort, serverPort uint16) *siteConn {
	c := &siteConn{address: [2][4]byte{client, server}, port: [2]uint16{clientPort, serverPort}}
	c.next = [2]uint32{s.random.Uint32(), s.random.Uint32()}
	const syn, ack = 0x02, 0x10
	s.packet(c, 0, syn, nil)
	s.packet(c, 1, syn|ack, nil)
	c.next[0]++
	c.next[1]++
	s.packet(c, 0, ack, nil)
	return c
}

// request is one request on both hops, and its response.
func (s *siteWriter) request(n int) {
	outer, inner := s.clients[s.random.IntN(len(s.clients))], s.backends[s.random.IntN(len(s.backends))]
	length := int(minContent * math.Exp(s.random.Float64()*math.Log(maxContent/minContent)))
	head := fmt.Sprintf("GET /page/%d HTTP/1.1\r\nHost: site.example.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nCookie: session=%016x\r\n", n, n)
	s.send(outer, 0, []byte(head+"\r\n"))
	s.send(inner, 0, []byte(head+"X-Forwarded-For: 198.51.100.7\r\n\r\n"))
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nServer: app\r\n\r\n", length)
	for _, c := range []*siteConn{inner, outer} {
		s.send(c, 1, append([]byte(answer), s.content[:length]...))
	}
}

// send writes data in segments, every second one acknowledged.
func (s *siteWriter) send(c *siteConn, side int, data []byte) {
	const ack, push = 0x10, 0x08
	for i := 0; len(data) > 0; i++ {
		n := min(segment, len(data))
		s.packet(c, side, ack|push, data[:n])
		c.next[side] += uint32(n)
		data = data[n:]
		if i%2 == 1 {
			s.packet(c, 1-side, ack, nil)
		}
	}
}

func (s *siteWriter) packet(c *siteConn, side int, flags byte, payload []byte) {
	s.clock += 20
	length := 14 + 20 + 32 + len(payload)
	p := binary.LittleEndian.AppendUint32(make([]byte, 0, 16+14+20+32), uint32(s.clock/1_000_000))
	p = binary.LittleEndian.AppendUint32(p, uint32(s.clock%1_000_000))
	p = binary.LittleEndian.AppendUint32(p, uint32(length))
	p = binary.LittleEndian.AppendUint32(p, uint32(length))
	p = append(p, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0)
	p = append(p, 0x45, 0)
	p = binary.BigEndian.AppendUint16(p, uint16(length-14))
	p = append(p, 0, 0, 0x40, 0, 64, 6, 0, 0)
	p = append(p, c.address[side][:]...)
	p = append(p, c.address[1-side][:]...)
	p = binary.BigEndian.AppendUint16(p, c.port[side])
	p = binary.BigEndian.AppendUint16(p, c.port[1-side])
	p = binary.BigEndian.AppendUint32(p, c.next[side])
	p = binary.BigEndian.AppendUint32(p, c.next[1-side])
	p = append(p, 0x80, flags, 0xff, 0xff, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0)
	s.write(p)
	s.write(payload)
}

func (s *siteWriter) write(b []byte) {
	if s.err == nil {
		_, s.err = s.out.Write(b)
		s.written += int64(len(b))
	}
}

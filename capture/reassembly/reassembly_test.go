// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// script makes segments between a client (side 0) and a server (side 1).
type script struct {
	segments []Segment
	nanos    int64
}

var (
	clientEnd = netip.MustParseAddrPort("10.0.0.1:1024")
	serverEnd = netip.MustParseAddrPort("10.0.0.2:80")
)

func (s *script) add(from Side, flags Flags, sequence, ack uint32, payload string) *Segment {
	ends := [2]netip.AddrPort{clientEnd, serverEnd}
	s.nanos += 1000
	s.segments = append(s.segments, Segment{
		Frame: len(s.segments) + 1, Nanos: s.nanos, Interface: -1,
		Source: ends[from].Addr(), SourcePort: ends[from].Port(),
		Destination: ends[from.Other()].Addr(), DestinationPort: ends[from.Other()].Port(),
		Sequence: sequence, Acknowledgement: ack, Flags: flags, Payload: []byte(payload),
	})
	return &s.segments[len(s.segments)-1]
}

// handshake opens a connection whose streams begin at 100 and 500.
func (s *script) handshake() {
	s.add(0, SYN, 99, 0, "")
	s.add(1, SYN|ACK, 499, 100, "")
	s.add(0, ACK, 100, 500, "")
}

// diary writes down what a consumer is told.
type diary struct{ strings.Builder }

type diarySink struct {
	d *diary
	c *Connection
}

func (d *diary) Open(c *Connection) Sink    { return &diarySink{d, c} }
func (d *diary) Empty(_ *Connection, n int) { fmt.Fprintf(d, "empty %d\n", n) }

func (s *diarySink) Data(from Side, b []byte, at Position) {
	fmt.Fprintf(s.d, "%d:%d data %d@%d %q acked %d\n", s.c.ID, from, at.Frame, at.Offset, b, at.Acked)
}

func (s *diarySink) Gap(from Side, n int64, at Position) {
	fmt.Fprintf(s.d, "%d:%d gap @%d %d\n", s.c.ID, from, at.Offset, n)
}

func (s *diarySink) End(from Side, why Ending, at Position) {
	fmt.Fprintf(s.d, "%d:%d end @%d %s\n", s.c.ID, from, at.Offset, [...]string{"unfinished", "FIN", "RST"}[why])
}

func (s *diarySink) Done(segments int) { fmt.Fprintf(s.d, "%d done %d\n", s.c.ID, segments) }

// told runs the script and returns the diary up to Close, where wanted is short
// for the lines that matter.
func (s *script) told() string {
	d := &diary{}
	a := New(d)
	for i := range s.segments {
		a.Add(&s.segments[i])
	}
	a.Close()
	return d.String()
}

func TestBehaviour(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(s *script)
		want string
	}{
		{"in order", func(s *script) {
			s.handshake()
			s.add(0, ACK|PSH, 100, 500, "ask")
			s.add(1, ACK, 500, 103, "answer")
			s.add(1, FIN|ACK, 506, 103, "")
			s.add(0, FIN|ACK, 103, 507, "")
		}, `
0:0 data 4@0 "ask" acked 0
0:1 data 5@0 "answer" acked 3
0:1 end @6 FIN
0:0 end @3 FIN
0 done 7`},
		{"retransmission and overlap: what is new, first copy wins", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "abcd")
			s.add(0, ACK, 100, 500, "ABCD")
			s.add(0, ACK, 102, 500, "CDef")
		}, `
0:0 data 4@0 "abcd" acked 0
0:0 data 6@4 "ef" acked 0
0:0 end @6 unfinished
0:1 end @0 unfinished
0 done 6`},
		{"overlap of what waits: first copy wins", func(s *script) {
			s.handshake()
			s.add(0, ACK, 104, 500, "ef")
			s.add(0, ACK, 102, 500, "CDEFGH")
			s.add(0, ACK, 100, 500, "ab")
		}, `
0:0 data 6@0 "ab" acked 0
0:0 data 5@2 "CD" acked 0
0:0 data 4@4 "ef" acked 0
0:0 data 5@6 "GH" acked 0
0:0 end @8 unfinished
0:1 end @0 unfinished
0 done 6`},
		{"keep-alive probes are nothing new", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "ask")
			s.add(0, ACK, 102, 500, "\x00")
			s.add(0, ACK, 102, 500, "")
		}, `
0:0 data 4@0 "ask" acked 0
0:0 end @3 unfinished
0:1 end @0 unfinished
0 done 6`},
		{"sequence numbers wrap", func(s *script) {
			s.add(0, SYN, 0xfffffffd, 0, "")
			s.add(1, SYN|ACK, 499, 0xfffffffe, "")
			s.add(0, ACK, 0xfffffffe, 500, "abcd")
			s.add(0, ACK, 4, 500, "gh")
			s.add(0, ACK, 2, 500, "ef")
		}, `
0:0 data 3@0 "abcd" acked 0
0:0 data 5@4 "ef" acked 0
0:0 data 4@6 "gh" acked 0
0:0 end @8 unfinished
0:1 end @0 unfinished
0 done 5`},
		{"the other side has what was not captured: a gap, after a while", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "ask")
			s.add(1, ACK, 510, 103, "later")
			s.add(0, ACK, 103, 515, "")
			s.nanos += graceTime
			s.add(0, ACK, 103, 515, "next")
		}, `
0:0 data 4@0 "ask" acked 0
0:1 gap @0 10
0:1 data 5@10 "later" acked 3
0:0 data 7@3 "next" acked 15
0:0 end @7 unfinished
0:1 end @15 unfinished
0 done 7`},
		{"an answer to what was not captured waits for it, then there is a gap", func(s *script) {
			s.handshake()
			s.add(1, ACK, 500, 103, "answer")
			s.nanos += graceTime
			s.add(1, ACK, 506, 103, "!")
		}, `
0:0 gap @0 3
0:1 data 4@0 "answer" acked 3
0:1 data 5@6 "!" acked 3
0:0 end @3 unfinished
0:1 end @7 unfinished
0 done 5`},
		{"an answer recorded before its question", func(s *script) {
			s.handshake()
			s.add(1, ACK, 500, 103, "answer")
			s.add(0, ACK, 100, 500, "ask")
		}, `
0:0 data 5@0 "ask" acked 0
0:1 data 4@0 "answer" acked 3
0:0 end @3 unfinished
0:1 end @6 unfinished
0 done 5`},
		{"no handshake: begins with the lowest", func(s *script) {
			s.add(0, ACK, 203, 500, "two")
			s.add(0, ACK, 200, 500, "one")
		}, `
0:0 data 2@0 "one" acked 0
0:0 data 1@3 "two" acked 0
0:0 end @6 unfinished
0:1 end @0 unfinished
0 done 2`},
		{"handshake recorded late", func(s *script) {
			s.add(0, ACK, 103, 500, "two")
			s.add(1, SYN|ACK, 499, 100, "")
			s.add(0, ACK, 100, 500, "one")
			s.add(0, SYN, 99, 0, "")
		}, `
0:0 data 3@0 "one" acked 0
0:0 data 1@3 "two" acked 0
0:0 end @6 unfinished
0:1 end @0 unfinished
0 done 4`},
		{"content on the SYN", func(s *script) {
			s.add(0, SYN, 99, 0, "fast")
			s.add(1, SYN|ACK, 499, 104, "")
		}, `
0:0 data 1@0 "fast" acked 0
0:0 end @4 unfinished
0:1 end @0 unfinished
0 done 2`},
		{"port reuse", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "old")
			s.add(0, SYN, 9999, 0, "")
			s.add(0, ACK, 10000, 700, "new")
		}, `
0:0 data 4@0 "old" acked 0
0:0 end @3 unfinished
0:1 end @0 unfinished
0 done 4
1:0 data 6@0 "new" acked 0
1:0 end @3 unfinished
1:1 end @0 unfinished
1 done 2`},
		{"reset: what the other side had sent still counts", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "ask")
			s.add(0, RST, 103, 0, "")
			s.add(1, ACK, 500, 103, "answer")
		}, `
0:0 data 4@0 "ask" acked 0
0:0 end @3 RST
0:1 data 6@0 "answer" acked 3
0:1 end @6 unfinished
0 done 6`},
		{"snaplen", func(s *script) {
			s.handshake()
			s.add(0, ACK, 100, 500, "as").Missing = 1
			s.add(0, ACK, 103, 500, "k")
		}, `
0:0 data 4@0 "as" acked 0
0:0 gap @2 1
0:0 data 5@3 "k" acked 0
0:0 end @4 unfinished
0:1 end @0 unfinished
0 done 5`},
		{"no content", func(s *script) { s.handshake() }, "\nempty 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &script{}
			test.make(s)
			if got, want := s.told(), strings.TrimPrefix(test.want, "\n")+"\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

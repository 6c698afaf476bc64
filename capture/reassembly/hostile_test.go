// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// measure runs f and returns how long it took, and by how much the heap in use
// had grown at its end.
func measure(f func()) (time.Duration, int64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	return took, int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

func TestHalfOpenFlood(t *testing.T) {
	a := New(&counter{})
	const floods = 1_000_000
	took, grown := measure(func() {
		s := Segment{Destination: serverEnd.Addr(), DestinationPort: 80, Flags: SYN}
		for i := range uint32(floods) {
			var ip [4]byte
			binary.BigEndian.PutUint32(ip[:], 0x0a000000+i)
			s.Source, s.SourcePort, s.Sequence = netip.AddrFrom4(ip), uint16(1024+i%60000), i
			s.Frame, s.Nanos = int(i)+1, int64(i)*1000
			a.Add(&s)
		}
	})
	t.Logf("%d SYNs: %v, heap grown by %d KiB, %d connections known", floods, took, grown>>10, len(a.table))
	if grown > 32<<20 || len(a.table) > maxYoung+1 {
		t.Errorf("heap grown by %d bytes, %d connections known", grown, len(a.table))
	}
	runtime.KeepAlive(a)
}

// TestFloodLeavesConnectionsAlone checks that SYNs push out no connection with
// content.
func TestFloodLeavesConnectionsAlone(t *testing.T) {
	s := &script{}
	s.handshake()
	s.add(0, ACK, 100, 500, "ask")
	for i := range 3 * maxYoung {
		s.add(0, SYN, 1, 0, "").SourcePort = uint16(2000 + i)
	}
	s.add(1, ACK, 500, 103, "answer")
	if told := s.told(); !strings.Contains(told, `0:1 data 24581@0 "answer" acked 3`) {
		t.Errorf("the answer is missing from %.300s", told)
	}
}

func TestTinySegments(t *testing.T) {
	const n = 100_000
	for _, test := range []struct {
		name  string
		place func(i int) int
		lost  bool
	}{
		{"in order", func(i int) int { return i }, false},
		{"backwards", func(i int) int { return n - 1 - i }, true},
		{"every other one missing", func(i int) int { return 1 + 2*i }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &script{}
			s.handshake()
			template := *s.add(0, ACK, 100, 500, "x")
			c := &counter{keep: true}
			a := New(c)
			for i := range s.segments[:3] {
				a.Add(&s.segments[i])
			}
			took, grown := measure(func() {
				for i := range n {
					template.Sequence = 100 + uint32(test.place(i))
					template.Nanos += 1000
					a.Add(&template)
				}
			})
			a.Close()
			t.Logf("%d segments: %v, heap grown by %d KiB", n, took, grown>>10)
			if c.wrong || grown > 16<<20 || took > 20*time.Second {
				t.Errorf("offsets wrong: %v, heap grown by %d bytes", c.wrong, grown)
			}
			if !test.lost && c.bytes != n {
				t.Errorf("%d bytes of %d", c.bytes, n)
			}
		})
	}
}

// TestBufferIsBounded sends on many connections what can never be delivered.
func TestBufferIsBounded(t *testing.T) {
	a := New(&counter{})
	s := Segment{
		Destination: serverEnd.Addr(), DestinationPort: 80, Source: clientEnd.Addr(),
		Flags: ACK, Payload: make([]byte, 1448),
	}
	for i := range 200_000 {
		s.SourcePort = uint16(i % 5000)
		s.Flags = ACK
		s.Sequence = 1000 + uint32(i/5000)*2000
		if i < 5000 {
			s.Flags, s.Sequence = SYN, 0
		}
		s.Nanos += 10
		a.Add(&s)
		if a.held > maxHeld+4096 {
			t.Fatalf("holds %d bytes", a.held)
		}
	}
	a.Close()
	if a.held != 0 {
		t.Errorf("holds %d bytes after Close", a.held)
	}
}

// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
)

// FuzzReassembly cuts segments out of two reference streams, as the input says,
// and checks that what is delivered is the reference except in gaps, that offsets
// add up, and that the ledger and the memory do.
func FuzzReassembly(f *testing.F) {
	f.Add([]byte{0, 2, 0, 0, 0, 0, 0, 0, 1, 18, 0, 0, 0, 0, 0, 0, 0, 16, 1, 0, 10, 0, 0, 0})
	f.Add([]byte{0, 16, 20, 0, 10, 0, 0, 0, 1, 16, 0, 0, 9, 0, 30, 0, 0, 17, 0, 0, 20, 1, 0, 0})
	f.Fuzz(func(t *testing.T, input []byte) {
		watchdog := time.AfterFunc(10*time.Second, func() { panic("endless") })
		defer watchdog.Stop()
		reference := [2][]byte{pattern(3), pattern(7)}
		start := [2]uint32{0xffffff00, 5000}
		s := &script{}
		for ; len(input) >= 8 && len(s.segments) < 2000; input = input[8:] {
			from := Side(input[0] & 1)
			at := binary.LittleEndian.Uint16(input[2:]) % 4096
			n := min(int(input[4]), 4096-int(at))
			ack := start[from.Other()] + uint32(binary.LittleEndian.Uint16(input[6:])%4096)
			flags := Flags(input[1]) & (FIN | RST | ACK)
			if input[0] == 77 { // sequence numbers out of nowhere end connections
				flags |= SYN
			}
			sequence := start[from] + uint32(at)
			if flags&SYN != 0 {
				sequence--
			}
			segment := s.add(from, flags, sequence, ack, string(reference[from][at:int(at)+n]))
			segment.Missing = int(input[5] & 3)
			s.nanos += int64(input[5]) << 20
		}
		w := &witness{t: t, reference: reference}
		a := New(w)
		for i := range s.segments {
			a.Add(&s.segments[i])
			if a.held > maxHeld || a.held < 0 {
				t.Fatalf("holds %d bytes", a.held)
			}
		}
		a.Close()
		if a.held != 0 || len(a.table) != 0 || w.segments != len(s.segments) {
			t.Fatalf("holds %d bytes, %d connections; counted %d of %d segments", a.held, len(a.table), w.segments, len(s.segments))
		}
	})
}

// pattern is a stream in which every place looks different.
func pattern(seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 4096)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// witness finds the place of each stream in its reference by the first piece.
type witness struct {
	t         *testing.T
	reference [2][]byte
	segments  int
}

type witnessSink struct {
	w     *witness
	next  [2]int64
	begun [2]bool
	ended [2]bool
	base  [2]int // of offset 0 in the reference
	known [2]bool
}

func (w *witness) Open(*Connection) Sink      { return &witnessSink{w: w} }
func (w *witness) Empty(_ *Connection, n int) { w.segments += n }

func (s *witnessSink) Data(from Side, b []byte, at Position) {
	s.moved(from, at.Offset, int64(len(b)))
	if len(b) <= 8 {
		return // too short to tell where it belongs
	}
	if !s.known[from] {
		s.base[from], s.known[from] = bytes.Index(s.w.reference[from], b)-int(at.Offset), true
	}
	i := s.base[from] + int(at.Offset)
	reference := s.w.reference[from]
	if i < 0 || i+len(b) > len(reference) || !bytes.Equal(reference[i:i+len(b)], b) {
		s.w.t.Fatalf("stream %d: wrong bytes at offset %d", from, at.Offset)
	}
}

func (s *witnessSink) Gap(from Side, n int64, at Position) {
	if n <= 0 {
		s.w.t.Fatalf("a gap of %d bytes", n)
	}
	s.moved(from, at.Offset, n)
}

func (s *witnessSink) moved(from Side, offset, n int64) {
	if s.ended[from] || s.begun[from] && offset != s.next[from] {
		s.w.t.Fatalf("stream %d: at %d after %d, ended %v", from, offset, s.next[from], s.ended[from])
	}
	s.begun[from], s.next[from] = true, offset+n
}

func (s *witnessSink) End(from Side, _ Ending, _ Position) {
	if s.ended[from] {
		s.w.t.Fatalf("stream %d ends twice", from)
	}
	s.ended[from] = true
}

func (s *witnessSink) Done(n int) {
	if !s.ended[0] || !s.ended[1] {
		s.w.t.Fatal("done before the end")
	}
	s.w.segments += n
}

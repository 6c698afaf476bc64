// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"strings"
	"testing"
)

// TestNoCopyInOrder checks that content in order costs no allocation.
func TestNoCopyInOrder(t *testing.T) {
	s := &script{}
	s.handshake()
	a := New(&counter{})
	for i := range s.segments {
		a.Add(&s.segments[i])
	}
	segment := *s.add(0, ACK, 100, 500, strings.Repeat("x", 1448))
	if n := testing.AllocsPerRun(1000, func() {
		a.Add(&segment)
		segment.Sequence += uint32(len(segment.Payload))
	}); n > 0 {
		t.Errorf("%v allocations a segment", n)
	}
}

// counter counts bytes, and checks that offsets add up.
type counter struct {
	bytes, gaps int64
	segments    int
	next        [2]int64
	keep, wrong bool
}

func (c *counter) Open(*Connection) Sink      { return c }
func (c *counter) Empty(_ *Connection, n int) { c.segments += n }
func (c *counter) Done(n int)                 { c.segments += n }

func (c *counter) Data(from Side, b []byte, at Position) {
	c.bytes += int64(len(b))
	if c.keep {
		c.wrong = c.wrong || at.Offset != c.next[from]
		c.next[from] = at.Offset + int64(len(b))
	}
}

func (c *counter) Gap(from Side, n int64, at Position) {
	c.gaps += n
	if c.keep {
		c.wrong = c.wrong || at.Offset != c.next[from] || n <= 0
		c.next[from] = at.Offset + n
	}
}

func (c *counter) End(Side, Ending, Position) {}

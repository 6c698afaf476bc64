// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"slices"
	"testing"
)

type ledger struct{ lost []Span }

type ledgerSink struct {
	l *ledger
	c *Connection
}

func (l *ledger) Open(c *Connection) Sink      { return ledgerSink{l, c} }
func (l *ledger) Empty(c *Connection, _ int)   { l.lost = append(l.lost, c.Lost...) }
func (ledgerSink) Data(Side, []byte, Position) {}
func (ledgerSink) Gap(Side, int64, Position)   {}
func (ledgerSink) End(Side, Ending, Position)  {}
func (s ledgerSink) Done(int)                  { s.l.lost = append(s.l.lost, s.c.Lost...) }

func lostOf(segments []Segment) []Span {
	l := &ledger{}
	a := New(l)
	for i := range segments {
		a.Add(&segments[i])
	}
	a.Close()
	return l.lost
}

// Of a conversation with two exchanges every segment that is missing shows, but for a bare
// acknowledgement and the last one; when, the segments around it say.
func TestLostSegmentsShow(t *testing.T) {
	s := &script{}
	s.handshake()
	s.add(0, ACK|PSH, 100, 500, "ask")
	s.add(1, ACK, 500, 103, "answer")
	s.add(0, ACK|PSH, 103, 506, "again")
	s.add(1, ACK, 506, 108, "once more")
	s.add(0, FIN|ACK, 108, 515, "")
	s.add(1, FIN|ACK, 515, 109, "")
	s.add(0, ACK, 109, 516, "")
	if lost := lostOf(s.segments); len(lost) > 0 {
		t.Errorf("nothing is missing, and %v is", lost)
	}
	swapped := slices.Clone(s.segments)
	swapped[4], swapped[5] = swapped[5], swapped[4]
	if lost := lostOf(swapped); len(lost) > 0 {
		t.Errorf("nothing is missing of what is late, and %v is", lost)
	}
	for i, missing := range s.segments {
		lost := lostOf(slices.Delete(slices.Clone(s.segments), i, i+1))
		if bare := i == 2 || i == len(s.segments)-1; bare != (len(lost) == 0) {
			t.Errorf("without segment %d: lost %v", i+1, lost)
		}
		for _, span := range lost {
			if span.From > missing.Nanos || i > 1 && span.To < missing.Nanos {
				t.Errorf("without segment %d of %d: lost %v", i+1, missing.Nanos, lost)
			}
		}
	}
}

// A connection that was open before, and one that nobody answered, have lost nothing.
func TestWhatWasNotSentIsNotLost(t *testing.T) {
	open := &script{}
	open.add(0, ACK|PSH, 100, 500, "ask")
	open.add(1, ACK, 500, 103, "answer")
	unanswered, refused := &script{}, &script{}
	for range 3 {
		unanswered.add(0, SYN, 99, 0, "")
	}
	refused.add(0, SYN, 99, 0, "")
	refused.add(1, RST|ACK, 0, 100, "")
	for _, s := range []*script{open, unanswered, refused} {
		if lost := lostOf(s.segments); len(lost) > 0 {
			t.Errorf("%v is lost of %+v", lost, s.segments)
		}
	}
}

// However often something is lost, what is kept of it is bounded.
func TestLostIsBounded(t *testing.T) {
	s := &script{}
	s.handshake()
	for i := range uint32(3 * mostLost) {
		s.add(0, ACK, 100+2*i+1, 500, "x")
	}
	lost := lostOf(s.segments)
	if len(lost) != mostLost || lost[mostLost-1].To != s.nanos {
		t.Errorf("%d spans, the last %v", len(lost), lost[len(lost)-1])
	}
}

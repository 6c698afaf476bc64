// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// TestLargePackets reads packets as Linux' BIG TCP makes them, longer than what
// is read at once and than an IP length says.
func TestLargePackets(t *testing.T) {
	f := pcaptest.File{Link: linkEthernet}
	for _, size := range []int{100, 65_600, 262_144, 400_000, 524_288, 10} {
		data := []byte(etherV6 + "\x60\x00\x00\x00\x00\x00\x06" + tailV6 + helloTCP + strings.Repeat("x", size))
		f.Packets = append(f.Packets, pcaptest.Packet{Nanos: 1e18, Length: len(data), Data: data})
	}
	want := mustRead(t, f.Bytes())
	if len(want.segments) != 6 || len(want.segments[4].Payload) != 524_288+len("hello") {
		t.Fatalf("got %d segments", len(want.segments))
	}
	sameSegments(t, mustRead(t, pcaptest.Pcapng(f.Bytes(), pcaptest.NG{})), want, "but interface")
}

// TestTooLargePacket wants a pcapng to be read on behind a packet that is too long.
func TestTooLargePacket(t *testing.T) {
	b, _ := pcaptest.Split(fixture(t, plainFixture), 2)
	f := pcaptest.Parse(b)
	f.Packets[0].Data = make([]byte, 2<<20)
	r := readAll(t, pcaptest.Pcapng(f.Bytes(), pcaptest.NG{}))
	if r.err != nil || len(r.segments) != 1 || r.segments[0].Frame != 2 || !r.hasNote(exchange.NoteLimit, "longer than logintrace reads") {
		t.Errorf("got error %v, %d segments, %q", r.err, len(r.segments), r.Notes)
	}
}

// TestTimes wants the time that the packets span.
func TestTimes(t *testing.T) {
	f := pcaptest.Parse(fixture(t, plainFixture))
	r := mustRead(t, f.Bytes())
	first, last := time.Unix(0, f.Packets[0].Nanos), time.Unix(0, f.Packets[len(f.Packets)-1].Nanos)
	if !r.FirstTime.Equal(first) || !r.LastTime.Equal(last) || first.Equal(last) {
		t.Errorf("got %s to %s, want %s to %s", r.FirstTime, r.LastTime, first, last)
	}
}

// TestSimpleSnaplen wants a Simple Packet Block to be as long as the interface's
// snaplen lets it be (section 4.4); the rest is padding.
func TestSimpleSnaplen(t *testing.T) {
	le := binary.LittleEndian
	head := append([]byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0}, make([]byte, 8)...)
	le.PutUint32(head, 0x1a2b3c4d)
	ng := appendBlock(nil, blockSection, head)
	ng = appendBlock(ng, blockInterface, []byte{1, 0, 0, 0, 57, 0, 0, 0})
	frame := etherV4 + plainIP4 + helloTCP // 59 bytes
	body := le.AppendUint32(nil, uint32(len(frame)))
	ng = appendBlock(ng, blockSimple, append(append(body, frame[:57]...), 0, 0, 0))
	if got := outcome(readAll(t, ng)); got != "hel+2" {
		t.Errorf("got %q", got)
	}
}

// TestDropCounts adds up what packets say about those lost before them.
func TestDropCounts(t *testing.T) {
	le := binary.LittleEndian
	b, _ := pcaptest.Split(fixture(t, plainFixture), 1)
	ng := pcaptest.Pcapng(b, pcaptest.NG{})
	body := make([]byte, 20)
	for range 2 {
		options := le.AppendUint64([]byte{4, 0, 8, 0}, 20)
		ng = appendBlock(ng, blockEnhanced, append(body, options...))
	}
	if r := readAll(t, ng); !r.hasNote(exchange.NoteDamaged, "lost 40 packets") {
		t.Errorf("got %q", r.Notes)
	}
}

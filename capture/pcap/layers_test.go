// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// Parts of packets, outermost first when put together. The lengths inside are
// right for helloTCP as the content, unless a test says otherwise.
const (
	helloTCP = "\x9c\x40\x1f\x40\x00\x00\x00\x01\x00\x00\x00\x02\x50\x18\x01\x00\x00\x00\x00\x00hello" // 25 bytes
	etherV4  = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00"
	etherV6  = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x86\xdd"
	tailV4   = "\x0a\x00\x00\x01\x0a\x00\x00\x02"
	toIP4    = "\x00\x09\x00\x00\x40\x06\x00\x00" + tailV4
	plainIP4 = "\x45\x00\x00\x2d" + toIP4
	tailV6   = "\x40\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
	plainIP6 = "\x60\x00\x00\x00\x00\x19\x06" + tailV6
)

func TestLayers(t *testing.T) {
	for _, test := range []struct {
		name  string
		link  uint32
		frame string
		more  int    // bytes that were on the wire and not captured
		want  string // the content and what is missing of it, or the fate
	}{
		{"plain", 1, etherV4 + plainIP4 + helloTCP, 0, "hello"},
		{"padding", 1, etherV4 + plainIP4 + helloTCP + "\x00\x00\x00", 0, "hello"},
		{"total length 0", 1, etherV4 + "\x45\x00\x00\x00" + toIP4 + helloTCP, 0, "hello"},
		{"total length 0, cut", 1, etherV4 + "\x45\x00\x00\x00" + toIP4 + helloTCP, 7, "hello+7"},
		{"total length beyond the frame", 1, etherV4 + "\x45\x00\x40\x00" + toIP4 + helloTCP, 0, "hello"},
		{"total length beyond the frame, cut", 1, etherV4 + "\x45\x00\x40\x00" + toIP4 + helloTCP, 3, "hello+3"},
		{"total length below the header", 1, etherV4 + "\x45\x00\x00\x13" + toIP4 + helloTCP, 0, "undecodable"},
		{"header length below 20", 1, etherV4 + "\x44\x00\x00\x2d" + toIP4 + helloTCP, 0, "undecodable"},
		{"IP options", 1, etherV4 + "\x46\x00\x00\x31" + toIP4 + "\x01\x01\x01\x00" + helloTCP, 0, "hello"},
		{"TCP options", 1, etherV4 + "\x45\x00\x00\x31" + toIP4 + strings.Replace(helloTCP, "\x50\x18", "\x60\x18", 1)[:20] + "\x01\x01\x01\x00hello", 0, "hello"},
		{"TCP options beyond the segment", 1, etherV4 + plainIP4 + strings.Replace(helloTCP, "\x50\x18", "\xf0\x18", 1), 0, "undecodable"},
		{"TCP options cut off", 1, etherV4 + "\x45\x00\x00\x35" + toIP4 + strings.Replace(helloTCP, "\x50\x18", "\x70\x18", 1)[:20], 13, "+5"},

		{"IPv6", 1, etherV6 + plainIP6 + helloTCP, 0, "hello"},
		{"IPv6, padding", 1, etherV6 + plainIP6 + helloTCP + "\x00\x00", 0, "hello"},
		{"IPv6, length 0", 1, etherV6 + "\x60\x00\x00\x00\x00\x00\x06" + tailV6 + helloTCP, 2, "hello+2"},
		{"IPv6, length beyond the frame", 1, etherV6 + "\x60\x00\x00\x00\x40\x00\x06" + tailV6 + helloTCP, 0, "hello"},
		{"hop-by-hop and destination options", 1, etherV6 + "\x60\x00\x00\x00\x00\x31\x00" + tailV6 +
			"\x3c\x01\x01\x0c\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + "\x06\x00\x01\x04\x00\x00\x00\x00" + helloTCP, 0, "hello"},
		{"authentication header", 1, etherV6 + "\x60\x00\x00\x00\x00\x31\x33" + tailV6 +
			"\x06\x04\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + helloTCP, 0, "hello"},
		{"atomic fragment", 1, etherV6 + "\x60\x00\x00\x00\x00\x21\x2c" + tailV6 + "\x06\x00\x00\x00\x00\x00\x00\x07" + helloTCP, 0, "hello"},
		{"extension header beyond the packet", 1, etherV6 + "\x60\x00\x00\x00\x00\x08\x00" + tailV6 + "\x06\xff\x00\x00\x00\x00\x00\x00", 0, "undecodable"},
		{"encrypted (ESP)", 1, etherV6 + "\x60\x00\x00\x00\x00\x19\x32" + tailV6 + helloTCP, 0, "other"},

		{"loop, big endian", 108, "\x00\x00\x00\x02" + plainIP4 + helloTCP, 0, "hello"},
		{"null, big endian", 0, "\x00\x00\x00\x1e" + plainIP6 + helloTCP, 0, "hello"},
		{"null, little endian", 0, "\x1c\x00\x00\x00" + plainIP6 + helloTCP, 0, "hello"},
		{"null, something else", 0, "\x07\x00\x00\x00" + plainIP4 + helloTCP, 0, "other"},
		{"raw", 101, plainIP6 + helloTCP, 0, "hello"},
		{"raw, as OpenBSD numbers it", 14, plainIP4 + helloTCP, 0, "hello"},
		{"IPv4", 228, plainIP4 + helloTCP, 0, "hello"},
		{"frame check sequence", 0x14000001, etherV4 + plainIP4 + helloTCP + "\x01\x02\x03\x04", 0, "hello"},
		{"nflog", 239, "\x02\x00\x00\x00" + "\x05\x00\x0a\x00x\x00\x00\x00" + "\x31\x00\x09\x00" + plainIP4 + helloTCP, 0, "hello"},
		{"nflog, no packet in it", 239, "\x02\x00\x00\x00" + "\x05\x00\x0a\x00x\x00\x00\x00", 0, "undecodable"},
		{"netlink in SLL", 113, "\x00\x04\x03\x38\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00" + plainIP4 + helloTCP, 0, "other"},

		{"ARP", 1, etherV4[:12] + "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 0, "other"},
		{"spanning tree", 1, etherV4[:12] + "\x00\x07\x42\x42\x03\x00\x00\x00\x00", 0, "other"},
		{"SNAP", 1, etherV4[:12] + "\x00\x35\xaa\xaa\x03\x00\x00\x00\x08\x00" + plainIP4 + helloTCP, 0, "hello"},
		{"UDP", 1, etherV4 + "\x45\x00\x00\x2d\x00\x09\x00\x00\x40\x11\x00\x00" + tailV4 + helloTCP, 0, "other"},
		{"ERSPAN, type I", 1, etherV4 + "\x45\x00\x00\x53\x00\x09\x00\x00\x40\x2f\x00\x00" + tailV4 + "\x00\x00\x88\xbe" + etherV4 + plainIP4 + helloTCP, 0, "hello"},
		{"ERSPAN, type II", 1, etherV4 + "\x45\x00\x00\x5f\x00\x09\x00\x00\x40\x2f\x00\x00" + tailV4 + "\x10\x00\x88\xbe\x00\x00\x00\x01" +
			"\x10\x00\x00\x00\x00\x00\x00\x00" + etherV4 + plainIP4 + helloTCP, 0, "hello"},
		{"an acknowledgement of IEEE 802.11", 105, "\xd4\x00\x00\x00\x02\x00\x00\x00\x00\x01\x12\x34\x56\x78", 0, "other"},
		{"an IEEE 802.11 frame, cut off", 105, "\x08\x00\x00", 0, "undecodable"},
		{"a runt", 1, etherV4[:9], 0, "undecodable"},
		{"nothing", 1, "", 0, "undecodable"},
		{"cut within the TCP header", 1, etherV4 + plainIP4 + helloTCP[:12], 13, "undecodable"},
		{"too many tags", 1, etherV4[:12] + strings.Repeat("\x81\x00\x00\x01", 9) + "\x08\x00" + plainIP4 + helloTCP, 0, "undecodable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := pcaptest.File{Link: test.link, Packets: []pcaptest.Packet{{Nanos: 1e18, Length: len(test.frame) + test.more, Data: []byte(test.frame)}}}
			if got := outcome(readAll(t, f.Bytes())); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// outcome words what became of the only packet of a capture.
func outcome(r *reading) string {
	switch l := r.Ledger; {
	case r.err != nil:
		return r.err.Error()
	case l.NotHTTP == l.Packets:
		return "other"
	case l.Undecodable == l.Packets:
		return "undecodable"
	case len(r.segments) != 1:
		return fmt.Sprintf("%d segments, %+v", len(r.segments), l)
	}
	s := r.segments[0]
	if s.SourcePort != 40000 || s.DestinationPort != 8000 || s.Sequence != 1 || s.Acknowledgement != 2 {
		return fmt.Sprintf("%+v", s)
	}
	if s.Missing > 0 {
		return fmt.Sprintf("%s+%d", s.Payload, s.Missing)
	}
	return string(s.Payload)
}

// fragmentsOf makes a capture of IPv4 fragments: offset in units of 8 bytes with
// the flag for more, content, and how much of it was not captured.
func fragmentsOf(pieces ...fragmentPiece) []byte {
	f := pcaptest.File{Link: linkRaw}
	for i, p := range pieces {
		total := 20 + len(p.content) + p.cut
		head := []byte{0x45, 0, byte(total >> 8), byte(total), 0, 9, byte(p.bits >> 8), byte(p.bits), 64, 6, 0, 0}
		data := append(head, tailV4+p.content...)
		f.Packets = append(f.Packets, pcaptest.Packet{Nanos: 1e18 + int64(i)*1000, Length: total, Data: data})
	}
	return f.Bytes()
}

type fragmentPiece struct {
	bits    uint16
	content string
	cut     int
}

func TestFragments(t *testing.T) {
	const more = 0x2000
	for _, test := range []struct {
		name   string
		pieces []fragmentPiece
		want   string
		note   string
	}{
		{"two", []fragmentPiece{{more, helloTCP[:16], 0}, {2, helloTCP[16:], 0}}, "hello", ""},
		{"backwards", []fragmentPiece{{2, helloTCP[16:], 0}, {more, helloTCP[:16], 0}}, "hello", ""},
		{"the last is cut", []fragmentPiece{{more, helloTCP[:16], 0}, {2, helloTCP[16:], 4}}, "hello+4", ""},
		{"one in the middle is cut", []fragmentPiece{{more, helloTCP[:16], 0}, {more | 2, helloTCP[16:], 7}, {4, "xyz", 0}}, "hello+10", ""},
		{"overlapping", []fragmentPiece{{more, helloTCP[:24], 0}, {2, helloTCP[16:], 0}}, "undecodable", "IP header is damaged"},
		{"overlapping backwards", []fragmentPiece{{more | 2, helloTCP[:8], 0}, {more, helloTCP[:24], 0}}, "undecodable", "IP header is damaged"},
		{"two ends", []fragmentPiece{{2, helloTCP[16:], 0}, {4, helloTCP[16:], 0}}, "undecodable", "IP header is damaged"},
		{"beyond the end", []fragmentPiece{{2, helloTCP[16:], 0}, {more | 4, helloTCP[:8], 0}}, "undecodable", "IP header is damaged"},
		{"odd length", []fragmentPiece{{more, helloTCP[:15], 0}}, "undecodable", "IP header is damaged"},
		{"too long for an IP packet", []fragmentPiece{{0x1fff, helloTCP, 0}}, "undecodable", "IP header is damaged"},
		{"never complete", []fragmentPiece{{more, helloTCP[:16], 0}}, "undecodable", "fragments of the same IP packet are missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readAll(t, fragmentsOf(test.pieces...))
			if got := outcome(r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.note != "" && !r.hasNote(exchange.NoteDamaged, test.note) {
				t.Errorf("got notes %q", r.Notes)
			}
		})
	}
}

// TestFragmentMemory wants the bytes that are held to be counted and limited.
func TestFragmentMemory(t *testing.T) {
	var c exchange.Capture
	d := newDecoder(&c, func(*segmentOf) error { return nil })
	content := strings.Repeat("x", 60000)
	for i := range 1000 {
		data := []byte("\x45\x00\xea\x74\x00\x00\x20\x00\x40\x06\x00\x00" + tailV4 + content)
		data[4], data[5] = byte(i>>8), byte(i)
		if err := d.packet(&packet{data: data, length: len(data), nanos: 1e18, link: linkRaw}); err != nil {
			t.Fatal(err)
		}
		if held := d.fragments.bytes; held > maxFragmentBytes+len(content) {
			t.Fatalf("%d bytes are held", held)
		}
	}
	for _, g := range append([]*datagram(nil), d.fragments.queue...) {
		d.fragments.remove(g)
	}
	if d.fragments.bytes != 0 || len(d.fragments.byKey) != 0 {
		t.Errorf("%d bytes are held in nothing, %d keys", d.fragments.bytes, len(d.fragments.byKey))
	}
	for _, p := range pcaptest.Parse(pcaptest.Fragment(fixture(t, plainFixture), 200, false)).Packets {
		if err := d.packet(&packet{data: p.Data, length: p.Length, nanos: p.Nanos, link: linkEthernet}); err != nil {
			t.Fatal(err)
		}
	}
	if d.fragments.bytes != 0 {
		t.Errorf("%d bytes are held of complete packets", d.fragments.bytes)
	}
}

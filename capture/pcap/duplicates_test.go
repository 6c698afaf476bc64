// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// sighted is one sighting of a packet by "-i any".
type sighted struct {
	at       time.Duration
	index    uint32
	outgoing bool
	id       uint16 // of the IP packet
	sequence uint32
}

// anyCapture writes sightings as SLL2.
func anyCapture(sightings ...sighted) []byte {
	be := binary.BigEndian
	f := pcaptest.File{Link: linkSLL2, Nanoseconds: true}
	for _, s := range sightings {
		data := make([]byte, 20+40+5)
		be.PutUint16(data, etherIPv4)
		be.PutUint32(data[4:], s.index)
		if s.outgoing {
			data[10] = packetOutgoing
		}
		ip := data[20:]
		copy(ip, "\x45\x00\x00\x2d\x00\x00\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02")
		be.PutUint16(ip[4:], s.id)
		copy(ip[20:], "\x9c\x40\x1f\x40\x00\x00\x00\x00\x00\x00\x00\x01\x50\x18\x01\x00\x00\x00\x00\x00hello")
		be.PutUint32(ip[24:], s.sequence)
		f.Packets = append(f.Packets, pcaptest.Packet{Nanos: int64(1e18) + int64(s.at), Length: len(data), Data: data})
	}
	return f.Bytes()
}

func TestDuplicates(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		sightings []sighted
		frames    []int // that are packets of their own
		sll       []int // the same without interface names; nil: no difference
	}{
		{"forwarded over three interfaces", []sighted{{0, 2, false, 9, 1}, {ms, 3, true, 9, 1}, {2 * ms, 4, true, 9, 1}}, []int{1}, nil},
		{"in and out of one interface", []sighted{{0, 2, false, 9, 1}, {0, 2, true, 9, 1}}, []int{1}, nil},
		{"in at three interfaces, no identification", []sighted{{0, 2, false, 0, 1}, {0, 3, false, 0, 1}, {0, 4, false, 0, 1}}, []int{1}, []int{1, 2, 3}},
		{"retransmission", []sighted{{0, 2, false, 9, 1}, {ms, 2, false, 10, 1}}, []int{1, 2}, nil},
		{"retransmission without identification", []sighted{{0, 2, false, 0, 1}, {ms, 2, false, 0, 1}}, []int{1, 2}, nil},
		{"retransmission, forwarded", []sighted{{0, 2, false, 0, 1}, {0, 3, true, 0, 1}, {ms, 2, false, 0, 1}, {ms, 3, true, 0, 1}}, []int{1, 3}, nil},
		{"retransmission, overtaken", []sighted{{0, 2, false, 0, 1}, {0, 2, false, 0, 1}, {ms, 3, true, 0, 1}, {ms, 3, true, 0, 1}}, []int{1, 2}, nil},
		{"much later on another interface", []sighted{{0, 2, false, 9, 1}, {300 * ms, 3, true, 9, 1}}, []int{1, 2}, nil},
		{"another sequence number", []sighted{{0, 2, false, 9, 1}, {0, 3, true, 9, 6}}, []int{1, 2}, nil},
		{"another identification", []sighted{{0, 2, false, 9, 1}, {0, 3, true, 8, 1}}, []int{1, 2}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.sll == nil {
				test.sll = test.frames
			}
			b := anyCapture(test.sightings...)
			checkFrames(t, "SLL2", mustRead(t, b), test.frames)
			checkFrames(t, "SLL", mustRead(t, pcaptest.SLL(b)), test.sll)
		})
	}
}

func checkFrames(t *testing.T, format string, r *reading, want []int) {
	t.Helper()
	var got []int
	for _, s := range r.segments {
		got = append(got, s.Frame)
	}
	if !slices.Equal(got, want) || r.Ledger.Duplicate != r.Ledger.Packets-len(want) {
		t.Errorf("%s: got frames %v, want %v; %+v", format, got, want, r.Ledger)
	}
}

// TestDuplicatesOfSeveralInterfaces reads a forwarding machine's recording as
// "dumpcap -i A -i B" would have written it.
func TestDuplicatesOfSeveralInterfaces(t *testing.T) {
	b := fixture(t, "jupyterhub/two-ingresses-no-headers-4.1.6/router.pcap")
	want := mustRead(t, b)
	got := mustRead(t, pcaptest.Pcapng(b, pcaptest.NG{PerInterface: true}))
	if want.Ledger.Duplicate == 0 || got.Ledger != want.Ledger {
		t.Errorf("got %+v, want %+v", got.Ledger, want.Ledger)
	}
	sameSegments(t, got, want)
	if len(got.Interfaces) < 2 || len(got.Interfaces) != len(want.Interfaces) {
		t.Errorf("got interfaces %q and %q", got.Interfaces, want.Interfaces)
	}
}

// TestOneInterfaceHasNoDuplicates wants every packet of a plain capture.
func TestOneInterfaceHasNoDuplicates(t *testing.T) {
	b := fixture(t, "jupyterhub/healthy-4.1.6/hub.pcap")
	once, twice := mustRead(t, b), mustRead(t, pcaptest.Duplicate(b, 1, 1))
	if len(twice.segments) != 2*len(once.segments) || twice.Ledger.Duplicate > 0 {
		t.Errorf("got %d segments, want %d; %+v", len(twice.segments), 2*len(once.segments), twice.Ledger)
	}
}

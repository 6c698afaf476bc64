// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// TestExtras wants what a pcapng says beside its packets.
func TestExtras(t *testing.T) {
	keys := []byte("CLIENT_RANDOM 00 11\n")
	r := readAll(t, pcaptest.Pcapng(fixture(t, plainFixture), pcaptest.NG{
		Application: "Dumpcap 4.0", Interface: "eth0", Comment: "failed here", Secrets: keys, Dropped: 12, Foreign: true,
	}))
	if r.err != nil || r.Kind != exchange.KindPcapng || r.Creator != "Dumpcap 4.0" || fmt.Sprint(r.Interfaces) != "[eth0]" {
		t.Errorf("got error %v, %q by %q on %q", r.err, r.Kind, r.Creator, r.Interfaces)
	}
	if !r.hasNote(exchange.NoteDamaged, "lost 12 packets") || !r.hasNote(exchange.NoteSecrets, "keys") {
		t.Errorf("got notes %q", r.Notes)
	}
	x := r.extras
	if len(x.Comments) != 2 || x.Comments[0] != (Comment{0, "failed here"}) || x.Comments[1] != (Comment{1, "failed here"}) {
		t.Errorf("got comments %v", x.Comments)
	}
	if len(x.Names) == 0 || x.Names[0].Name != "hub.test" || x.Names[0].Address.String() != "192.0.2.1" {
		t.Errorf("got names %v", x.Names)
	}
	if len(x.Secrets) != 1 || !x.Secrets[0].IsTLS() || !bytes.Equal(x.Secrets[0].RevealKeys(), keys) {
		t.Errorf("got secrets %v", x.Secrets)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, x); strings.Contains(text, "CLIENT_RANDOM") || strings.Contains(text, "67, 76, 73") {
			t.Errorf("%s prints the keys: %s", verb, text)
		}
	}
}

// TestFrameNumbers counts blocks that are no packets as tshark does (measured
// with tshark 4.0: custom blocks and journal entries get a number, others none).
func TestFrameNumbers(t *testing.T) {
	b, _ := pcaptest.Split(fixture(t, plainFixture), 1)
	ng := pcaptest.Pcapng(b, pcaptest.NG{})
	var extra []byte
	for _, kind := range []uint32{blockCustom, 0x12345, blockJournal, blockNames, blockCustomLocal} {
		extra = appendBlock(extra, kind, []byte{0, 0, 0, 0})
	}
	at := bytes.Index(ng, []byte{6, 0, 0, 0}) // the packet
	ng = append(append(bytes.Clone(ng[:at]), extra...), ng[at:]...)
	r := mustRead(t, ng)
	if len(r.segments) != 1 || r.segments[0].Frame != 4 || r.Ledger.Packets != 1 {
		t.Errorf("got %+v", r.segments)
	}
}

func appendBlock(b []byte, kind uint32, body []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(le.AppendUint32(b, kind), uint32(len(body)+12))
	return le.AppendUint32(append(b, body...), uint32(len(body)+12))
}

func TestResolution(t *testing.T) {
	for _, test := range []struct {
		value  byte
		offset int64
		ticks  uint64
		want   int64
	}{
		{6, 0, 1_500_000, 1_500_000_000},
		{9, 0, 1_500_000_000, 1_500_000_000},
		{0, 0, 3, 3_000_000_000},
		{3, 5, 1500, 6_500_000_000},
		{12, 0, 1_500_000_000_999, 1_500_000_000},
		{19, 0, math.MaxUint64, 1_844_674_407},
		{20, 0, math.MaxUint64, 0},
		{0x80 | 10, 0, 1536, 1_500_000_000},
		{0x80 | 63, 0, 3 << 62, 1_500_000_000},
		{0x80, 0, 7, 7_000_000_000},
		{0x80 | 64, 0, 7, 0},
		{0, math.MaxInt64, 7, math.MaxInt64},
		{0, math.MinInt64, 7, 0},
		{0, 0, math.MaxUint64, math.MaxInt64},
		{0, -3, 5, 2_000_000_000},
	} {
		i := ngInterface{resolution: resolutionOf(test.value), offset: test.offset}
		if got := i.nanos(test.ticks); got != test.want {
			t.Errorf("resolution %#x, offset %d, %d ticks: got %d, want %d", test.value, test.offset, test.ticks, got, test.want)
		}
	}
}

// TestDamagedBlocks wants damage within a block to cost that packet only, and
// damage of the block itself to end the reading.
func TestDamagedBlocks(t *testing.T) {
	b, _ := pcaptest.Split(fixture(t, plainFixture), 4)
	ng := pcaptest.Pcapng(b, pcaptest.NG{})
	le := binary.LittleEndian
	second := nthBlock(ng, blockEnhanced, 2)
	for _, test := range []struct {
		name        string
		at          int
		value       uint32
		packets     int
		undecodable int
		note        string
	}{
		{"captured length", second + 20, 1 << 19, 4, 1, "the block around it is damaged"},
		{"captured length, 4 GiB", second + 20, 1<<32 - 1, 4, 1, "longer than logintrace reads"},
		{"interface", second + 8, 77, 4, 1, "interface it refers to is not described"},
		{"total length, 0", second + 4, 0, 1, 0, "block 4 claims to be 0 bytes long"},
		{"total length, other than at its end", second + 4, 60, 1, 0, "says at its beginning that it is 60 bytes long"},
		{"total length, 4 GiB", second + 4, 1<<32 - 4, 1, 0, "the capture ends before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			damaged := bytes.Clone(ng)
			le.PutUint32(damaged[test.at:], test.value)
			r := readAll(t, damaged)
			found := r.hasNote(exchange.NoteDamaged, test.note) || r.hasNote(exchange.NoteLimit, test.note)
			if r.err != nil || r.Ledger.Packets != test.packets || r.Ledger.Undecodable != test.undecodable || !found {
				t.Errorf("got error %v, %+v, %q", r.err, r.Ledger, r.Notes)
			}
		})
	}
}

// nthBlock returns the offset of the nth block of a kind.
func nthBlock(ng []byte, kind uint32, n int) int {
	le := binary.LittleEndian
	for at := 0; ; at += int(le.Uint32(ng[at+4:])) {
		if le.Uint32(ng[at:]) == kind {
			if n--; n == 0 {
				return at
			}
		}
	}
}

// TestUnknownLinkType wants the link type to be named.
func TestUnknownLinkType(t *testing.T) {
	f := pcaptest.Parse(fixture(t, plainFixture))
	f.Link = 253
	r := readAll(t, f.Bytes())
	if r.err != nil || r.Ledger.Undecodable != r.Ledger.Packets || !r.hasNote(exchange.NoteDamaged, "link type 253 (Linux netlink)") {
		t.Errorf("got error %v, %+v, %q", r.err, r.Ledger, r.Notes)
	}
}

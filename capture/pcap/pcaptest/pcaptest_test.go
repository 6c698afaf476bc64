// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

// numbered is a capture of n packets that say their number.
func numbered(n int) []byte {
	f := File{Link: LinkRaw, Snaplen: 262144}
	for i := range n {
		data := fmt.Appendf(nil, "E packet %04d", i)
		f.Packets = append(f.Packets, Packet{int64(i) * 1000, len(data), data})
	}
	return f.Bytes()
}

func TestRoundTrip(t *testing.T) {
	b := numbered(10)
	for name, again := range map[string][]byte{
		"parse":      Parse(b).Bytes(),
		"byte order": LittleEndian(BigEndian(b)),
		"resolution": Microseconds(Nanoseconds(b)),
		"frames":     Raw(SLL2(Ethernet(SLL(Null(b))))),
		"no damage":  Drop(Duplicate(Reorder(CutStart(b, 0), 1, 0), 1, 0), 1, 0),
	} {
		if !bytes.Equal(again, b) {
			t.Errorf("%s: the capture has changed", name)
		}
	}
}

func TestRandomVariants(t *testing.T) {
	b := numbered(1000)
	for name, variant := range map[string]func(seed uint64) []byte{
		"drop":      func(seed uint64) []byte { return Drop(b, seed, 0.1) },
		"duplicate": func(seed uint64) []byte { return Duplicate(b, seed, 0.1) },
		"reorder":   func(seed uint64) []byte { return Reorder(b, seed, 4) },
	} {
		if !bytes.Equal(variant(1), variant(1)) || bytes.Equal(variant(1), variant(2)) || bytes.Equal(variant(1), b) {
			t.Errorf("%s: the variant does not depend on the seed alone", name)
		}
	}
}

// TestReorderWithin wants packets to be late by the window at most, none lost,
// and times in order.
func TestReorderWithin(t *testing.T) {
	b := numbered(1000)
	var order []int
	for i, p := range Parse(Reorder(b, 3, 4)).Packets {
		var number int
		if _, err := fmt.Sscanf(string(p.Data), "E packet %d", &number); err != nil {
			t.Fatal(err)
		}
		if i-number > 4 || p.Nanos != int64(i)*1000 {
			t.Errorf("packet %d is at place %d, time %d", number, i, p.Nanos)
		}
		order = append(order, number)
	}
	if slices.IsSorted(order) {
		t.Error("nothing was reordered")
	}
	slices.Sort(order)
	if distinct := len(slices.Compact(order)); distinct != 1000 {
		t.Errorf("%d packets are left", distinct)
	}
}

func TestClocks(t *testing.T) {
	b := numbered(1001) // 1 ms
	if !bytes.Equal(Shift(Shift(b, 3*time.Hour), -3*time.Hour), b) || Parse(Shift(b, time.Hour)).Packets[7].Nanos != int64(time.Hour)+7000 {
		t.Error("a shift is not the same for all packets")
	}
	if drifted := Parse(Drift(Shift(b, time.Hour), 1000)); drifted.Packets[0].Nanos != int64(time.Hour) || drifted.Packets[1000].Nanos != int64(time.Hour)+1001000 {
		t.Errorf("%d", drifted.Packets[1000].Nanos)
	}
}

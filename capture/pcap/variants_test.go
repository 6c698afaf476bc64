// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// variant is another way to write the same packets.
type variant struct {
	name    string
	make    func([]byte) []byte
	compare []string // what may differ
}

// formats are variants of the file, framings those of the link layer.
func formats() []variant {
	ng := func(how pcaptest.NG) func([]byte) []byte {
		return func(b []byte) []byte { return pcaptest.Pcapng(b, how) }
	}
	return []variant{
		{"nanoseconds", pcaptest.Nanoseconds, nil},
		{"big endian", pcaptest.BigEndian, nil},
		{"big endian, nanoseconds", func(b []byte) []byte { return pcaptest.BigEndian(pcaptest.Nanoseconds(b)) }, nil},
		{"snaplen 0", func(b []byte) []byte { return pcaptest.ClaimSnaplen(b, 0) }, nil},
		{"snaplen smaller than packets", func(b []byte) []byte { return pcaptest.ClaimSnaplen(b, 60) }, nil},
		{"gzip", func(b []byte) []byte { return pcaptest.Gzip(b, 1) }, nil},
		{"gzip of 3 members", func(b []byte) []byte { return pcaptest.Gzip(b, 3) }, nil},
		{"zstd", func(b []byte) []byte { return pcaptest.Zstd(b, 1) }, nil},
		{"zstd of 3 frames", func(b []byte) []byte { return pcaptest.Zstd(b, 3) }, nil},
		{"pcapng", ng(pcaptest.NG{}), []string{"but interface"}},
		{"pcapng, big endian", ng(pcaptest.NG{BigEndian: true}), []string{"but interface"}},
		{"pcapng, microseconds", ng(pcaptest.NG{Resolution: 6}), []string{"but interface"}},
		{"pcapng, picoseconds after an offset", ng(pcaptest.NG{Resolution: 12, Offset: 1_790_000_000}), []string{"but interface"}},
		{"pcapng, 3 sections", ng(pcaptest.NG{Sections: 3, Interface: "any"}), []string{"but interface"}},
		{"pcapng, obsolete blocks", ng(pcaptest.NG{Obsolete: true}), []string{"but interface"}},
		{"pcapng, simple blocks", ng(pcaptest.NG{Simple: true}), []string{"but interface", "but time"}},
		{"pcapng, blocks to pass over", ng(pcaptest.NG{Foreign: true, Comment: "x", Application: "dumpcap"}), []string{"but interface"}},
		{"pcapng.gz", func(b []byte) []byte { return pcaptest.Gzip(pcaptest.Pcapng(b, pcaptest.NG{}), 1) }, []string{"but interface"}},
	}
}

func framings() []variant {
	vxlan := func(b []byte) []byte { return pcaptest.VXLAN(b, 4789) }
	vxlanLinux := func(b []byte) []byte { return pcaptest.VXLAN(b, 8472) }
	return []variant{
		{"Ethernet", pcaptest.Ethernet, nil},
		{"SLL", pcaptest.SLL, nil},
		{"SLL2", pcaptest.SLL2, nil},
		{"raw", pcaptest.Raw, nil},
		{"null", pcaptest.Null, nil},
		{"VLAN", func(b []byte) []byte { return pcaptest.VLAN(b, 7) }, nil},
		{"QinQ", func(b []byte) []byte { return pcaptest.VLAN(b, 7, 8, 9) }, nil},
		{"padding", func(b []byte) []byte { return pcaptest.Pad(b, 6) }, nil},
		{"IP in IP", pcaptest.IPIP, nil},
		{"GRE", pcaptest.GRE, nil},
		{"VXLAN", vxlan, nil},
		{"VXLAN on Linux' port", vxlanLinux, nil},
		{"VXLAN in VXLAN", func(b []byte) []byte { return vxlan(vxlan(b)) }, nil},
		{"Geneve", pcaptest.Geneve, nil},
		{"MPLS", pcaptest.MPLS, nil},
		{"PPPoE", pcaptest.PPPoE, nil},
		{"fragments", func(b []byte) []byte { return pcaptest.Fragment(b, 200, false) }, []string{"but frame"}},
		{"fragments backwards", func(b []byte) []byte { return pcaptest.Fragment(b, 64, true) }, []string{"but frame"}},
		{"fragments of a tunnel", func(b []byte) []byte { return pcaptest.Fragment(vxlan(b), 304, false) }, []string{"but frame"}},
	}
}

// TestFormats reads recordings in every format: the segments must be the same.
func TestFormats(t *testing.T) {
	files := slices.DeleteFunc(fixtures(t), func(name string) bool { return len(fixture(t, name)) < 1000 })
	for i, v := range formats() {
		t.Run(v.name, func(t *testing.T) {
			for at := i % 7; at < len(files); at += 7 {
				b := fixture(t, files[at])
				want := mustRead(t, b)
				got := mustRead(t, v.make(b))
				sameSegments(t, got, want, v.compare...)
				if got.Ledger != want.Ledger {
					t.Errorf("%s: got %+v, want %+v", files[at], got.Ledger, want.Ledger)
				}
				if !slices.Contains(v.compare, "but time") && (got.FirstTime != want.FirstTime || got.LastTime != want.LastTime) {
					t.Errorf("%s: got %s to %s, want %s to %s", files[at], got.FirstTime, got.LastTime, want.FirstTime, want.LastTime)
				}
			}
		})
	}
}

// TestFramings puts recordings of one interface into other link layers and tunnels.
func TestFramings(t *testing.T) {
	files := slices.DeleteFunc(fixtures(t), func(name string) bool {
		return len(fixture(t, name)) < 1000 || readAll(t, fixture(t, name)).Ledger.Duplicate > 0
	})
	for i, v := range framings() {
		t.Run(v.name, func(t *testing.T) {
			for at := i % 7; at < len(files); at += 7 {
				b := pcaptest.Ethernet(fixture(t, files[at]))
				want := mustRead(t, b)
				got := mustRead(t, v.make(b))
				sameSegments(t, got, want, append(v.compare, "but interface")...)
			}
		})
	}
}

// TestFragmentsAreCounted wants fragments in the ledger, and nothing left over.
func TestFragmentsAreCounted(t *testing.T) {
	b := fixture(t, "jupyterhub/healthy-4.1.6/client.pcap")
	r := mustRead(t, pcaptest.Fragment(b, 200, false))
	if r.Ledger.Used == 0 || r.Ledger.Packets != len(r.segments)+r.Ledger.Used {
		t.Errorf("got %d segments and %+v", len(r.segments), r.Ledger)
	}
	lossy := readAll(t, pcaptest.Drop(pcaptest.Fragment(b, 200, false), 1, 0.1))
	if lossy.Ledger.Undecodable == 0 || !lossy.hasNote(exchange.NoteDamaged, "fragments of the same IP packet are missing") {
		t.Errorf("got %+v, %q", lossy.Ledger, lossy.Notes)
	}
	double := readAll(t, pcaptest.Duplicate(pcaptest.Fragment(b, 200, false), 1, 1))
	sameSegments(t, &reading{segments: withPayload(double)}, &reading{segments: withPayload(r)}, "but frame")
	if double.Ledger.Undecodable > 0 {
		t.Errorf("got %+v, %q", double.Ledger, double.Notes)
	}
}

// withPayload keeps segments with content that are long enough to be fragmented.
func withPayload(r *reading) []segmentOf {
	return slices.DeleteFunc(slices.Clone(r.segments), func(s segmentOf) bool { return len(s.Payload) <= 200 })
}

// TestSnaplen wants to know how much is missing of cut packets, exactly.
func TestSnaplen(t *testing.T) {
	for _, name := range []string{"jupyterhub/healthy-4.1.6/hub.pcap", "jupyterhub/healthy-4.1.6/ingressA.pcap"} {
		b := fixture(t, name)
		whole, cut := mustRead(t, b), readAll(t, pcaptest.Snaplen(b, 96))
		if !cut.hasNote(exchange.NoteDamaged, "recorded without the end") {
			t.Errorf("got notes %q", cut.Notes)
		}
		missing := 0
		for i, s := range cut.segments {
			full := whole.segments[i].Payload
			if len(s.Payload)+s.Missing != len(full) || string(s.Payload) != string(full[:len(s.Payload)]) {
				t.Fatalf("segment %d: %d bytes and %d missing, of %d", i, len(s.Payload), s.Missing, len(full))
			}
			missing += s.Missing
		}
		if missing == 0 || len(cut.segments) != len(whole.segments) {
			t.Errorf("%d bytes missing, %d of %d segments", missing, len(cut.segments), len(whole.segments))
		}
	}
}

// TestSnaplenWithinHeaders wants a packet that shows no ports to be counted.
func TestSnaplenWithinHeaders(t *testing.T) {
	r := readAll(t, pcaptest.Snaplen(fixture(t, "jupyterhub/healthy-4.1.6/hub.pcap"), 40))
	if len(r.segments) > 0 || r.Ledger.Undecodable == 0 || !r.hasNote(exchange.NoteDamaged, "tcpdump -s 0") {
		t.Errorf("got %d segments, %+v, %q", len(r.segments), r.Ledger, r.Notes)
	}
}

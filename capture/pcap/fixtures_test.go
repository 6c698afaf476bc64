// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

var update = flag.Bool("update", false, "have tshark count the recordings again (needs tshark)")

// tsharkCounts is made by: go test ./capture/pcap -run TestFixturesAsTshark -update
const tsharkCounts = "testdata/tshark-counts.tsv"

// counts is what a program says about a capture. Duplicates are those copies of a
// TCP segment that were seen on another interface or in the other direction.
type counts struct {
	hash                               string
	packets, tcp, duplicates, payloads int
}

func (c counts) String() string {
	return fmt.Sprintf("%s\t%d\t%d\t%d\t%d", c.hash, c.packets, c.tcp, c.duplicates, c.payloads)
}

// hashOf ties counts to the recording they are of.
func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b))[:16] }

func TestFixturesAsTshark(t *testing.T) {
	if *update {
		updateCounts(t)
	}
	want := readCounts(t)
	files := fixtures(t)
	if known := slices.Sorted(maps.Keys(want)); !slices.Equal(known, files) {
		t.Errorf("%s is about other files than there are: run this test with -update", tsharkCounts)
	}
	total := 0
	for _, name := range files {
		b := fixture(t, name)
		r := mustRead(t, b)
		got := counts{hashOf(b), r.Ledger.Packets, len(r.segments) + r.Ledger.Duplicate, r.Ledger.Duplicate, r.payload()}
		if got.hash != want[name].hash {
			t.Errorf("%s was recorded again: run this test with -update", name)
			continue
		}
		if got != want[name] {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want[name])
		}
		total += got.tcp
	}
	t.Logf("%d recordings, %d segments", len(files), total)
}

func readCounts(t *testing.T) map[string]counts {
	t.Helper()
	b, err := os.ReadFile(tsharkCounts)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]counts)
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var name string
		var c counts
		if _, err := fmt.Sscan(line, &name, &c.hash, &c.packets, &c.tcp, &c.duplicates, &c.payloads); err != nil {
			t.Fatalf("%s: %q: %v", tsharkCounts, line, err)
		}
		all[name] = c
	}
	return all
}

// TestFixturesAsGopacket compares each segment with what gopacket decodes.
func TestFixturesAsGopacket(t *testing.T) {
	compared := 0
	for _, name := range fixtures(t) {
		b := fixture(t, name)
		if b[20] != linkEthernet || b[21] != 0 {
			continue // gopacket does not know SLL2
		}
		got, want := mustRead(t, b), &reading{}
		want.segments = gopacketSegments(t, b)
		if len(got.segments) == 0 && len(want.segments) == 0 {
			continue
		}
		sameSegments(t, got, want)
		compared++
	}
	if compared < 40 {
		t.Errorf("only %d recordings were compared", compared)
	}
}

func gopacketSegments(t *testing.T, b []byte) (all []segmentOf) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for frame := 1; ; frame++ {
		data, info, err := r.ReadPacketData()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.NoCopy)
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		s := segmentOf{
			Frame: frame, Nanos: info.Timestamp.UnixNano(), Interface: -1,
			SourcePort: uint16(tcp.SrcPort), DestinationPort: uint16(tcp.DstPort),
			Sequence: tcp.Seq, Acknowledgement: tcp.Ack, Payload: tcp.Payload, Flags: flagsOf(tcp),
		}
		s.Source, s.Destination = addressesOf(p.NetworkLayer())
		all = append(all, s)
	}
}

// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/logintrace/logintrace/capture/reassembly"
)

type segmentOf = reassembly.Segment

func flagsOf(tcp *layers.TCP) (flags reassembly.Flags) {
	for flag, set := range map[reassembly.Flags]bool{
		reassembly.FIN: tcp.FIN, reassembly.SYN: tcp.SYN, reassembly.RST: tcp.RST,
		reassembly.PSH: tcp.PSH, reassembly.ACK: tcp.ACK,
	} {
		if set {
			flags |= flag
		}
	}
	return flags
}

func addressesOf(layer gopacket.NetworkLayer) (source, destination netip.Addr) {
	flow := layer.NetworkFlow()
	source, _ = netip.AddrFromSlice(flow.Src().Raw())
	destination, _ = netip.AddrFromSlice(flow.Dst().Raw())
	return source, destination
}

// updateCounts writes what tshark says about the recordings.
func updateCounts(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintln(&out, "# made by tshark: go test ./capture/pcap -run TestFixturesAsTshark -update")
	fmt.Fprintln(&out, "# recording\tsha256\tpackets\tTCP segments\tcopies among them\tbytes of content without copies")
	known := readCounts(t) // of these recordings tshark has been asked
	for _, name := range fixtures(t) {
		c, hash := known[name], hashOf(fixture(t, name))
		if c.hash != hash {
			c = tsharkCount(t, fixturesDir+"/"+name)
			c.hash = hash
		}
		fmt.Fprintf(&out, "%s\t%s\n", name, c)
	}
	if err := os.WriteFile(tsharkCounts, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tsharkCount has tshark list a capture. A copy is a segment that equals an
// earlier one, at most 10 ms before, in all that forwarding keeps, but came by
// another interface or in the other direction.
func tsharkCount(t *testing.T, file string) (c counts) {
	t.Helper()
	fields := []string{"frame.time_epoch", "tcp.len", "sll.ifindex", "sll.pkttype",
		"ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.id", "tcp.srcport", "tcp.dstport",
		"tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.window_size_value", "tcp.options"}
	args := []string{"-r", file, "-n", "-T", "fields"}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	output, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", file, err)
	}
	type sighting struct {
		time  float64
		place string
	}
	seen := make(map[string]sighting)
	for line := range strings.Lines(string(output)) {
		c.packets++
		column := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if column[1] == "" {
			continue
		}
		c.tcp++
		size, _ := strconv.Atoi(column[1])
		now, _ := strconv.ParseFloat(column[0], 64)
		here := sighting{now, column[2] + "/" + column[3]}
		key := column[1] + strings.Join(column[4:], " ")
		if before, ok := seen[key]; ok && now-before.time <= 0.010 && before.place != here.place {
			c.duplicates++
			continue
		}
		seen[key] = here
		c.payloads += size
	}
	return c
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"encoding/binary"
	"net/netip"
	"os"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// readSegments reads the TCP segments of a classic pcap file, Ethernet or SLL2.
func readSegments(t testing.TB, name string) []reassembly.Segment {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewReader(file)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var segments []reassembly.Segment
	for frame := 1; ; frame++ {
		data, info, err := r.ReadPacketData()
		if err != nil {
			return segments
		}
		if s, ok := decodeSegment(int(r.LinkType()), data); ok {
			s.Frame, s.Nanos, s.Interface = frame, info.Timestamp.UnixNano(), -1
			segments = append(segments, s)
		}
	}
}

func decodeSegment(linkType int, data []byte) (reassembly.Segment, bool) {
	const sll2 = 276 & 0xff // LinkType has eight bits only
	first := gopacket.LayerType(layers.LayerTypeEthernet)
	if linkType == sll2 {
		first = layers.LayerTypeIPv4
		if binary.BigEndian.Uint16(data) == uint16(layers.EthernetTypeIPv6) {
			first = layers.LayerTypeIPv6
		}
		data = data[20:]
	}
	packet := gopacket.NewPacket(data, first, gopacket.Default)
	tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok {
		return reassembly.Segment{}, false
	}
	flow := packet.NetworkLayer().NetworkFlow()
	source, _ := netip.AddrFromSlice(flow.Src().Raw())
	destination, _ := netip.AddrFromSlice(flow.Dst().Raw())
	s := reassembly.Segment{
		Source:          source,
		Destination:     destination,
		SourcePort:      uint16(tcp.SrcPort),
		DestinationPort: uint16(tcp.DstPort),
		Sequence:        tcp.Seq,
		Acknowledgement: tcp.Ack,
		Payload:         tcp.Payload,
	}
	for flag, set := range map[reassembly.Flags]bool{
		reassembly.FIN: tcp.FIN, reassembly.SYN: tcp.SYN, reassembly.RST: tcp.RST,
		reassembly.PSH: tcp.PSH, reassembly.ACK: tcp.ACK,
	} {
		if set {
			s.Flags |= flag
		}
	}
	return s, true
}

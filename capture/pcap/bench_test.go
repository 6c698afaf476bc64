// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// typicalPcap makes a capture of at least size bytes as a proxied site gives it:
// two segments of full size, then an acknowledgement.
func typicalPcap(size int) []byte {
	be := binary.BigEndian
	f := pcaptest.File{Link: linkEthernet, Snaplen: 262144, Packets: make([]pcaptest.Packet, 0, size/1000)}
	content := bytes.Repeat([]byte("lorem ipsum <a href=\"/x\">dolor</a>\n"), 42)[:1448]
	for written, i := 0, 0; written < size; i++ {
		payload := content
		if i%3 == 2 {
			payload = nil
		}
		data := make([]byte, 66+len(payload))
		copy(data, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45\x00")
		be.PutUint16(data[16:], uint16(52+len(payload)))
		be.PutUint16(data[18:], uint16(i))
		copy(data[22:], "\x40\x06\x00\x00\x0a\xf4\x01\x07\x0a\xf4\x01\x09")
		be.PutUint16(data[34:], uint16(40000+i/64%1000))
		be.PutUint16(data[36:], 8000)
		be.PutUint32(data[38:], uint32(i)*1448)
		copy(data[46:], "\x80\x18\x01\xf5\x00\x00\x00\x00\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x01")
		copy(data[66:], payload)
		f.Packets = append(f.Packets, pcaptest.Packet{Nanos: 1_795_332_487_000_000_000 + int64(i)*20_000, Length: len(data), Data: data})
		written += 16 + len(data)
	}
	return f.Bytes()
}

// BenchmarkRead reads 50 MB in several formats. "format=bare" is the floor: a
// loop of pcapgo without copying and gopacket's DecodingLayerParser.
func BenchmarkRead(b *testing.B) {
	plain := typicalPcap(50 << 20)
	b.Run("format=bare", func(b *testing.B) { benchmarkBare(b, plain) })
	for _, variant := range []struct {
		name string
		make func() []byte
	}{
		{"pcap", func() []byte { return plain }},
		{"pcap-sll2", func() []byte { return pcaptest.SLL2(plain) }},
		{"pcap-vlan", func() []byte { return pcaptest.VLAN(plain, 5, 6) }},
		{"pcap-vxlan", func() []byte { return pcaptest.VXLAN(plain, 4789) }},
		{"pcap-mpls", func() []byte { return pcaptest.MPLS(plain) }},
		{"pcapng", func() []byte { return pcaptest.Pcapng(plain, pcaptest.NG{}) }},
	} {
		b.Run("format="+variant.name, func(b *testing.B) { benchmarkRead(b, variant.make()) })
	}
}

func benchmarkRead(b *testing.B, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var c exchange.Capture
		segments, payload := 0, 0
		err := Read(context.Background(), onlyReader{bytes.NewReader(data)}, &c, func(s *reassembly.Segment) error {
			segments++
			payload += len(s.Payload)
			return nil
		})
		if err != nil || segments == 0 || segments != c.Ledger.Packets || payload == 0 {
			b.Fatal(err, segments, c.Ledger, c.Notes)
		}
	}
}

func benchmarkBare(b *testing.B, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pcapgo.NewReader(bufio.NewReaderSize(onlyReader{bytes.NewReader(data)}, bufferSize))
		if err != nil {
			b.Fatal(err)
		}
		var (
			ethernet layers.Ethernet
			ip4      layers.IPv4
			ip6      layers.IPv6
			tcp      layers.TCP
			payload  gopacket.Payload
		)
		parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &ip4, &ip6, &tcp, &payload)
		parser.IgnoreUnsupported = true
		var decoded []gopacket.LayerType
		total := 0
		for {
			packet, _, err := r.ZeroCopyReadPacketData()
			if err == io.EOF {
				break
			}
			if err == nil {
				err = parser.DecodeLayers(packet, &decoded)
			}
			if err != nil {
				b.Fatal(err)
			}
			total += len(tcp.Payload)
		}
		if total == 0 {
			b.Fatal("no content")
		}
	}
}

// onlyReader hides that the bytes are in memory.
type onlyReader struct{ io.Reader }

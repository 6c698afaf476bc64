// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/google/gopacket/tcpassembly"
)

// streams is what two assemblers are compared by: the bytes of each stream that
// has no gap, by its two ends and the number of the connection between them.
type streams map[string]*bytes.Buffer

func streamName(source, destination netip.AddrPort, nth int) string {
	return fmt.Sprintf("%v>%v#%d", source, destination, nth)
}

// Open, Empty and the Sink make streams of what our Assembler delivers.
func (m streams) Open(c *Connection) Sink {
	nth := 0
	for m[streamName(c.Ends[0], c.Ends[1], nth)] != nil {
		nth++
	}
	sink := &streamSink{}
	for side := range sink.streams {
		sink.streams[side] = &bytes.Buffer{}
		m[streamName(c.Ends[side], c.Ends[1-side], nth)] = sink.streams[side]
	}
	return sink
}

func (m streams) Empty(*Connection, int) {}

type streamSink struct{ streams [2]*bytes.Buffer }

func (s *streamSink) Data(from Side, b []byte, _ Position) { s.streams[from].Write(b) }
func (s *streamSink) Gap(from Side, n int64, _ Position) {
	fmt.Fprintf(s.streams[from], "<%d missing>", n)
}
func (s *streamSink) End(Side, Ending, Position) {}
func (s *streamSink) Done(int)                   {}

// oracle is gopacket's assembler, making the same.
type oracle struct {
	streams streams
	pool    *tcpassembly.Assembler
}

func newOracle() *oracle {
	o := &oracle{streams: streams{}}
	o.pool = tcpassembly.NewAssembler(tcpassembly.NewStreamPool(o))
	return o
}

func (o *oracle) New(network, transport gopacket.Flow) tcpassembly.Stream {
	source, destination := addrPort(network.Src(), transport.Src()), addrPort(network.Dst(), transport.Dst())
	nth := 0
	for o.streams[streamName(source, destination, nth)] != nil {
		nth++
	}
	s := &oracleStream{&bytes.Buffer{}}
	o.streams[streamName(source, destination, nth)] = s.Buffer
	return s
}

func addrPort(address, port gopacket.Endpoint) netip.AddrPort {
	addr, _ := netip.AddrFromSlice(address.Raw())
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(port.Raw()))
}

type oracleStream struct{ *bytes.Buffer }

func (s *oracleStream) Reassembled(pieces []tcpassembly.Reassembly) {
	for _, p := range pieces {
		if p.Skip > 0 {
			fmt.Fprintf(s, "<%d missing>", p.Skip)
		}
		s.Write(p.Bytes)
	}
}
func (s *oracleStream) ReassemblyComplete() {}

// add hands a segment to gopacket.
func (o *oracle) add(s *Segment) {
	network, _ := gopacket.FlowFromEndpoints(layers.NewIPEndpoint(s.Source.AsSlice()), layers.NewIPEndpoint(s.Destination.AsSlice()))
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(s.SourcePort), DstPort: layers.TCPPort(s.DestinationPort),
		Seq: s.Sequence, Ack: s.Acknowledgement,
		SYN: s.Flags&SYN != 0, ACK: s.Flags&ACK != 0, FIN: s.Flags&FIN != 0, RST: s.Flags&RST != 0,
	}
	tcp.Payload = s.Payload
	tcp.SetInternalPortsForTesting()
	o.pool.AssembleWithTimestamp(network, tcp, time.Unix(0, s.Nanos))
}

// compareWithOracle runs both and returns how many bytes were compared.
func compareWithOracle(t *testing.T, segments []Segment) int {
	t.Helper()
	ours, theirs := streams{}, newOracle()
	a := New(ours)
	for i := range segments {
		a.Add(&segments[i])
		theirs.add(&segments[i])
	}
	a.Close()
	theirs.pool.FlushAll()
	compared := 0
	for name, got := range ours {
		want := theirs.streams[name]
		if want == nil {
			want = &bytes.Buffer{}
		}
		if bytes.Contains(got.Bytes(), []byte(" missing>")) || bytes.Contains(want.Bytes(), []byte(" missing>")) {
			continue
		}
		compared += got.Len()
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%s: got %d bytes, gopacket has %d", name, got.Len(), want.Len())
		}
	}
	return compared
}

func TestOracleOnFixtures(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/jupyterhub/*/*.pcap")
	if err != nil || len(files) < 100 {
		t.Fatalf("found %d recordings, %v", len(files), err)
	}
	compared := 0
	for _, file := range files {
		compared += compareWithOracle(t, readSegments(t, file))
	}
	if compared < 1<<20 {
		t.Errorf("compared only %d bytes", compared)
	}
}

func TestOracleOnDisturbedTraffic(t *testing.T) {
	compared := 0
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		segments, _ := disturbed(random, 20_000)
		compared += compareWithOracle(t, segments)
	}
	if compared < 1<<20 {
		t.Errorf("compared only %d bytes", compared)
	}
}

// disturbed makes one stream in segments that overlap, are repeated and, after
// the handshake, reordered; it returns the reference too.
func disturbed(random *rand.Rand, length int) ([]Segment, []byte) {
	reference := make([]byte, length)
	for i := range reference {
		reference[i] = byte(random.Uint32())
	}
	start := random.Uint32()
	s := &script{}
	s.add(0, SYN, start-1, 0, "")
	s.add(1, SYN|ACK, 499, start, "")
	for at := 0; at < length; {
		n := min(1+random.IntN(1448), length-at)
		back := min(at, random.IntN(3)*random.IntN(200))
		s.add(0, ACK, start+uint32(at-back), 500, string(reference[at-back:at+n]))
		if random.IntN(5) == 0 {
			s.add(0, ACK, start+uint32(at), 500, string(reference[at:at+n]))
		}
		at += n
	}
	content := s.segments[2:]
	for i := range content {
		j := min(len(content)-1, i+random.IntN(6))
		content[i], content[j] = content[j], content[i]
	}
	return s.segments, reference
}

// readSegments reads the TCP segments of a classic pcap file, Ethernet or SLL2.
func readSegments(t testing.TB, name string) []Segment {
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
	var segments []Segment
	for frame := 1; ; frame++ {
		data, info, err := r.ReadPacketData()
		if err != nil {
			return segments
		}
		if s, ok := decodeSegment(r.LinkType(), data); ok {
			s.Frame, s.Nanos, s.Interface = frame, info.Timestamp.UnixNano(), -1
			segments = append(segments, s)
		}
	}
}

func decodeSegment(linkType layers.LinkType, data []byte) (Segment, bool) {
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
		return Segment{}, false
	}
	network, transport := packet.NetworkLayer().NetworkFlow(), tcp.TransportFlow()
	source, destination := addrPort(network.Src(), transport.Src()), addrPort(network.Dst(), transport.Dst())
	s := Segment{
		Source: source.Addr(), SourcePort: source.Port(),
		Destination: destination.Addr(), DestinationPort: destination.Port(),
		Sequence: tcp.Seq, Acknowledgement: tcp.Ack, Payload: tcp.Payload,
	}
	for flag, set := range map[Flags]bool{FIN: tcp.FIN, SYN: tcp.SYN, RST: tcp.RST, PSH: tcp.PSH, ACK: tcp.ACK} {
		if set {
			s.Flags |= flag
		}
	}
	return s, true
}

// SPDX-License-Identifier: Apache-2.0

package reassembly

import (
	"net/netip"
	"testing"
)

// BenchmarkReassembly assembles a hundred connections that are served in turn,
// full segments with an acknowledgement for every second one.
func BenchmarkReassembly(b *testing.B) {
	const connections, rounds = 100, 100
	var segments []Segment
	payload := make([]byte, 1448)
	add := func(from, to netip.AddrPort, flags Flags, sequence, ack uint32, payload []byte) {
		segments = append(segments, Segment{
			Source: from.Addr(), SourcePort: from.Port(), Destination: to.Addr(), DestinationPort: to.Port(),
			Sequence: sequence, Acknowledgement: ack, Flags: flags, Payload: payload, Nanos: int64(len(segments)) * 1000,
		})
	}
	for round := range uint32(rounds) {
		for i := range connections {
			client := netip.AddrPortFrom(clientEnd.Addr(), uint16(2000+i))
			if round == 0 {
				add(client, serverEnd, SYN, 99, 0, nil)
				add(serverEnd, client, SYN|ACK, 499, 100, nil)
				continue
			}
			next := 500 + (round-1)*2*1448
			add(serverEnd, client, ACK, next, 100, payload)
			add(serverEnd, client, ACK, next+1448, 100, payload)
			add(client, serverEnd, ACK, 100, next+2*1448, nil)
		}
	}
	b.SetBytes(int64(connections * (rounds - 1) * 2 * 1448))
	b.ReportAllocs()
	for b.Loop() {
		c := &counter{}
		a := New(c)
		for i := range segments {
			a.Add(&segments[i])
		}
		a.Close()
		if c.gaps != 0 || c.bytes != connections*(rounds-1)*2*1448 {
			b.Fatalf("%d bytes, %d in gaps", c.bytes, c.gaps)
		}
	}
}

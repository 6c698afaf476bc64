// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"

	"github.com/logintrace/logintrace/capture/reassembly"
)

// UDP ports of tunnels. Linux, and with it flannel and Cilium, had VXLAN on 8472
// before IANA gave it 4789.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472
	portGeneve     = 6081
)

// transport decodes the content of an IP packet.
func (d *decoder) transport(protocol byte, data []byte, wire int) fate {
	switch protocol {
	case protoTCP:
		return d.tcp(data, wire)
	case protoUDP:
		return d.udp(data, wire)
	case protoIPv4:
		return d.tunnelled(d.ip4, data, wire)
	case protoIPv6:
		return d.tunnelled(d.ip6, data, wire)
	case protoGRE:
		return d.gre(data, wire)
	}
	return isOther
}

// tcp decodes a TCP segment (RFC 9293, 3.1). The checksum is not looked at: the
// recording machine's network card computes it after the packet was recorded.
func (d *decoder) tcp(data []byte, wire int) fate {
	if len(data) < 20 {
		return tooShort(wire, 20, isDamagedTCP)
	}
	head := int(data[12]>>4) * 4
	if head < 20 || head > wire {
		return isDamagedTCP
	}
	s := &d.segment
	s.SourcePort = binary.BigEndian.Uint16(data)
	s.DestinationPort = binary.BigEndian.Uint16(data[2:])
	s.Sequence = binary.BigEndian.Uint32(data[4:])
	s.Acknowledgement = binary.BigEndian.Uint32(data[8:])
	const controlBits = reassembly.FIN | reassembly.SYN | reassembly.RST | reassembly.PSH | reassembly.ACK
	s.Flags = reassembly.Flags(data[13]) & controlBits // the bits are those of the wire
	s.Payload = data[min(head, len(data)):]
	s.Missing = wire - head - len(s.Payload)
	if s.Missing > 0 {
		d.tallies.sliced.add(1, d.frame)
	}
	return isSegment
}

// udp looks for tunnels; nothing else in UDP is for us.
func (d *decoder) udp(data []byte, wire int) fate {
	const head = 8
	if len(data) < head+8 {
		return isOther
	}
	switch binary.BigEndian.Uint16(data[2:]) {
	case portVXLAN, portVXLANLinux:
		if data[head] == 0x08 { // RFC 7348, 5: the I flag is set, the others are not
			return d.tunnelled(d.ethernet, data[head+8:], wire-head-8)
		}
	case portGeneve:
		return d.geneve(data[head:], wire-head)
	}
	return isOther
}

// geneve decodes a Geneve header with its options (RFC 8926, 3.4).
func (d *decoder) geneve(data []byte, wire int) fate {
	size := 8 + int(data[0]&0x3f)*4
	if data[0]>>6 != 0 || size > len(data) {
		return isOther
	}
	kind := binary.BigEndian.Uint16(data[2:])
	return d.tunnelled(func(data []byte, wire int) fate { return d.network(kind, data, wire) }, data[size:], wire-size)
}

// gre decodes a GRE header (RFC 2784, 2 and RFC 2890, 2) and, of what it may
// carry, IP, Ethernet and mirrored Ethernet (ERSPAN).
func (d *decoder) gre(data []byte, wire int) fate {
	if len(data) < 4 {
		return tooShort(wire, 4, isDamagedIP)
	}
	flags, kind := binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
	if flags&0x4007 != 0 {
		return isOther // source routes (RFC 1701) and PPTP: not for us
	}
	size := 4
	for _, optional := range [...]uint16{0x8000, 0x2000, 0x1000} { // checksum, key, sequence
		if flags&optional != 0 {
			size += 4
		}
	}
	const erspan = 0x88be
	if kind == erspan {
		kind = etherBridge
		if flags&0x1000 != 0 {
			size += 8 // type II has a header of its own, type I none
		}
	}
	if len(data) < size {
		return tooShort(wire, size, isDamagedIP)
	}
	return d.tunnelled(func(data []byte, wire int) fate { return d.network(kind, data, wire) }, data[size:], wire-size)
}

// tunnelled decodes what is inside a tunnel. The packet is then about the inner
// addresses, and the outer ones are forgotten.
func (d *decoder) tunnelled(decode func([]byte, int) fate, data []byte, wire int) fate {
	if d.depth++; d.depth > maxNesting {
		return isNestedTooDeep
	}
	return decode(data, wire)
}

// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"net/netip"
)

// Numbers of protocols and of IPv6 extension headers (IANA, protocol-numbers).
const (
	protoHopByHop    = 0
	protoIPv4        = 4
	protoTCP         = 6
	protoUDP         = 17
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoAuth        = 51
	protoDestination = 60
	protoMobility    = 135
	protoHIP         = 139
	protoShim6       = 140
)

// ip decodes what is IPv4 or IPv6, as its first bits say.
func (d *decoder) ip(data []byte, wire int) fate {
	if len(data) == 0 {
		return tooShort(wire, 1, isDamagedIP)
	}
	switch data[0] >> 4 {
	case 4:
		return d.ip4(data, wire)
	case 6:
		return d.ip6(data, wire)
	}
	return isDamagedIP
}

// ip4 decodes an IPv4 packet (RFC 791, 3.1). What follows its total length is
// padding of the link layer; if the frame is shorter, it is believed, as tshark does.
func (d *decoder) ip4(data []byte, wire int) fate {
	if len(data) < 20 {
		return tooShort(wire, 20, isDamagedIP)
	}
	head := int(data[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(data[2:]))
	if total == 0 || total > wire {
		total = wire // left to the network card to fill in, too large for the field, or damaged
	}
	if data[0]>>4 != 4 || head < 20 || total < head {
		return isDamagedIP
	}
	if len(data) < head {
		return isCutShort
	}
	d.segment.Source = netip.AddrFrom4([4]byte(data[12:16]))
	d.segment.Destination = netip.AddrFrom4([4]byte(data[16:20]))
	d.id = uint32(binary.BigEndian.Uint16(data[4:]))
	content := data[head:min(total, len(data))]
	const moreFragments, offset = 0x2000, 0x1fff
	if bits := binary.BigEndian.Uint16(data[6:]); bits&(moreFragments|offset) != 0 {
		return d.fragment(&piece{
			protocol: data[9],
			offset:   int(bits&offset) * 8,
			last:     bits&moreFragments == 0,
			data:     content,
			wire:     total - head,
		})
	}
	return d.transport(data[9], content, total-head)
}

// ip6 decodes an IPv6 packet (RFC 8200, 3).
func (d *decoder) ip6(data []byte, wire int) fate {
	const head = 40
	if len(data) < head {
		return tooShort(wire, head, isDamagedIP)
	}
	if data[0]>>4 != 6 {
		return isDamagedIP
	}
	total := head + int(binary.BigEndian.Uint16(data[4:]))
	if total == head || total > wire {
		total = wire // a jumbogram (RFC 2675, 3), left to the network card, or damaged
	}
	d.segment.Source = netip.AddrFrom16([16]byte(data[8:24]))
	d.segment.Destination = netip.AddrFrom16([16]byte(data[24:40]))
	d.id = 0
	return d.extensions(data[6], data[head:min(total, len(data))], total-head)
}

// extensions passes over the extension headers of IPv6 (RFC 8200, 4).
func (d *decoder) extensions(next byte, data []byte, wire int) fate {
	for isExtension(next) {
		size := 8
		if len(data) < size {
			return tooShort(wire, size, isDamagedIP)
		}
		switch next {
		case protoFragment:
			d.id = binary.BigEndian.Uint32(data[4:])
			if p := pieceOf6(data, wire); p != nil {
				return d.fragment(p)
			}
		case protoAuth:
			size = (int(data[1]) + 2) * 4 // in units of 4 bytes (RFC 4302, 2.2)
		default:
			size = (int(data[1]) + 1) * 8
		}
		if len(data) < size {
			return tooShort(wire, size, isDamagedIP)
		}
		next, data, wire = data[0], data[size:], wire-size
	}
	return d.transport(next, data, wire)
}

func isExtension(next byte) bool {
	switch next {
	case protoHopByHop, protoRouting, protoDestination, protoMobility, protoHIP, protoShim6, protoAuth, protoFragment:
		return true
	}
	return false
}

// pieceOf6 reads a fragment header (RFC 8200, 4.5); nil if the fragment is the
// whole packet (an atomic fragment, RFC 6946).
func pieceOf6(data []byte, wire int) *piece {
	const head, more, offset = 8, 0x0001, 0xfff8
	bits := binary.BigEndian.Uint16(data[2:])
	if bits&(more|offset) == 0 {
		return nil
	}
	return &piece{
		protocol: data[0],
		offset:   int(bits & offset),
		last:     bits&more == 0,
		data:     data[head:],
		wire:     wire - head,
	}
}

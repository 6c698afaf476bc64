// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"

	"github.com/google/gopacket/layers"
)

// Link types (tcpdump.org/linktypes.html) that are decoded here.
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawOld   = 12 // as FreeBSD and others number it
	linkRawBSD   = 14 // as OpenBSD numbers it
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkNFLOG    = 239
	linkSLL2     = 276
)

// Protocols, as Ethernet numbers them.
const (
	etherIPv4   = 0x0800
	etherIPv6   = 0x86dd
	etherVLAN   = 0x8100
	etherQinQ   = 0x88a8
	etherQinQ1  = 0x9100 // before 802.1ad
	etherMPLS   = 0x8847
	etherMPLSm  = 0x8848
	etherPPPoE  = 0x8864
	etherBridge = 0x6558 // Ethernet in GRE or Geneve
	lowestEther = 0x0600 // below it stands a length (IEEE 802.3, 3.2.6)
)

// snap begins a frame with a length in place of a type, if it has one after all
// (RFC 1042).
const snap = "\xaa\xaa\x03\x00\x00\x00"

const (
	packetOutgoing  = 4   // PACKET_OUTGOING of Linux, also in SLL and SLL2
	hardwareNetlink = 824 // ARPHRD_NETLINK: no network traffic
)

// link decodes the link layer and what is inside.
func (d *decoder) link(p *packet) fate {
	wire := max(p.length, len(p.data))
	switch p.link {
	case linkEthernet:
		return d.ethernet(p.data, wire)
	case linkSLL2:
		return d.sll2(p, wire)
	case linkSLL:
		return d.sll(p.data, wire)
	case linkRaw, linkRawOld, linkRawBSD, linkIPv4, linkIPv6:
		return d.ip(p.data, wire)
	case linkNull, linkLoop:
		return d.null(p.data, wire)
	case linkNFLOG:
		return d.nflog(p.data, wire)
	}
	return d.uncommonLink(p, wire)
}

func (d *decoder) ethernet(data []byte, wire int) fate {
	if len(data) < 14 {
		return tooShort(wire, 14, isDamagedLink)
	}
	return d.network(binary.BigEndian.Uint16(data[12:]), data[14:], wire-14)
}

// sll decodes the header of "-i any" (LINKTYPE_LINUX_SLL).
func (d *decoder) sll(data []byte, wire int) fate {
	if len(data) < 16 {
		return tooShort(wire, 16, isDamagedLink)
	}
	d.blind = true
	d.outgoing = binary.BigEndian.Uint16(data) == packetOutgoing
	if binary.BigEndian.Uint16(data[2:]) == hardwareNetlink {
		return isOther
	}
	return d.network(binary.BigEndian.Uint16(data[14:]), data[16:], wire-16)
}

// sll2 decodes the newer header of "-i any" (LINKTYPE_LINUX_SLL2), which says
// on which interface the packet was seen.
func (d *decoder) sll2(p *packet, wire int) fate {
	data := p.data
	if len(data) < 20 {
		return tooShort(wire, 20, isDamagedLink)
	}
	d.segment.Interface = d.interfaces.indexed(p.origin, binary.BigEndian.Uint32(data[4:]))
	d.outgoing = data[10] == packetOutgoing
	if binary.BigEndian.Uint16(data[8:]) == hardwareNetlink {
		return isOther
	}
	return d.network(binary.BigEndian.Uint16(data), data[20:], wire-20)
}

// null decodes a loopback header. LINKTYPE_NULL is in the byte order of the
// machine that recorded; no family needs more than one byte, so either will do.
func (d *decoder) null(data []byte, wire int) fate {
	if len(data) < 4 {
		return tooShort(wire, 4, isDamagedLink)
	}
	switch data[0] | data[3] {
	case 2, 10, 24, 28, 30: // AF_INET, and AF_INET6 of Linux, the BSDs and macOS
		return d.ip(data[4:], wire-4)
	}
	return isOther
}

// nflog decodes the header of packets that iptables logged: a list of values,
// of which one is the IP packet (LINKTYPE_NFLOG).
func (d *decoder) nflog(data []byte, wire int) fate {
	const head, payload = 4, 9
	if len(data) < head {
		return tooShort(wire, head, isDamagedLink)
	}
	for rest := data[head:]; len(rest) >= 4; {
		size := int(binary.LittleEndian.Uint16(rest))
		kind := binary.LittleEndian.Uint16(rest[2:])
		if kind == payload && size >= 4 {
			return d.ip(rest[4:min(size, len(rest))], size-4)
		}
		padded := (size + 3) &^ 3
		if size < 4 || padded > len(rest) {
			break
		}
		rest = rest[padded:]
	}
	return tooShort(wire, len(data)+1, isDamagedLink)
}

// network decodes what an Ethernet type announces, below any number of tags.
func (d *decoder) network(kind uint16, data []byte, wire int) fate {
	for range maxNesting {
		switch kind {
		case etherIPv4:
			return d.ip4(data, wire)
		case etherIPv6:
			return d.ip6(data, wire)
		case etherVLAN, etherQinQ, etherQinQ1:
			if len(data) < 4 {
				return tooShort(wire, 4, isDamagedLink)
			}
			kind = binary.BigEndian.Uint16(data[2:])
			data, wire = data[4:], wire-4
		case etherMPLS, etherMPLSm:
			return d.uncommon(layers.LayerTypeMPLS, data, wire)
		case etherPPPoE:
			return d.uncommon(layers.LayerTypePPPoE, data, wire)
		case etherBridge:
			return d.tunnelled(d.ethernet, data, wire)
		default:
			if kind >= lowestEther || len(data) < 8 || string(data[:6]) != snap {
				return isOther
			}
			kind = binary.BigEndian.Uint16(data[6:])
			data, wire = data[8:], wire-8
		}
	}
	return isNestedTooDeep
}

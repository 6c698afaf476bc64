// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"encoding/binary"
	"fmt"
)

// frame is a packet without its link layer.
type frame struct {
	kind    uint16 // the Ethernet type
	sender  [6]byte
	index   uint32 // of the interface, 1 if it is not known
	packet  uint16 // SLL's packet type, 0 (to us) if it is not known
	content []byte
}

func (f File) frame(p Packet) frame {
	be := binary.BigEndian
	x := frame{index: 1}
	switch d := p.Data; f.Link {
	case LinkEthernet:
		x.kind, x.content = be.Uint16(d[12:]), d[14:]
		copy(x.sender[:], d[6:])
	case LinkSLL:
		x.packet, x.kind, x.content = be.Uint16(d), be.Uint16(d[14:]), d[16:]
		copy(x.sender[:], d[6:])
	case LinkSLL2:
		x.kind, x.index, x.packet, x.content = be.Uint16(d), be.Uint32(d[4:]), uint16(d[10]), d[20:]
		copy(x.sender[:], d[12:])
	case LinkRaw:
		x.kind, x.content = etherType(d), d
	case LinkNull:
		x.kind, x.content = etherType(d[4:]), d[4:]
	default:
		panic(fmt.Sprintf("pcaptest: link type %d is not framed anew", f.Link))
	}
	return x
}

func etherType(ip []byte) uint16 {
	if len(ip) > 0 && ip[0]>>4 == 6 {
		return 0x86dd
	}
	return 0x0800
}

// reframe replaces the link layer of each packet.
func reframe(b []byte, link uint32, head func(x frame) []byte) []byte {
	f := Parse(b)
	to := f
	to.Link = link
	return to.each(func(p Packet) Packet {
		x := f.frame(p)
		data := append(head(x), x.content...)
		return Packet{p.Nanos, p.Length + len(data) - len(p.Data), data}
	})
}

// Ethernet frames packets as Ethernet. On which interface and in which direction
// they were seen is lost, and with it what tells a copy from a retransmission.
func Ethernet(b []byte) []byte {
	return reframe(b, LinkEthernet, func(x frame) []byte {
		head := append([]byte{2, 0, 0, 0, 0, 1}, x.sender[:]...)
		return binary.BigEndian.AppendUint16(head, x.kind)
	})
}

// SLL frames packets as "tcpdump -i any" did before version 4.99. The interface
// is lost, the direction is kept.
func SLL(b []byte) []byte {
	return reframe(b, LinkSLL, func(x frame) []byte {
		head := binary.BigEndian.AppendUint16(nil, x.packet)
		head = append(head, 0, 1, 0, 6)
		head = append(head, x.sender[:]...)
		head = append(head, 0, 0)
		return binary.BigEndian.AppendUint16(head, x.kind)
	})
}

// SLL2 frames packets as "tcpdump -i any" does; if the interface is not known it
// is the first.
func SLL2(b []byte) []byte {
	return reframe(b, LinkSLL2, func(x frame) []byte {
		head := binary.BigEndian.AppendUint16(nil, x.kind)
		head = append(head, 0, 0)
		head = binary.BigEndian.AppendUint32(head, x.index)
		head = append(head, 0, 1, byte(x.packet), 6)
		head = append(head, x.sender[:]...)
		return append(head, 0, 0)
	})
}

// Raw leaves IP packets without a link layer, and others out.
func Raw(b []byte) []byte {
	return reframe(onlyIP(b), LinkRaw, func(frame) []byte { return nil })
}

// Null frames IP packets as BSD's loopback does, and leaves others out.
func Null(b []byte) []byte {
	return reframe(onlyIP(b), LinkNull, func(x frame) []byte {
		if x.kind == 0x86dd {
			return []byte{30, 0, 0, 0}
		}
		return []byte{2, 0, 0, 0}
	})
}

func onlyIP(b []byte) []byte {
	f := Parse(b)
	var packets []Packet
	for _, p := range f.Packets {
		if kind := f.frame(p).kind; kind == 0x0800 || kind == 0x86dd {
			packets = append(packets, p)
		}
	}
	return f.with(packets)
}

// VLAN puts tags before the content of each Ethernet frame; two or more are QinQ.
func VLAN(b []byte, tags ...uint16) []byte {
	return reframe(b, LinkEthernet, func(x frame) []byte {
		head := append([]byte{2, 0, 0, 0, 0, 1}, x.sender[:]...)
		for i, tag := range tags {
			kind := uint16(0x8100)
			if i < len(tags)-1 {
				kind = 0x88a8
			}
			head = binary.BigEndian.AppendUint16(head, kind)
			head = binary.BigEndian.AppendUint16(head, tag)
		}
		return binary.BigEndian.AppendUint16(head, x.kind)
	})
}

// Pad adds bytes behind each Ethernet frame, as network cards do to short ones.
func Pad(b []byte, n int) []byte {
	return Parse(b).each(func(p Packet) Packet {
		p.Data = append(p.Data, make([]byte, n)...)
		p.Length += n
		return p
	})
}

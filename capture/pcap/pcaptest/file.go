// SPDX-License-Identifier: Apache-2.0

// Package pcaptest makes variants of packet captures, for tests: the same
// packets in another format, framing or tunnel, and the same capture with
// packets lost, doubled, late or cut.
//
// Functions take the bytes of a capture and return the bytes of the variant; the
// input is not changed. All but the packers take and return a pcap, of either
// byte order and resolution. What is random depends on the seed alone.
//
// It is for tests only: it panics on what is not a whole pcap. To read captures
// in whatever state, see package pcap.
package pcaptest

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Link types that the framings use.
const (
	LinkNull     = 0
	LinkEthernet = 1
	LinkRaw      = 101
	LinkSLL      = 113
	LinkSLL2     = 276
)

// File is a pcap taken apart.
type File struct {
	BigEndian   bool
	Nanoseconds bool // the resolution that is written
	Snaplen     uint32
	Link        uint32
	Packets     []Packet
}

// Packet is one record of a pcap.
type Packet struct {
	Nanos  int64
	Length int // on the wire
	Data   []byte
}

// Parse takes a pcap apart. The packets share the memory of b.
func Parse(b []byte) File {
	if len(b) < 24 {
		panic("pcaptest: not a pcap: shorter than its header")
	}
	var f File
	var order binary.ByteOrder = binary.LittleEndian
	switch magic := binary.LittleEndian.Uint32(b); magic {
	case 0xa1b2c3d4:
	case 0xa1b23c4d:
		f.Nanoseconds = true
	case 0xd4c3b2a1:
		f.BigEndian, order = true, binary.BigEndian
	case 0x4d3cb2a1:
		f.BigEndian, f.Nanoseconds, order = true, true, binary.BigEndian
	default:
		panic(fmt.Sprintf("pcaptest: not a pcap: it begins with %08x", magic))
	}
	f.Snaplen, f.Link = order.Uint32(b[16:]), order.Uint32(b[20:])
	for b = b[24:]; len(b) > 0; {
		captured := int(order.Uint32(b[8:]))
		f.Packets = append(f.Packets, Packet{
			Nanos:  int64(order.Uint32(b))*1e9 + int64(order.Uint32(b[4:]))*f.fraction(),
			Length: int(order.Uint32(b[12:])),
			Data:   b[16 : 16+captured : 16+captured],
		})
		b = b[16+captured:]
	}
	return f
}

func (f File) fraction() int64 {
	if f.Nanoseconds {
		return 1
	}
	return 1000
}

// Bytes writes the file.
func (f File) Bytes() []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if f.BigEndian {
		order = binary.BigEndian
	}
	magic := uint32(0xa1b2c3d4)
	if f.Nanoseconds {
		magic = 0xa1b23c4d
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint32(b, f.Snaplen)
	b = order.AppendUint32(b, f.Link)
	for _, p := range f.Packets {
		b = order.AppendUint32(b, uint32(p.Nanos/1e9))
		b = order.AppendUint32(b, uint32(p.Nanos%1e9/f.fraction()))
		b = order.AppendUint32(b, uint32(len(p.Data)))
		b = order.AppendUint32(b, uint32(p.Length))
		b = append(b, p.Data...)
	}
	return b
}

// with writes the file with other packets.
func (f File) with(packets []Packet) []byte {
	f.Packets = packets
	return f.Bytes()
}

// each writes the file with each packet changed, which must not change p.Data in place.
func (f File) each(change func(p Packet) Packet) []byte {
	packets := slices.Clone(f.Packets)
	for i := range packets {
		packets[i] = change(packets[i])
	}
	return f.with(packets)
}

// Nanoseconds writes timestamps in nanoseconds.
func Nanoseconds(b []byte) []byte {
	f := Parse(b)
	f.Nanoseconds = true
	return f.Bytes()
}

// Microseconds writes timestamps in microseconds; what is below is lost.
func Microseconds(b []byte) []byte {
	f := Parse(b)
	f.Nanoseconds = false
	return f.Bytes()
}

// BigEndian writes numbers as a big-endian machine would.
func BigEndian(b []byte) []byte {
	f := Parse(b)
	f.BigEndian = true
	return f.Bytes()
}

// LittleEndian writes numbers as a little-endian machine would.
func LittleEndian(b []byte) []byte {
	f := Parse(b)
	f.BigEndian = false
	return f.Bytes()
}

// ClaimSnaplen changes the snaplen that the header claims, and no packet.
func ClaimSnaplen(b []byte, snaplen uint32) []byte {
	f := Parse(b)
	f.Snaplen = snaplen
	return f.Bytes()
}

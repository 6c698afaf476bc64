// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"encoding/binary"
	"slices"
)

// NG says how a pcapng is written. The zero value is what Wireshark writes.
type NG struct {
	BigEndian  bool
	Resolution byte  // if_tsresol; 0 stands for 9, nanoseconds
	Offset     int64 // if_tsoffset: seconds to be added to each timestamp

	Interface   string // if_name
	Application string // shb_userappl
	Comment     string // on the section and on the first packet
	Secrets     []byte // a TLS key log
	Dropped     uint64 // isb_ifdrop

	Sections int  // 0 stands for 1; each describes its interface anew
	Simple   bool // Simple Packet Blocks: timestamps are lost
	Obsolete bool // Packet Blocks
	Foreign  bool // blocks of unknown types and names between the packets

	// PerInterface turns an SLL2 capture into one of several Ethernet
	// interfaces, as "dumpcap -i eth0 -i veth1" writes it.
	PerInterface bool
}

// Pcapng writes a pcap as a pcapng.
func Pcapng(b []byte, how NG) []byte {
	f := Parse(b)
	w := &ngWriter{NG: how, order: binary.LittleEndian}
	if how.BigEndian {
		w.order = binary.BigEndian
	}
	sections := max(how.Sections, 1)
	for i := range sections {
		part := f
		part.Packets = f.Packets[i*len(f.Packets)/sections : (i+1)*len(f.Packets)/sections]
		w.section(part)
	}
	return w.out
}

type ngWriter struct {
	NG
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	out []byte
}

func (w *ngWriter) u16(b []byte, v uint16) []byte { return w.order.AppendUint16(b, v) }
func (w *ngWriter) u32(b []byte, v uint32) []byte { return w.order.AppendUint32(b, v) }
func (w *ngWriter) u64(b []byte, v uint64) []byte { return w.order.AppendUint64(b, v) }

// block writes a block.
func (w *ngWriter) block(kind uint32, body []byte) {
	body = padded(body)
	size := uint32(len(body) + 12)
	w.out = w.u32(w.u32(w.out, kind), size)
	w.out = append(w.out, body...)
	w.out = w.u32(w.out, size)
}

func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

// option appends an option, unless it is empty.
func (w *ngWriter) option(b []byte, code uint16, value []byte) []byte {
	if len(value) == 0 {
		return b
	}
	b = w.u16(w.u16(b, code), uint16(len(value)))
	return padded(append(b, value...))
}

func (w *ngWriter) section(f File) {
	head := w.u32(nil, 0x1a2b3c4d)
	head = w.u64(w.u16(w.u16(head, 1), 0), 1<<64-1)
	head = w.option(head, 4, []byte(w.Application))
	w.block(0x0a0d0d0a, w.option(head, 1, []byte(w.Comment)))
	if len(w.Secrets) > 0 {
		w.block(10, append(w.u32(w.u32(nil, 0x544c534b), uint32(len(w.Secrets))), w.Secrets...))
	}
	numbers, frames := w.interfaces(f)
	for i, p := range f.Packets {
		if w.Foreign && i%3 == 0 {
			w.foreign()
		}
		w.packet(p, frames[i], numbers[i], i == 0)
	}
	if w.Dropped > 0 {
		w.block(5, w.option(w.u64(w.u32(nil, 0), 0), 5, w.u64(nil, w.Dropped)))
	}
}

// interfaces describes the interfaces of a section, and says of each packet
// which one it is from and what its frame is.
func (w *ngWriter) interfaces(f File) (numbers []uint32, frames [][]byte) {
	if !w.PerInterface {
		w.describe(f.Link, w.Interface)
		for _, p := range f.Packets {
			frames = append(frames, p.Data)
		}
		return make([]uint32, len(frames)), frames
	}
	var seen []uint32
	for i, p := range Parse(Ethernet(f.Bytes())).Packets {
		index := f.frame(f.Packets[i]).index
		number := slices.Index(seen, index)
		if number < 0 {
			number = len(seen)
			seen = append(seen, index)
			w.describe(LinkEthernet, "veth"+string(rune('0'+index%10)))
		}
		numbers, frames = append(numbers, uint32(number)), append(frames, p.Data)
	}
	return numbers, frames
}

func (w *ngWriter) describe(link uint32, name string) {
	body := w.u32(w.u16(w.u16(nil, uint16(link)), 0), 0)
	body = w.option(body, 2, []byte(name))
	body = w.option(body, 9, []byte{w.resolution()})
	if w.Offset != 0 {
		body = w.option(body, 14, w.u64(nil, uint64(w.Offset)))
	}
	w.block(1, w.u32(body, 0))
}

func (w *ngWriter) resolution() byte {
	if w.Resolution == 0 {
		return 9
	}
	return w.Resolution
}

func (w *ngWriter) packet(p Packet, frame []byte, number uint32, first bool) {
	if w.Simple {
		w.block(3, append(w.u32(nil, uint32(p.Length)), frame...))
		return
	}
	body := w.u32(nil, number)
	kind := uint32(6)
	if w.Obsolete {
		kind, body = 2, w.u16(w.u16(nil, uint16(number)), 0)
	}
	ticks := w.ticks(p.Nanos)
	body = w.u32(w.u32(body, uint32(ticks>>32)), uint32(ticks))
	body = w.u32(w.u32(body, uint32(len(frame))), uint32(p.Length+len(frame)-len(p.Data)))
	body = padded(append(body, frame...))
	if first {
		body = w.option(body, 1, []byte(w.Comment))
	}
	w.block(kind, body)
}

// ticks converts a time to the resolution of the file, rounding up where it is
// binary so that reading it gives the same microsecond.
func (w *ngWriter) ticks(nanos int64) uint64 {
	nanos -= w.Offset * 1e9
	digits := w.resolution()
	if digits&0x80 != 0 {
		digits &= 0x7f
		return uint64(nanos/1e9)<<digits + (uint64(nanos%1e9)<<digits+1e9-1)/1e9
	}
	ticks := uint64(nanos)
	for ; digits < 9; digits++ {
		ticks /= 10
	}
	for ; digits > 9; digits-- {
		ticks *= 10
	}
	return ticks
}

// foreign writes blocks that a reader must pass over, and a table of names.
func (w *ngWriter) foreign() {
	w.block(0x7fff0001, []byte("anything"))
	names := append(w.u16(w.u16(nil, 1), 4+9), 192, 0, 2, 1)
	names = padded(append(names, "hub.test\x00"...))
	w.block(4, w.u32(names, 0))
}

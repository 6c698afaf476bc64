// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// Types of pcapng blocks (draft-ietf-opsawg-pcapng-03, 11.1).
const (
	blockInterface   = 0x00000001
	blockPacket      = 0x00000002 // obsolete
	blockSimple      = 0x00000003
	blockNames       = 0x00000004
	blockStatistics  = 0x00000005
	blockEnhanced    = 0x00000006
	blockJournal     = 0x00000009
	blockSecrets     = 0x0000000a
	blockCustom      = 0x00000bad
	blockCustomLocal = 0x40000bad
	blockSection     = 0x0a0d0d0a
)

// section is the part of a pcapng that was written in one go, by one machine.
type section struct {
	order      binary.ByteOrder
	interfaces []ngInterface
	crowded    bool // more interfaces than are remembered
}

// sectionOrder reads the byte-order magic of a section header; nil if it is none.
func sectionOrder(magic []byte) binary.ByteOrder {
	switch binary.LittleEndian.Uint32(magic) {
	case 0x1a2b3c4d:
		return binary.LittleEndian
	case 0x4d3c2b1a:
		return binary.BigEndian
	}
	return nil
}

// readBlocks reads a pcapng.
func (d *session) readBlocks(in *window) error {
	for number := 1; ; number++ {
		head := in.peek(12)
		if len(head) < 12 {
			return in.cut(len(head), "block", number) // nil where the capture ends as it should
		}
		if binary.LittleEndian.Uint32(head) == blockSection { // reads the same in both orders
			d.section.order = sectionOrder(head[8:])
		}
		if d.section.order == nil {
			return &damageError{offset: in.offset, what: fmt.Sprintf("block %d begins a section, but in no known byte order", number)}
		}
		if err := d.readBlock(in, number); err != nil {
			return err
		}
	}
}

// readBlock reads one block (section 3.1): a type, its length, and at its end
// the length again.
func (d *session) readBlock(in *window, number int) error {
	head := in.peek(8)
	kind, size := d.section.order.Uint32(head), d.section.order.Uint32(head[4:])
	padded := (int64(size) + 3) &^ 3 // a few writers give the length without the padding
	switch {
	case size < 12:
		return &damageError{offset: in.offset, what: fmt.Sprintf("block %d claims to be %d bytes long", number, size)}
	case padded > maxBlock:
		return d.skipBlock(in, kind, padded, number)
	}
	block := in.peek(int(padded))
	if len(block) < int(padded) {
		return in.cut(len(block), "block", number)
	}
	if again := d.section.order.Uint32(block[padded-4:]); again != size {
		return &damageError{offset: in.offset, what: fmt.Sprintf("block %d says at its beginning that it is %d bytes long and at its end %d", number, size, again)}
	}
	in.take(int(padded))
	return d.block(kind, block[8:padded-4])
}

// skipBlock passes over a block that is too long to be looked into.
func (d *session) skipBlock(in *window, kind uint32, size int64, number int) error {
	start := in.offset
	if in.skip(size) < size {
		return &damageError{offset: start, what: fmt.Sprintf("block %d claims to be %d bytes long, and the capture ends before", number, size)}
	}
	switch kind {
	case blockEnhanced, blockPacket, blockSimple:
		d.decoder.refuse(isTooLong)
	default:
		d.numberOther(kind)
		d.extras.limited(d.capture)
	}
	return nil
}

// block reads one block, without the lengths around it.
func (d *session) block(kind uint32, body []byte) error {
	switch kind {
	case blockEnhanced:
		return d.enhancedPacket(body)
	case blockSimple:
		return d.simplePacket(body)
	case blockPacket:
		return d.obsoletePacket(body)
	case blockSection:
		d.beginSection(body)
	case blockInterface:
		d.describeInterface(body)
	case blockStatistics:
		d.statistics(body)
	case blockNames:
		d.extras.addNames(d.section.order, body)
	case blockSecrets:
		d.extras.addSecrets(d.section.order, body)
	default:
		d.numberOther(kind)
	}
	return nil
}

// numberOther counts those blocks that tshark numbers like packets, although
// they are none: frame numbers must agree with what it shows.
func (d *session) numberOther(kind uint32) {
	switch kind {
	case blockJournal, blockCustom, blockCustomLocal:
		d.decoder.frame++
	}
}

// beginSection forgets the interfaces of the section before.
func (d *session) beginSection(body []byte) {
	d.endSection()
	const fixed = 16
	if len(body) < fixed {
		return
	}
	const application = 4
	for code, value := range options(d.section.order, body[fixed:]) {
		switch code {
		case application:
			if d.capture.Creator == "" {
				d.capture.Creator = clip(string(value), maxText)
			}
		case optionComment:
			d.extras.addComment(0, value)
		}
	}
}

// endSection adds up what the recording program lost.
func (d *session) endSection() {
	for i := range d.section.interfaces {
		d.lost += d.section.interfaces[i].lost()
	}
	d.section.interfaces = d.section.interfaces[:0]
}

const optionComment = 1

// options goes through the options at the end of a block (section 3.5). It ends
// at the first one that is damaged.
func options(order binary.ByteOrder, list []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(list) >= 4 {
			code, size := order.Uint16(list), int(order.Uint16(list[2:]))
			if code == 0 || 4+size > len(list) {
				return
			}
			if !yield(code, list[4:4+size]) {
				return
			}
			list = list[min((4+size+3)&^3, len(list)):]
		}
	}
}

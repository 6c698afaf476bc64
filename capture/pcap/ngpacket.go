// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"fmt"

	"github.com/logintrace/logintrace/capture/exchange"
)

// enhancedPacket reads an Enhanced Packet Block (section 4.3).
func (d *session) enhancedPacket(body []byte) error {
	const fixed = 20
	if len(body) < fixed {
		d.decoder.refuse(isDamagedBlock)
		return nil
	}
	order := d.section.order
	ticks := uint64(order.Uint32(body[4:]))<<32 | uint64(order.Uint32(body[8:]))
	captured, length := order.Uint32(body[12:]), order.Uint32(body[16:])
	return d.ngPacket(order.Uint32(body), ticks, captured, length, body[fixed:])
}

// obsoletePacket reads a Packet Block, which the one above replaced.
func (d *session) obsoletePacket(body []byte) error {
	const fixed = 20
	if len(body) < fixed {
		d.decoder.refuse(isDamagedBlock)
		return nil
	}
	order := d.section.order
	ticks := uint64(order.Uint32(body[4:]))<<32 | uint64(order.Uint32(body[8:]))
	captured, length := order.Uint32(body[12:]), order.Uint32(body[16:])
	return d.ngPacket(uint32(order.Uint16(body)), ticks, captured, length, body[fixed:])
}

// ngPacket decodes a packet; rest begins with it and ends with options.
func (d *session) ngPacket(number uint32, ticks uint64, captured, length uint32, rest []byte) error {
	source := d.sourceOf(number)
	switch {
	case source == nil:
		return nil
	case captured > maxPacket:
		d.decoder.refuse(isTooLong)
		return nil
	case int(captured) > len(rest):
		d.decoder.refuse(isDamagedBlock)
		return nil
	}
	if after := int(captured+3) &^ 3; after < len(rest) {
		d.packetOptions(source, rest[after:])
	}
	p := packet{
		data: rest[:captured], length: int(length), nanos: source.nanos(ticks),
		link: source.link, origin: source.index,
	}
	d.clock.see(p.nanos)
	return d.decoder.packet(&p)
}

// simplePacket reads a Simple Packet Block (section 4.4): it is from the first
// interface, and has no timestamp.
func (d *session) simplePacket(body []byte) error {
	const fixed = 4
	source := d.sourceOf(0)
	switch {
	case source == nil:
		return nil
	case len(body) < fixed:
		d.decoder.refuse(isDamagedBlock)
		return nil
	}
	length := d.section.order.Uint32(body)
	captured := min(int64(length), int64(len(body)-fixed))
	if source.snaplen > 0 {
		captured = min(captured, int64(source.snaplen))
	}
	return d.decoder.packet(&packet{
		data: body[fixed:][:captured], length: int(length),
		link: source.link, origin: source.index,
	})
}

// sourceOf returns the interface of a packet; without one nothing is known of
// the packet, which is then counted and passed over.
func (d *session) sourceOf(number uint32) *ngInterface {
	if int64(number) < int64(len(d.section.interfaces)) {
		return &d.section.interfaces[number]
	}
	if d.section.crowded {
		d.capture.AddNote(exchange.NoteLimit, fmt.Sprintf(
			"a section describes more interfaces than logintrace remembers (%d)", maxInterfaces))
	}
	d.decoder.refuse(isFromNowhere)
	return nil
}

// packetOptions reads the options of a packet.
func (d *session) packetOptions(source *ngInterface, list []byte) {
	const dropCount = 4
	for code, value := range options(d.section.order, list) {
		switch {
		case code == optionComment:
			d.extras.addComment(d.decoder.frame+1, value)
		case code == dropCount && len(value) == 8:
			source.dropped += d.section.order.Uint64(value)
		}
	}
}

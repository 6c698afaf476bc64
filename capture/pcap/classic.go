// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Sizes of the fixed parts of a pcap (draft-ietf-opsawg-pcap-07, 4 and 5).
const (
	classicHeader = 24
	recordHeader  = 16
)

// classicMagic reads the magic number: in which order numbers are written, and
// how many nanoseconds a fraction of a second stands for.
func classicMagic(start []byte) (order binary.ByteOrder, fraction int64, ok bool) {
	switch binary.LittleEndian.Uint32(start) {
	case 0xa1b2c3d4:
		return binary.LittleEndian, 1000, true
	case 0xa1b23c4d:
		return binary.LittleEndian, 1, true
	case 0xd4c3b2a1:
		return binary.BigEndian, 1000, true
	case 0x4d3cb2a1:
		return binary.BigEndian, 1, true
	}
	return nil, 0, false
}

// readClassic reads a pcap.
func (d *session) readClassic(in *window) error {
	head := in.peek(classicHeader)
	if len(head) < classicHeader {
		return &damageError{offset: in.offset, what: "it ends within its header"}
	}
	order, fraction, _ := classicMagic(head)
	// libpcap takes 26 bits for the type; those above are about the frame check sequence.
	link := order.Uint32(head[20:]) & 0x03ffffff
	in.take(classicHeader)
	d.see(link)
	p := packet{link: link, origin: -1}
	for {
		record := in.peek(recordHeader)
		if len(record) < recordHeader {
			return in.cut(len(record), "packet", d.frame())
		}
		captured := order.Uint32(record[8:])
		if captured > maxPacket {
			return d.damagedRecord(in.offset, captured)
		}
		p.nanos = int64(order.Uint32(record))*1e9 + int64(order.Uint32(record[4:]))*fraction
		p.length = int(order.Uint32(record[12:]))
		size := recordHeader + int(captured)
		if record = in.peek(size); len(record) < size {
			return in.cut(len(record), "packet", d.frame())
		}
		in.take(size)
		p.data = record[recordHeader:]
		d.clock.see(p.nanos)
		if err := d.decoder.packet(&p); err != nil {
			return err
		}
	}
}

// damagedRecord ends the reading: a wrong length cannot be told from a wrong
// header, and what would be found behind it might be part of a content.
func (d *session) damagedRecord(offset int64, captured uint32) error {
	return &damageError{
		offset: offset,
		what:   fmt.Sprintf("packet %d claims to be %d bytes long", d.frame(), captured),
		hint:   "if it was recorded through a terminal (kubectl exec -t), record again without -t",
	}
}

// cut says that the input ended before a record or block did; nil when the
// input ended where it may.
func (w *window) cut(got int, what string, number int) error {
	if got == 0 && w.ended() {
		return nil
	}
	switch {
	case w.err != io.EOF && w.err != io.ErrUnexpectedEOF:
		return &damageError{offset: w.offset, what: fmt.Sprintf("it cannot be unpacked further (%v)", w.err)}
	case got == 0:
		return &damageError{offset: w.offset, what: "the compressed data is cut off there"}
	}
	return &damageError{offset: w.offset, what: fmt.Sprintf("it ends in the middle of %s %d", what, number)}
}

// clock is the time that the packets span.
type clock struct {
	first, last int64
	running     bool
}

// see widens the time; a packet without a timestamp has 0.
func (k *clock) see(nanos int64) {
	switch {
	case nanos == 0:
	case !k.running:
		k.first, k.last, k.running = nanos, nanos, true
	default:
		k.first, k.last = min(k.first, nanos), max(k.last, nanos)
	}
}

// report writes the time into the capture.
func (k *clock) report(c *exchange.Capture) {
	if k.running {
		c.Span(timeOf(k.first))
		c.Span(timeOf(k.last))
	}
}

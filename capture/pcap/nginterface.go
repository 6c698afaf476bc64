// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"math"
	"math/bits"
)

// ngInterface is an interface that a section of a pcapng describes.
type ngInterface struct {
	index   int // in Capture.Interfaces, or -1
	link    uint32
	snaplen uint32

	// A timestamp is in units of 10^-digits or, if binary, 2^-digits seconds,
	// and counts from offset seconds after 1970.
	resolution resolution
	offset     int64

	dropped  uint64 // as its packets say
	reported uint64 // as its statistics say
}

// describeInterface reads an Interface Description Block (section 4.2).
func (d *session) describeInterface(body []byte) {
	const fixed = 8
	if len(d.section.interfaces) >= maxInterfaces {
		d.section.crowded = true
		return
	}
	// A damaged description keeps its number, and no packet can be decoded by it.
	described := ngInterface{index: -1, link: math.MaxUint32, resolution: resolutionOf(6)}
	if len(body) >= fixed {
		order := d.section.order
		described.link = uint32(order.Uint16(body))
		described.snaplen = order.Uint32(body[4:])
		key := interfaceKey{number: uint32(len(d.section.interfaces)), link: described.link}
		d.interfaceOptions(&described, &key, body[fixed:])
		described.index = d.decoder.interfaces.describe(key)
	}
	d.section.interfaces = append(d.section.interfaces, described)
	d.see(described.link)
	if len(d.section.interfaces) > 1 {
		d.decoder.watchInterfaces()
	}
}

func (d *session) interfaceOptions(described *ngInterface, key *interfaceKey, list []byte) {
	const name, resolution, offset = 2, 9, 14
	for code, value := range options(d.section.order, list) {
		switch {
		case code == name:
			key.name = clip(string(value), maxText)
		case code == resolution && len(value) == 1:
			described.resolution = resolutionOf(value[0])
		case code == offset && len(value) == 8:
			described.offset = int64(d.section.order.Uint64(value))
		case code == optionComment:
			d.extras.addComment(0, value)
		}
	}
}

// statistics reads an Interface Statistics Block (section 4.6). Its counters
// count from the beginning, so the largest is the last.
func (d *session) statistics(body []byte) {
	const fixed, byInterface, bySystem = 12, 5, 7
	if len(body) < fixed {
		return
	}
	number := d.section.order.Uint32(body)
	if int64(number) >= int64(len(d.section.interfaces)) {
		return
	}
	var lost uint64
	for code, value := range options(d.section.order, body[fixed:]) {
		if (code == byInterface || code == bySystem) && len(value) == 8 {
			lost += d.section.order.Uint64(value)
		}
	}
	source := &d.section.interfaces[number]
	source.reported = max(source.reported, lost)
}

// lost is how many packets were not recorded; both counts are of the same ones.
func (i *ngInterface) lost() uint64 { return max(i.dropped, i.reported) }

// nanos converts a timestamp. One that does not fit, of which the time is
// certainly wrong, is cut to what does.
func (i *ngInterface) nanos(ticks uint64) int64 {
	seconds, fraction := i.resolution.split(ticks)
	if seconds > math.MaxInt64/2 {
		return math.MaxInt64
	}
	total, overflow := addSigned(int64(seconds), i.offset)
	const limit = math.MaxInt64/1_000_000_000 - 1
	switch {
	case overflow, total > limit:
		return math.MaxInt64
	case total < 0:
		return 0
	}
	return total*1e9 + int64(fraction)
}

// resolution is the unit of timestamps.
type resolution struct {
	binary bool
	digits uint8
	unit   uint64 // ticks in a second, if not binary; 0 if that is no number of ours
}

// resolutionOf reads the option if_tsresol (section 4.2).
func resolutionOf(value byte) resolution {
	r := resolution{binary: value&0x80 != 0, digits: value & 0x7f}
	if !r.binary && r.digits <= 19 {
		r.unit = 1
		for range r.digits {
			r.unit *= 10
		}
	}
	return r
}

// split divides a timestamp into seconds and nanoseconds.
func (r resolution) split(ticks uint64) (seconds, nanos uint64) {
	switch {
	case r.binary && r.digits < 64:
		seconds = ticks >> r.digits
		high, low := bits.Mul64(ticks&(1<<r.digits-1), 1e9)
		return seconds, high<<(64-r.digits) | low>>r.digits
	case r.unit == 0:
		return 0, 0
	}
	high, low := bits.Mul64(ticks%r.unit, 1e9)
	nanos, _ = bits.Div64(high, low, r.unit)
	return ticks / r.unit, nanos
}

func addSigned(a, b int64) (sum int64, overflow bool) {
	sum = a + b
	return sum, b > 0 && sum < a
}

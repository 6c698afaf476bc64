// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Drop leaves out each packet with the given probability.
func Drop(b []byte, seed uint64, probability float64) []byte {
	f, r := Parse(b), random(seed)
	return f.with(slices.DeleteFunc(f.Packets, func(Packet) bool { return r.Float64() < probability }))
}

// DropBursts leaves out packets in rows of the given length, as a full buffer does; the
// probability is that of one packet to be among them.
func DropBursts(b []byte, seed uint64, probability float64, length int) []byte {
	f, r := Parse(b), random(seed)
	begins, left := probability/(float64(length)*(1-probability)+probability), 0
	return f.with(slices.DeleteFunc(f.Packets, func(Packet) bool {
		if left == 0 && r.Float64() < begins {
			left = length
		}
		left--
		if left < 0 {
			left = 0
			return false
		}
		return true
	}))
}

// Duplicate repeats each packet, at once, with the given probability. A packet
// of an "-i any" capture is repeated on the same interface.
func Duplicate(b []byte, seed uint64, probability float64) []byte {
	f, r := Parse(b), random(seed)
	var packets []Packet
	for _, p := range f.Packets {
		packets = append(packets, p)
		if r.Float64() < probability {
			packets = append(packets, p)
		}
	}
	return f.with(packets)
}

// Reorder shuffles packets so that none comes more than window places later than
// it was. The timestamps stay in order: the packets were late on the wire.
func Reorder(b []byte, seed uint64, window int) []byte {
	f, r := Parse(b), random(seed)
	type slot struct {
		packet Packet
		at     int
	}
	slots := make([]slot, len(f.Packets))
	for i, p := range f.Packets {
		slots[i] = slot{p, i + r.IntN(window+1)}
	}
	slices.SortStableFunc(slots, func(a, b slot) int { return a.at - b.at })
	packets := slices.Clone(f.Packets)
	for i := range packets {
		packets[i] = slots[i].packet
		packets[i].Nanos = f.Packets[i].Nanos
	}
	return f.with(packets)
}

// CutStart leaves out the first part of the packets, given as a fraction.
func CutStart(b []byte, fraction float64) []byte {
	f := Parse(b)
	return f.with(f.Packets[int(float64(len(f.Packets))*fraction):])
}

// Split makes two captures of one, the first with n packets.
func Split(b []byte, n int) (first, second []byte) {
	f := Parse(b)
	n = min(n, len(f.Packets))
	return f.with(f.Packets[:n]), f.with(f.Packets[n:])
}

// Snaplen cuts packets as tcpdump -s would have.
func Snaplen(b []byte, snaplen int) []byte {
	f := Parse(b)
	f.Snaplen = uint32(snaplen)
	return f.each(func(p Packet) Packet {
		p.Data = p.Data[:min(snaplen, len(p.Data))]
		return p
	})
}

// CutLast takes n bytes from the end of any file.
func CutLast(b []byte, n int) []byte { return slices.Clone(b[:len(b)-n]) }

// Shift is the capture of a host whose clock is ahead by so much.
func Shift(b []byte, ahead time.Duration) []byte {
	return Parse(b).each(func(p Packet) Packet {
		p.Nanos += int64(ahead)
		return p
	})
}

// Drift is the capture of a host whose clock runs fast, by parts per million, and
// was right at the first packet.
func Drift(b []byte, ppm float64) []byte {
	f := Parse(b)
	return f.each(func(p Packet) Packet {
		p.Nanos += int64(float64(p.Nanos-f.Packets[0].Nanos) * ppm / 1e6)
		return p
	})
}

// Reset is the capture as it were if the sender of the n-th packet with content, counted
// from 0, had reset its connection (RFC 9293, 3.5.3) in the place of it, and the capture
// had been stopped then. It takes IPv4; ok is false if there are not so many.
func Reset(b []byte, n int) (variant []byte, ok bool) {
	f := Parse(b)
	for i, p := range f.Packets {
		x := f.frame(p)
		ip := x.content
		if x.kind != 0x0800 || len(ip) < 40 || ip[9] != 6 {
			continue
		}
		head := int(ip[0]&15) * 4
		offset := head + int(ip[head+12]>>4)*4
		if int(binary.BigEndian.Uint16(ip[2:])) <= offset {
			continue
		}
		if n > 0 {
			n--
			continue
		}
		link := len(p.Data) - len(ip)
		p.Data = slices.Clone(p.Data[:link+offset])
		p.Length = len(p.Data)
		binary.BigEndian.PutUint16(p.Data[link+2:], uint16(offset))
		p.Data[link+head+13] = 0x14 // RST, ACK
		return f.with(append(slices.Clone(f.Packets[:i]), p)), true
	}
	return nil, false
}

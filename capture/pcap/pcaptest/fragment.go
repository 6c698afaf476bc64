// SPDX-License-Identifier: Apache-2.0

package pcaptest

import (
	"encoding/binary"
	"slices"
)

// Fragment divides IP packets of Ethernet frames whose content is longer than
// size, a multiple of 8, into fragments, the last one first if backwards is set.
func Fragment(b []byte, size int, backwards bool) []byte {
	f := Parse(b)
	var packets []Packet
	number := uint32(0x10000)
	for _, p := range f.Packets {
		x := f.frame(p)
		link := p.Data[:len(p.Data)-len(x.content)]
		number++
		var pieces [][]byte
		switch {
		case x.kind == 0x0800:
			pieces = fragment4(x.content, size, uint16(number))
		case x.kind == 0x86dd:
			pieces = fragment6(x.content, size, number)
		default:
			pieces = [][]byte{x.content}
		}
		if backwards {
			slices.Reverse(pieces)
		}
		for _, piece := range pieces {
			data := slices.Concat(link, piece)
			packets = append(packets, Packet{p.Nanos, len(data), data})
		}
	}
	return f.with(packets)
}

func fragment4(ip []byte, size int, number uint16) [][]byte {
	be := binary.BigEndian
	head := int(ip[0]&15) * 4
	content := ip[head:min(int(be.Uint16(ip[2:])), len(ip))]
	if len(content) <= size {
		return [][]byte{ip}
	}
	var pieces [][]byte
	for at := 0; at < len(content); at += size {
		part := content[at:min(at+size, len(content))]
		piece := slices.Concat(ip[:head], part)
		be.PutUint16(piece[2:], uint16(len(piece)))
		be.PutUint16(piece[4:], number)
		bits := uint16(at / 8)
		if at+size < len(content) {
			bits |= 0x2000
		}
		be.PutUint16(piece[6:], bits)
		pieces = append(pieces, piece)
	}
	return pieces
}

func fragment6(ip []byte, size int, number uint32) [][]byte {
	be := binary.BigEndian
	content := ip[40:min(40+int(be.Uint16(ip[4:])), len(ip))]
	if len(content) <= size {
		return [][]byte{ip}
	}
	var pieces [][]byte
	for at := 0; at < len(content); at += size {
		part := content[at:min(at+size, len(content))]
		bits := uint16(at)
		if at+size < len(content) {
			bits |= 1
		}
		head := be.AppendUint16([]byte{ip[6], 0}, bits)
		head = be.AppendUint32(head, number)
		piece := slices.Concat(ip[:40], head, part)
		piece[6] = 44
		be.PutUint16(piece[4:], uint16(8+len(part)))
		pieces = append(pieces, piece)
	}
	return pieces
}

// SPDX-License-Identifier: Apache-2.0

package pcaptest

import "encoding/binary"

// ip4 puts an IPv4 header of one node to another before content.
func ip4(protocol byte, content []byte) []byte {
	head := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	binary.BigEndian.PutUint16(head[2:], uint16(20+len(content)))
	return append(head, content...)
}

func udp(port uint16, content []byte) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0xc0, 0}, port)
	head = binary.BigEndian.AppendUint16(head, uint16(8+len(content)))
	return append(append(head, 0, 0), content...)
}

// wrap puts the IP packet of each frame into a tunnel between two nodes.
func wrap(b []byte, tunnel func(kind uint16, ip []byte) []byte) []byte {
	f := Parse(Ethernet(onlyIP(b)))
	return f.each(func(p Packet) Packet {
		x := f.frame(p)
		data := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, tunnel(x.kind, x.content)...)
		return Packet{p.Nanos, p.Length + len(data) - len(p.Data), data}
	})
}

// IPIP puts each packet into IP (Calico's tunl0; 6in4 for IPv6).
func IPIP(b []byte) []byte {
	return wrap(b, func(kind uint16, ip []byte) []byte {
		if kind == 0x86dd {
			return ip4(41, ip)
		}
		return ip4(4, ip)
	})
}

// GRE puts each packet into GRE, with a key.
func GRE(b []byte) []byte {
	return wrap(b, func(kind uint16, ip []byte) []byte {
		head := binary.BigEndian.AppendUint16([]byte{0x20, 0}, kind)
		return ip4(47, append(append(head, 0, 0, 0, 7), ip...))
	})
}

// VXLAN puts each packet into VXLAN on the given port (4789 or 8472).
func VXLAN(b []byte, port uint16) []byte {
	return wrap(b, func(kind uint16, ip []byte) []byte {
		head := []byte{8, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 4}
		return ip4(17, udp(port, append(binary.BigEndian.AppendUint16(head, kind), ip...)))
	})
}

// Geneve puts each packet into Geneve, with an option of four bytes.
func Geneve(b []byte) []byte {
	return wrap(b, func(kind uint16, ip []byte) []byte {
		head := binary.BigEndian.AppendUint16([]byte{1, 0}, kind)
		return ip4(17, udp(6081, append(append(head, 0, 0, 1, 0, 0, 0, 0, 0), ip...)))
	})
}

// MPLS puts two labels before each packet.
func MPLS(b []byte) []byte {
	return reframe(onlyIP(b), LinkEthernet, func(x frame) []byte {
		head := append([]byte{2, 0, 0, 0, 0, 1}, x.sender[:]...)
		return append(head, 0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64)
	})
}

// PPPoE puts each packet into a PPPoE session.
func PPPoE(b []byte) []byte {
	return reframe(onlyIP(b), LinkEthernet, func(x frame) []byte {
		head := append([]byte{2, 0, 0, 0, 0, 1}, x.sender[:]...)
		head = append(head, 0x88, 0x64, 0x11, 0, 0, 1)
		head = binary.BigEndian.AppendUint16(head, uint16(2+len(x.content)))
		if x.kind == 0x86dd {
			return append(head, 0, 0x57)
		}
		return append(head, 0, 0x21)
	})
}

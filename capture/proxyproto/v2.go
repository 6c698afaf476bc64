// SPDX-License-Identifier: Apache-2.0

package proxyproto

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Of section 2.2: the signature, and the length up to the addresses.
const (
	v2Signature = "\r\n\r\n\x00\r\nQUIT\n"
	v2Fixed     = 16
)

// Commands, address families and transport protocols (2.2).
const (
	commandLocal = 0
	commandProxy = 1

	familyUnspec = 0
	familyIPv4   = 1
	familyIPv6   = 2
	familyUnix   = 3

	transportUnspec   = 0
	transportDatagram = 2

	unixPath = 108 // bytes of a name
)

// addressSize is what the addresses take, by family.
var addressSize = [...]int{familyUnspec: 0, familyIPv4: 12, familyIPv6: 36, familyUnix: 2 * unixPath}

// parseV2 reads the block of version 2, of which at least the signature is there.
func parseV2(b []byte) (Header, int, error) {
	if len(b) > len(v2Signature) && b[12]>>4 != 2 {
		return Header{}, 0, &SyntaxError{fmt.Sprintf("version %d, of which nothing is known", b[12]>>4)}
	}
	if len(b) < v2Fixed {
		return Header{}, 0, ErrShort
	}
	n := v2Fixed + int(binary.BigEndian.Uint16(b[14:]))
	if len(b) < n {
		return Header{}, 0, ErrShort
	}
	h := Header{Version: 2}
	err := h.parseBlock(b[:n])
	return h, n, err
}

// parseBlock reads a whole header. That of a LOCAL connection is to be passed over
// whatever it holds.
func (h *Header) parseBlock(b []byte) error {
	family, transport := b[13]>>4, b[13]&0xf
	switch command := b[12] & 0xf; {
	case command == commandLocal:
		h.Local = true
		return nil
	case command != commandProxy:
		return &SyntaxError{fmt.Sprintf("unknown command %d", command)}
	case family > familyUnix:
		return &SyntaxError{fmt.Sprintf("unknown address family %d", family)}
	case transport > transportDatagram:
		return &SyntaxError{fmt.Sprintf("unknown transport protocol %d", transport)}
	}
	h.Datagram = transport == transportDatagram
	block := b[v2Fixed:]
	size := addressSize[family]
	if len(block) < size {
		return &SyntaxError{fmt.Sprintf("addresses take %d bytes, and there are %d", size, len(block))}
	}
	if transport != transportUnspec { // else addresses may stand there and do not count
		h.setAddresses(family, block)
	}
	return h.parseTLVs(b, v2Fixed+size)
}

func (h *Header) setAddresses(family byte, block []byte) {
	port := binary.BigEndian.Uint16
	switch family {
	case familyIPv4:
		h.Source = netip.AddrPortFrom(netip.AddrFrom4([4]byte(block)), port(block[8:]))
		h.Destination = netip.AddrPortFrom(netip.AddrFrom4([4]byte(block[4:])), port(block[10:]))
	case familyIPv6:
		h.Source = netip.AddrPortFrom(netip.AddrFrom16([16]byte(block)), port(block[32:]))
		h.Destination = netip.AddrPortFrom(netip.AddrFrom16([16]byte(block[16:])), port(block[34:]))
	case familyUnix:
		h.SourcePath = path(block[:unixPath])
		h.DestinationPath = path(block[unixPath : 2*unixPath])
	}
}

// path is the name of a unix socket, which zero bytes fill up.
func path(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }

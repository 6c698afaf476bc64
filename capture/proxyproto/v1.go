// SPDX-License-Identifier: Apache-2.0

package proxyproto

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Of section 2.1: what a line begins with, how long it is at most with its end.
const (
	v1Signature = "PROXY "
	v1Longest   = 107
)

// parseV1 reads the line of version 1. Only CRLF ends it.
func parseV1(b []byte) (Header, int, error) {
	line, _, found := bytes.Cut(b[:min(len(b), v1Longest)], []byte("\r\n"))
	switch {
	case !found && len(b) < v1Longest:
		return Header{}, 0, ErrShort
	case !found:
		return Header{}, 0, &SyntaxError{fmt.Sprintf("no line end within %d bytes", v1Longest)}
	}
	h, err := parseLine(string(line[len(v1Signature):]))
	return h, len(line) + len("\r\n"), err
}

// parseLine reads what follows the signature. After UNKNOWN anything may stand,
// and is to be ignored.
func parseLine(line string) (Header, error) {
	h := Header{Version: 1}
	words := strings.Split(line, " ")
	switch {
	case words[0] == "UNKNOWN":
		return h, nil
	case words[0] != "TCP4" && words[0] != "TCP6":
		return h, &SyntaxError{fmt.Sprintf("expected TCP4, TCP6 or UNKNOWN, found %q", words[0])}
	case len(words) != 5:
		return h, &SyntaxError{fmt.Sprintf("expected two addresses and two ports, found %d words", len(words)-1)}
	}
	source, err := parseEnd(words[0], words[1], words[3])
	if err != nil {
		return h, err
	}
	destination, err := parseEnd(words[0], words[2], words[4])
	if err != nil {
		return h, err
	}
	h.Source, h.Destination = source, destination
	return h, nil
}

// parseEnd reads an address of the family and a port. netip accepts what section
// 2.1 does: no leading zeros, and one double colon.
func parseEnd(family, address, port string) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" || a.Is4() != (family == "TCP4") {
		return netip.AddrPort{}, &SyntaxError{fmt.Sprintf("%q is no address of %s", address, family)}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return netip.AddrPort{}, &SyntaxError{fmt.Sprintf("%q is no port", port)}
	}
	return netip.AddrPortFrom(a, uint16(n)), nil
}

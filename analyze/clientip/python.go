// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"strings"
)

// Servers in Python decode fields as ISO 8859-1, in which a byte is a character. White
// space is more than ASCII's then.

const pythonSpaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0"

// pythonStrip is str.strip of a value that was decoded so.
func pythonStrip(s string) string {
	isSpace := func(b byte) bool { return strings.IndexByte(pythonSpaces, b) >= 0 }
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// pythonInt reports whether int() takes a text: digits, with underscores between them,
// a sign before and white space around.
func pythonInt(text string) bool {
	text = pythonStrip(text)
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		text = text[1:]
	}
	digit := false
	for _, b := range []byte(text) {
		switch {
		case b >= '0' && b <= '9':
			digit = true
		case b == '_' && digit:
			digit = false
		default:
			return false
		}
	}
	return digit
}

// pythonNetwork is ipaddress.ip_network of a text with a slash: no host bits may be
// set, and IPv4 takes a mask for a length, too (Python 3.11, ipaddress.py).
func pythonNetwork(text string) (netip.Prefix, bool) {
	address, length, _ := strings.Cut(text, "/")
	if mask, err := netip.ParseAddr(length); err == nil && mask.Is4() {
		bits, ok := maskLength(mask)
		if a, err := netip.ParseAddr(address); ok && err == nil && a.Is4() {
			network := netip.PrefixFrom(a, bits)
			return network, network.Masked() == network
		}
		return netip.Prefix{}, false
	}
	network, err := netip.ParsePrefix(text)
	return network, err == nil && network.Masked() == network
}

// maskLength is the length of a network mask whose ones stand at its beginning.
func maskLength(mask netip.Addr) (int, bool) {
	bits, zero := 0, false
	for _, b := range mask.AsSlice() {
		for i := 7; i >= 0; i-- {
			one := b>>i&1 == 1
			if one && zero {
				return 0, false
			}
			if zero = !one; one {
				bits++
			}
		}
	}
	return bits, true
}

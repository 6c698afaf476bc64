// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"encoding/binary"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Addresses as ipaddr.js 1.9.1 reads them (lib/ipaddr.js): more generous than others,
// with octal and hexadecimal octets, an address as one number, and parts that it
// does not count.

const (
	jsOctet = `(0?[0-9]+|0x[a-f0-9]+)`
	jsParts = `(?:[0-9a-f]+::?)+`
	jsZone  = `%[0-9a-z]+`
)

var (
	jsFourOctets   = regexp.MustCompile(`(?i)^` + jsOctet + `\.` + jsOctet + `\.` + jsOctet + `\.` + jsOctet + `$`)
	jsLong         = regexp.MustCompile(`(?i)^` + jsOctet + `$`)
	jsNative       = regexp.MustCompile(`(?i)^(::)?(` + jsParts + `)?([0-9a-f]+)?(::)?(` + jsZone + `)?$`)
	jsTransitional = regexp.MustCompile(`(?i)^((?:` + jsParts + `)|(?:::)(?:` + jsParts + `)?)` +
		jsOctet + `\.` + jsOctet + `\.` + jsOctet + `\.` + jsOctet + `(` + jsZone + `)?$`)
)

// jsAddr is an address; zones do not count when it is compared.
type jsAddr struct{ netip.Addr }

func parseJSAddr(text string) (jsAddr, bool) {
	if strings.Contains(text, ":") {
		return parseJSv6(text)
	}
	return parseJSv4(text)
}

func parseJSv4(text string) (jsAddr, bool) {
	var octets [4]byte
	if match := jsFourOctets.FindStringSubmatch(text); match != nil {
		for i, part := range match[1:] {
			n, ok := jsNumber(part)
			if !ok || n > 255 {
				return jsAddr{}, false
			}
			octets[i] = byte(n)
		}
		return jsAddr{netip.AddrFrom4(octets)}, true
	}
	if !jsLong.MatchString(text) {
		return jsAddr{}, false
	}
	n, ok := jsNumber(text)
	binary.BigEndian.PutUint32(octets[:], uint32(n))
	return jsAddr{netip.AddrFrom4(octets)}, ok && n <= 0xffffffff
}

// jsNumber is parseIntAuto: octal after a zero, up to the first digit that is none.
func jsNumber(text string) (uint64, bool) {
	if hexadecimal, ok := strings.CutPrefix(text, "0x"); ok {
		n, err := strconv.ParseUint(hexadecimal, 16, 64)
		return n, err == nil
	}
	if text[0] != '0' {
		n, err := strconv.ParseUint(text, 10, 64)
		return n, err == nil
	}
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '7' {
		end++
	}
	n, err := strconv.ParseUint(text[:end], 8, 64)
	return n, err == nil
}

func parseJSv6(text string) (jsAddr, bool) {
	var parts []uint16
	ok := false
	if jsNative.MatchString(text) {
		parts, ok = jsExpand(text, 8)
	} else if match := jsTransitional.FindStringSubmatch(text); match != nil {
		if parts, ok = jsExpand(match[1][:len(match[1])-1]+match[6], 6); ok {
			var octets [4]uint16
			for i, part := range match[2:6] {
				n, good := jsDecimal(part)
				octets[i], ok = uint16(n), ok && good && n <= 255
			}
			parts = append(parts, octets[0]<<8|octets[1], octets[2]<<8|octets[3])
		}
	}
	if !ok || len(parts) != 8 {
		return jsAddr{}, false
	}
	var bytes [16]byte
	for i, part := range parts {
		binary.BigEndian.PutUint16(bytes[2*i:], part)
	}
	return jsAddr{netip.AddrFrom16(bytes)}, true
}

// jsDecimal is parseInt without a base.
func jsDecimal(text string) (uint64, bool) {
	if digits := strings.ToLower(text); strings.HasPrefix(digits, "0x") {
		n, err := strconv.ParseUint(digits[2:], 16, 64)
		return n, err == nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

// jsExpand is expandIPv6: it puts zeros where :: stands.
func jsExpand(text string, count int) ([]uint16, bool) {
	if strings.Index(text, "::") != strings.LastIndex(text, "::") {
		return nil, false
	}
	text, _, _ = strings.Cut(text, "%")
	colons := strings.Count(text, ":")
	if strings.HasPrefix(text, "::") {
		colons--
	}
	if strings.HasSuffix(text, "::") {
		colons--
	}
	if colons > count {
		return nil, false
	}
	text = strings.Replace(text, "::", ":"+strings.Repeat("0:", count-colons), 1)
	text = strings.TrimSuffix(strings.TrimPrefix(text, ":"), ":")
	var parts []uint16
	for piece := range strings.SplitSeq(text, ":") {
		n, err := strconv.ParseUint(piece, 16, 16)
		if err != nil {
			return nil, false
		}
		parts = append(parts, uint16(n))
	}
	return parts, true
}

// jsNetwork is a network that proxy-addr trusts.
type jsNetwork struct {
	address jsAddr
	length  int
}

// parseJSNetwork is parseipNotation (proxy-addr 2.0.8, index.js). A length of zero is
// refused.
func parseJSNetwork(text string) (jsNetwork, bool) {
	slash := strings.LastIndexByte(text, '/')
	host, length := text, ""
	if slash >= 0 {
		host, length = text[:slash], text[slash+1:]
	}
	a, ok := parseJSAddr(host)
	if !ok {
		return jsNetwork{}, false
	}
	if slash < 0 {
		a.Addr = a.Unmap()
		return jsNetwork{a, a.BitLen()}, true
	}
	n, err := strconv.Atoi(length)
	if mask, isMask := parseJSv4(length); err != nil && isMask && a.Is4() {
		var whole bool
		if n, whole = maskLength(mask.Addr); !whole {
			n = 0
		}
	} else if err != nil || strings.Trim(length, "0123456789") != "" {
		return jsNetwork{}, false
	}
	return jsNetwork{a, n}, n > 0 && n <= a.BitLen()
}

// trusted is trustMulti (proxy-addr 2.0.8, and 2.0.7 where old says so).
func (a jsAddr) trusted(networks []jsNetwork, old bool) bool {
	if !old {
		a.Addr = a.Unmap()
	}
	for _, network := range networks {
		candidate := a.Addr
		if candidate.Is4() != network.address.Is4() {
			if network.address.Is4() {
				if candidate = candidate.Unmap(); !candidate.Is4() {
					continue
				}
			} else {
				if !old && !(network.length >= 96 && network.address.Is4In6()) {
					continue
				}
				candidate = netip.AddrFrom16(candidate.As16())
			}
		} else if !old && candidate.Is6() && network.address.Is4In6() {
			continue
		}
		if sameBits(candidate, network.address.Addr, network.length) {
			return true
		}
	}
	return false
}

func sameBits(a, b netip.Addr, length int) bool {
	x, y := a.AsSlice(), b.AsSlice()
	for i := 0; i < length; i++ {
		if (x[i/8]^y[i/8])>>(7-i%8)&1 == 1 {
			return false
		}
	}
	return true
}

// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"slices"
	"strings"
)

// The ways in which chi comes to an address.
const (
	ChiPeer      Rule = "chi RealIP: the peer, no field holds an address"
	ChiField     Rule = "chi RealIP: True-Client-IP, else X-Real-IP, else the first X-Forwarded-For"
	ChiHeader    Rule = "chi ClientIPFromHeader: the last line of the field"
	ChiXFF       Rule = "chi ClientIPFromXFF: rightmost X-Forwarded-For that is not trusted"
	ChiHops      Rule = "chi ClientIPFromXFFTrustedProxies: X-Forwarded-For, so many elements from the right"
	ChiUntrusted Rule = "chi: the peer, which is not among the trusted ones"
	ChiRemote    Rule = "chi ClientIPFromRemoteAddr: the peer"
)

func chiEntry() *entry {
	return &entry{
		name: "chi", keys: []string{"from", "header", "trust", "hops", "version"}, make: chi,
		golden:   []string{"", "from=header,header=X-Real-IP", "from=xff,trust=10.0.0.0/8", "from=hops,hops=1", "from=peer"},
		believes: "whoever connects, about True-Client-IP, X-Real-IP and the first X-Forwarded-For; the ClientIPFrom… functions (`from`) as they are told",
	}
}

// chi is go-chi's middleware (chi 5.5.0, middleware/realip.go and client_ip.go). The
// ClientIPFrom… functions are there since 5.3.0, and ask who the peer is since 5.4.0;
// they take nothing rather than a guess.
func chi(s *settings) func(Request, *fields) Result {
	prefixes := chiPrefixes(s)
	from := s.word("from", "realip", "header", "xff", "hops", "peer")
	name := "X-Real-IP"
	if list := s.list("header"); len(list) == 1 && list[0] != "" {
		name = list[0]
	} else if list != nil {
		s.fail("header", "the name of one field")
	}
	hops := s.hops("hops", 1, 1)
	if from == "xff" && len(prefixes) == 0 {
		s.fail("from", "networks with trust=")
	}
	asksPeer := !s.before(5, 4)
	return func(r Request, f *fields) Result {
		switch from {
		case "realip":
			return chiRealIP(r, f)
		case "peer":
			return of(chiPeer(r.Peer), ChiRemote)
		case "hops":
			return chiHops(f, hops)
		}
		if peer := chiPeer(r.Peer); asksPeer && len(prefixes) > 0 && !inPrefixes(peer, prefixes) {
			return of(peer, ChiUntrusted)
		}
		if from == "xff" {
			return chiXFF(f, prefixes)
		}
		lines := f.lines(name)
		if len(lines) == 0 {
			return of("", ChiHeader)
		}
		return of(chiAddress(lines[len(lines)-1]), ChiHeader)
	}
}

func chiPrefixes(s *settings) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range s.list("trust") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			s.fail("trust", "networks such as 10.0.0.0/8")
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes
}

// chiRealIP is RealIP, which is deprecated: anybody can choose the address.
func chiRealIP(r Request, f *fields) Result {
	text := ""
	for _, name := range []string{"True-Client-IP", "X-Real-IP", "X-Forwarded-For"} {
		if text = f.first(name); text != "" {
			if name == "X-Forwarded-For" {
				text, _, _ = strings.Cut(text, ",")
			}
			break
		}
	}
	// net.ParseIP takes no zones.
	if address, err := netip.ParseAddr(text); err != nil || address.Zone() != "" {
		return of(r.Peer, ChiPeer)
	}
	return of(text, ChiField)
}

// chiElements are the elements of X-Forwarded-For from the right.
func chiElements(f *fields) []string {
	var elements []string
	for _, line := range slices.Backward(f.lines("X-Forwarded-For")) {
		for _, element := range slices.Backward(strings.Split(line, ",")) {
			if element = strings.TrimSpace(element); element != "" {
				elements = append(elements, element)
			}
		}
	}
	return elements
}

func chiXFF(f *fields, trusted []netip.Prefix) Result {
	for _, element := range chiElements(f) {
		address := chiAddress(element)
		if address == "" || !inPrefixes(address, trusted) {
			return of(address, ChiXFF)
		}
	}
	return of("", ChiXFF)
}

func chiHops(f *fields, hops int) Result {
	elements := chiElements(f)
	if len(elements) < hops {
		return of("", ChiHops)
	}
	return of(chiAddress(elements[hops-1]), ChiHops)
}

// chiAddress is an address in a field as it is kept: mapped ones as IPv4, and without
// a zone; "" for other text.
func chiAddress(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	return address.Unmap().WithZone("").String()
}

// chiPeer is the same for the peer, which keeps its zone.
func chiPeer(text string) string {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	return address.Unmap().String()
}

func inPrefixes(text string, prefixes []netip.Prefix) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address.WithZone("")) })
}

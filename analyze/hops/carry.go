// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"net/netip"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// How a hop tells of an address without any field: it comes from there, or its
// connection began by saying so.
const (
	Peer          = "peer"
	ProxyProtocol = "PROXY protocol"
)

// carriers are the fields by which one hop can tell the next of a client.
var carriers = []string{
	"X-Real-IP", "X-Forwarded-For", "Forwarded", "X-Original-Forwarded-For", "CF-Connecting-IP", "True-Client-IP",
	"X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP", "X-Envoy-External-Address",
}

// Carries lists the ways in which the i-th hop tells of an address: Peer, and the
// names of fields. It is empty if none does, as far as the head is known.
func (p Path) Carries(i int, address string) []string {
	var ways []string
	if SameAddress(p[i].From.Address, address) {
		ways = append(ways, Peer)
	}
	if SameAddress(p[i].Announced(), address) {
		ways = append(ways, ProxyProtocol)
	}
	for _, name := range carriers {
		values, _ := p[i].Head().Values(name)
		for _, element := range Elements(values) {
			if names(element, address) {
				ways = append(ways, name)
				break
			}
		}
	}
	return ways
}

// Announced is the address that the PROXY protocol announced, or "".
func (h *Hop) Announced() string {
	for _, s := range h.Sightings {
		if s.Announced != nil && s.Announced.Problem == "" {
			return s.Announced.Source.Address
		}
	}
	return ""
}

// names reports whether an element of a field names an address, alone, with a
// port, or as RFC 7239 writes it.
func names(element, address string) bool {
	for part := range strings.SplitSeq(element, ";") {
		part = strings.TrimSpace(part)
		if name, value, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(name), "for") {
			part = strings.Trim(strings.TrimSpace(value), `"`)
		}
		if SameAddress(part, address) {
			return true
		}
		if with, err := netip.ParseAddrPort(part); err == nil && SameAddress(with.Addr().String(), address) {
			return true
		}
		if SameAddress(strings.Trim(part, "[]"), address) {
			return true
		}
	}
	return false
}

// SameAddress compares addresses by what they mean, not by how they are spelled.
func SameAddress(a, b string) bool {
	first, err1 := netip.ParseAddr(a)
	second, err2 := netip.ParseAddr(b)
	if err1 != nil || err2 != nil {
		return a != "" && a == b
	}
	return first.Unmap() == second.Unmap()
}

// Loss is where a path stops telling of an address.
type Loss struct {
	Hop int // the first hop that does not tell of it

	// Translated says that the address was replaced on the way of one connection,
	// by New; else a proxy at Proxy did not hand it on.
	Translated bool
	New, Proxy string
}

// Lost finds the last place at which an address was still told of and the next hop
// did not tell of it. ok is false if it is told of to the end, or never, or if
// somebody unseen stands at that place, or a head there is not known well enough.
func (p Path) Lost(address string) (loss Loss, ok bool) {
	for i := len(p) - 1; i > 0; i-- {
		if len(p.Carries(i, address)) > 0 {
			return Loss{}, false
		}
		if !p.tells(i) {
			return Loss{}, false // it may have been told of there
		}
		if len(p.Carries(i-1, address)) == 0 {
			continue
		}
		if !p.Adjacent(i) {
			return Loss{}, false
		}
		return Loss{Hop: i, Translated: p.Translated(i), New: p[i].From.Address, Proxy: p[i-1].To.Address}, true
	}
	return Loss{}, false
}

// tells reports whether what a head lacks is known to be absent.
func (p Path) tells(i int) bool {
	for _, name := range carriers {
		if _, state := p[i].Head().Values(name); state == exchange.Unknown {
			return false
		}
	}
	return true
}

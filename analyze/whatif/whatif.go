// SPDX-License-Identifier: Apache-2.0

// Package whatif computes which address an application would have believed if one
// thing on the path of a request had been otherwise. It takes what was seen and
// changes that one thing; whatever cannot be known so stays unknown.
//
// It does not judge whether a login would then have passed; see package causes.
package whatif

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

const realIP = "X-Real-IP"

// RealIPSet is the address that the application would believe if the proxies at some
// addresses wrote X-Real-IP once, with their peer's address. ok is false if the path
// does not show what comes in at such a proxy and how the request went on.
func RealIPSet(p hops.Path, proxies, trusted []string) (address string, ok bool) {
	return written(p, proxies, trusted, func(in *hops.Hop) string { return in.From.Address })
}

// OuterTrusted is the address that the application would believe if the proxies at
// some addresses took the client from what their peer tells, the last element of
// X-Forwarded-For, and wrote that into X-Real-IP. ok is false as for RealIPSet, and
// if the peer tells of nobody.
func OuterTrusted(p hops.Path, proxies, trusted []string) (address string, ok bool) {
	return written(p, proxies, trusted, lastForwarded)
}

// RealIPKept is the address that the application would believe if the proxies at some
// addresses handed on the X-Real-IP of their peer, and the peer sent one: what it sends
// or, if it sends none, the client that it names in X-Forwarded-For. ok is false as for
// OuterTrusted.
func RealIPKept(p hops.Path, proxies, trusted []string) (address string, ok bool) {
	return written(p, proxies, trusted, func(in *hops.Hop) string {
		told, state := in.Head().Values(realIP)
		switch state {
		case exchange.Known:
			return strings.Join(told, ",")
		case exchange.Absent:
			return lastForwarded(in)
		}
		return ""
	})
}

// lastForwarded is the last element of X-Forwarded-For, or "".
func lastForwarded(in *hops.Hop) string {
	told, _ := in.Head().Values("X-Forwarded-For")
	if len(told) == 0 {
		return ""
	}
	elements := hops.Elements(told)
	return elements[len(elements)-1]
}

// TellsNobody reports whether the peer of the proxy at an address is known to tell
// of nobody: it is no proxy that could be trusted.
func TellsNobody(p hops.Path, proxy string) bool {
	for i := 1; i < len(p); i++ {
		if p[i].From.Address == proxy && p.Adjacent(i) && !p.Translated(i) {
			_, state := p[i-1].Head().Values("X-Forwarded-For")
			return state == exchange.Absent
		}
	}
	return false
}

// ToldByProxy reports whether the peer of the proxy at an address was itself seen to
// take the request in, and told of the client in X-Real-IP.
func ToldByProxy(p hops.Path, proxy string) bool {
	for i := 2; i < len(p); i++ {
		if p[i].From.Address == proxy && p.Adjacent(i) && p.Adjacent(i-1) && !p.Translated(i) && !p.Translated(i-1) {
			_, state := p[i-1].Head().Values(realIP)
			return state == exchange.Known
		}
	}
	return false
}

// SourceKept is the address that the application would believe if nobody had
// translated the client's address on its way.
func SourceKept(p hops.Path) (address string, ok bool) {
	if !toApplication(p) {
		return "", false
	}
	for i := 1; i < len(p); i++ {
		if p.Translated(i) && p[i].From.Address != p[i-1].From.Address {
			return replaced(p, i, p[i-1].From.Address)
		}
	}
	return "", false
}

// toApplication reports whether a path ends with the application's own hop: what is
// believed is decided there.
func toApplication(p hops.Path) bool { return len(p) > 0 && p.ByAppProxy(len(p)-1) }

// written is the address that the application would believe if the proxies at some
// addresses wrote into X-Real-IP what they take from the request that came in. On a
// path that passes none of them nothing changes.
func written(p hops.Path, proxies, trusted []string, taken func(in *hops.Hop) string) (address string, ok bool) {
	if !toApplication(p) {
		return "", false
	}
	value, passes := "", false
	for i := range p {
		switch own := at(proxies, p[i].From.Address); {
		case i == 0 && own:
			return "", false // what came in there was not captured
		case i == 0 || p.Translated(i):
			continue
		case !p.Adjacent(i):
			return "", false // the proxy may be in between, and another one that writes the field
		case own:
			value, passes = taken(p[i-1]), true
		case passes:
			value = onward(p, i, value)
		}
		if passes && value == "" {
			return "", false
		}
	}
	if !passes {
		last := p[len(p)-1]
		address, _, state := clientip.Tornado(last.From.Address, last.Head(), trusted)
		return address, state == exchange.Known
	}
	return believed(p, value)
}

// at reports whether an address is among some.
func at(addresses []string, address string) bool {
	return slices.ContainsFunc(addresses, func(one string) bool { return hops.SameAddress(one, address) })
}

// onward is what becomes of a value of X-Real-IP that comes in at the sender of the
// i-th hop: one that was seen to write over the field does so again, and one that was
// seen to hand it on does that. Of others it is not known, but for the application's
// own proxy, which never touches it; then it is "".
func onward(p hops.Path, i int, value string) string {
	field := p.Field(i, realIP)
	switch {
	case field.Change == hops.Overwritten:
		return strings.Join(field.Lines, ",")
	case p.ByAppProxy(i) && field.Change == hops.Kept:
		return value
	case field.Change == hops.Kept && len(field.Lines) == 1 && !hops.SameAddress(field.Lines[0], p[i-1].From.Address):
		return value // it came in, and its peer's address would be another
	case field.Change == hops.Added && (p.WritesOver(i) || strings.Join(field.Lines, ",") == value):
		return strings.Join(field.Lines, ",")
	}
	return ""
}

// replaced follows the client's address in the place of a translated one: whoever
// wrote his peer's address then writes the client's.
func replaced(p hops.Path, i int, client string) (string, bool) {
	translated := p[i].From.Address
	last := p[len(p)-1]
	real, state := last.Head().Values(realIP)
	if state != exchange.Known || len(real) != 1 || !hops.SameAddress(real[0], translated) {
		return "", false
	}
	return believed(p, client)
}

// believed is what tornado makes of a value of X-Real-IP at the last hop.
func believed(p hops.Path, value string) (string, bool) {
	last := p[len(p)-1]
	head := exchange.Fields{Incomplete: last.Head().Incomplete, Origin: last.Head().Origin}
	for _, line := range last.Head().Lines {
		if !strings.EqualFold(line.Name, realIP) {
			head.Lines = append(head.Lines, line)
		}
	}
	head.Lines = append(head.Lines, exchange.Field{Name: realIP, Value: value})
	address, _, state := clientip.Tornado(last.From.Address, head, nil)
	return address, state == exchange.Known
}

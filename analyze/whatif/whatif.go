// SPDX-License-Identifier: Apache-2.0

// Package whatif computes which address an application would have believed if one
// thing on the path of a request had been otherwise. It takes what was seen and
// changes that one thing; whatever cannot be known so stays unknown.
//
// It does not judge whether a login would then have passed; see package causes.
package whatif

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

const realIP = "X-Real-IP"

// RealIPSet is the address that the application would believe if the proxy at an
// address wrote X-Real-IP once, with its peer's address. ok is false if the path
// does not show what comes in at that proxy and how the request went on.
func RealIPSet(p hops.Path, proxy string) (address string, ok bool) {
	for i := 1; i < len(p); i++ {
		if p[i].From.Address == proxy && p.Adjacent(i) && !p.Translated(i) {
			return onward(p, i, p[i-1].From.Address)
		}
	}
	return "", false
}

// OuterTrusted is the address that the application would believe if the proxy at an
// address took the client from what its peer tells, the last element of
// X-Forwarded-For, and wrote that into X-Real-IP. ok is false as for RealIPSet, and
// if the peer tells of nobody.
func OuterTrusted(p hops.Path, proxy string) (address string, ok bool) {
	for i := 1; i < len(p); i++ {
		if p[i].From.Address != proxy || !p.Adjacent(i) || p.Translated(i) {
			continue
		}
		told, state := p[i-1].Head().Values("X-Forwarded-For")
		if state != exchange.Known {
			return "", false
		}
		elements := hops.Elements(told)
		return onward(p, i, elements[len(elements)-1])
	}
	return "", false
}

// SourceKept is the address that the application would believe if nobody had
// translated the client's address on its way.
func SourceKept(p hops.Path) (address string, ok bool) {
	for i := 1; i < len(p); i++ {
		if p.Translated(i) && p[i].From.Address != p[i-1].From.Address {
			return replaced(p, i, p[i-1].From.Address)
		}
	}
	return "", false
}

// Trusted is the address that the application would believe if its
// trusted_downstream_ips named the given addresses.
func Trusted(p hops.Path, trusted []string) (address string, ok bool) {
	if len(p) == 0 {
		return "", false
	}
	last := p[len(p)-1]
	address, _, state := clientip.Tornado(last.From.Address, last.Head(), trusted)
	return address, state == exchange.Known
}

// onward follows a value of X-Real-IP that is written into the i-th hop. A proxy
// further in that was seen to write the field itself does so again.
func onward(p hops.Path, i int, value string) (string, bool) {
	for j := i + 1; j < len(p); j++ {
		if p.Translated(j) {
			continue
		}
		if !p.Adjacent(j) {
			return "", false
		}
		switch p.Field(j, realIP).Change {
		case hops.Added, hops.Overwritten:
			value = strings.Join(p.Field(j, realIP).Lines, ",")
		case hops.Dropped, hops.Unknown:
			return "", false
		}
	}
	return believed(p, value)
}

// replaced follows the client's address in the place of a translated one: whoever
// wrote his peer's address then writes the client's.
func replaced(p hops.Path, i int, client string) (string, bool) {
	translated := p[i].From.Address
	last := p[len(p)-1]
	real, state := last.Head().Values(realIP)
	if state != exchange.Known || len(real) != 1 || real[0] != translated {
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

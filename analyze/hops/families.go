// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"net/netip"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A proxy that takes a request in by IPv6 may send it on by IPv4: the two addresses
// have nothing in common. That they are of one party shows where a capture has both
// sides, and would have shown the request arrive at the second address, too, if it had:
// it shows others that do.

// receivers are the addresses at which each capture shows requests arrive.
type receivers map[*exchange.Capture]map[string]bool

func receiversOf(sightings []*Sighting) receivers {
	all := receivers{}
	for _, s := range sightings {
		if !severalVantages(s.Ref.Capture) || s.Server.Address == "" {
			continue
		}
		if all[s.Ref.Capture] == nil {
			all[s.Ref.Capture] = map[string]bool{}
		}
		all[s.Ref.Capture][s.Server.Address] = true
	}
	return all
}

// joinFamilies notes of each hop at which address of the other family its sender took
// the request in.
func (p Path) joinFamilies(all receivers) {
	for i := 1; i < len(p); i++ {
		if !p.Adjacent(i) && otherFamily(p[i-1].To.Address, p[i].From.Address) && p.seenTogether(i, all) {
			p[i].Received = p[i-1].To.Address
		}
	}
}

// seenTogether reports whether a capture shows the i-th hop and the one before it, and
// other requests arrive at the sender of the i-th.
func (p Path) seenTogether(i int, all receivers) bool {
	for _, s := range p[i-1].Sightings {
		for _, t := range p[i].Sightings {
			if s.Ref.Capture == t.Ref.Capture && all[t.Ref.Capture][p[i].From.Address] {
				return true
			}
		}
	}
	return false
}

func otherFamily(a, b string) bool {
	first, err1 := netip.ParseAddr(a)
	second, err2 := netip.ParseAddr(b)
	return err1 == nil && err2 == nil && first.Unmap().Is4() != second.Unmap().Is4()
}

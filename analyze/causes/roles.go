// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Roles are what stands at both ends of the i-th hop of a path. The two sides of a
// translated connection have the same.
func Roles(p hops.Path, i int) (from, to finding.HopRole) {
	first, last := i, i
	for p.Translated(first) {
		first--
	}
	for last+1 < len(p) && p.Translated(last+1) {
		last++
	}
	return sender(p, first), receiver(p, last)
}

// sender is what sends a connection that begins with the i-th hop.
func sender(p hops.Path, i int) finding.HopRole {
	switch {
	case i == 0 && beginsAtClient(p):
		return finding.HopClient
	case !isAppProxy(p, i) && (i == 0 || !p.Adjacent(i)):
		return "" // whoever it is, nobody saw it take the request in
	}
	return roleAt(p, i)
}

// roleAt is the role of the proxy that sends the i-th hop, "" where it is not known.
func roleAt(p hops.Path, i int) finding.HopRole {
	return roleOf(kindAt(p, i))
}

// roleOf is the role of a proxy of some kind, "" where that is not known.
func roleOf(kind finding.OriginKind) finding.HopRole {
	if kind == finding.OriginUnknown {
		return ""
	}
	return finding.HopRole(kind)
}

// receiver is what receives a connection that ends with the i-th hop.
func receiver(p hops.Path, i int) finding.HopRole {
	switch {
	case isAppProxy(p, i):
		return finding.HopApplication
	case i+1 < len(p) && p.Adjacent(i+1):
		return roleAt(p, i+1)
	}
	return ""
}

// beginsAtClient reports whether a path begins with a client: its own recording is
// there, or it comes from a public address and nothing shows a proxy.
func beginsAtClient(p hops.Path) bool {
	for _, s := range p[0].Sightings {
		if s.Ref.Capture != nil && s.Ref.Capture.Kind == exchange.KindHAR {
			return true
		}
	}
	return p[0].From.Address != "" && !iprecovery.IsInternal(p[0].From.Address) && !p.BeginsBehindProxy()
}

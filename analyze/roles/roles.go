// SPDX-License-Identifier: Apache-2.0

// Package roles says what stands at both ends of each hop of a path, as far as that is
// known, and which party of a fault that makes it.
package roles

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Of are what stands at both ends of the i-th hop of a path. The two sides of a
// translated connection have the same.
func Of(p hops.Path, i int) (from, to finding.HopRole) {
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
	case i == 0 && BeginsAtClient(p):
		return finding.HopClient
	case !p.ByAppProxy(i) && (i == 0 || !p.Adjacent(i)):
		return "" // whoever it is, nobody saw it take the request in
	}
	return roleAt(p, i)
}

// roleAt is the role of the proxy that sends the i-th hop, "" where it is not known.
func roleAt(p hops.Path, i int) finding.HopRole {
	return OfKind(KindAt(p, i))
}

// OfKind is the role of a proxy of some kind, "" where that is not known.
func OfKind(kind finding.OriginKind) finding.HopRole {
	if kind == finding.OriginUnknown {
		return ""
	}
	return finding.HopRole(kind)
}

// receiver is what receives a connection that ends with the i-th hop.
func receiver(p hops.Path, i int) finding.HopRole {
	switch {
	case p.ByAppProxy(i):
		return finding.HopApplication
	case i+1 < len(p) && p.Adjacent(i+1):
		return roleAt(p, i+1)
	}
	return ""
}

// BeginsAtClient reports whether a path begins with a client: its own recording is
// there, or it comes from a public address and nothing shows a proxy.
func BeginsAtClient(p hops.Path) bool {
	for _, s := range p[0].Sightings {
		if s.Ref.Capture != nil && s.Ref.Capture.Kind == exchange.KindHAR {
			return true
		}
	}
	return p[0].From.Address != "" && !iprecovery.IsInternal(p[0].From.Address) && !p.BeginsBehindProxy()
}

// KindAt is what the proxy is that sends the i-th hop: the ingress is the one in
// front of the application's own proxy, or of the application. Where that may not have
// been recognised, nothing is named by its place in front of it.
func KindAt(p hops.Path, i int) finding.OriginKind {
	switch {
	case p.ByAppProxy(i):
		return finding.OriginAppProxy
	case p.MayEndEarlier():
		return finding.OriginUnknown
	}
	for k := i + 1; k < len(p); k++ {
		if !p.Translated(k) && !p.ByAppProxy(k) {
			return finding.OriginOuterProxy
		}
	}
	return finding.OriginIngress
}

// ProgramAt is the program that sent a request on, as far as it is recognised.
func ProgramAt(p hops.Path, hop int) string {
	guess, ok := party.Recognize(p.Observe(hop))
	if !ok {
		return ""
	}
	return strings.TrimSpace(string(guess.Name) + " " + guess.Version)
}

// ClientOn is the client as a path shows it: a public address at the outermost
// hop, in front of which no proxy has left a trace.
func ClientOn(p hops.Path) (string, bool) {
	if !p.BeginsUntouched() {
		return "", false
	}
	return p[0].From.Address, true
}

// LastServer is the address at which a request ended, "" where only the hop that begins
// at the client was seen.
func LastServer(p hops.Path) string {
	if len(p) == 0 {
		return ""
	}
	last := len(p) - 1
	for last > 0 && p.Translated(last) {
		last--
	}
	if from, _ := Of(p, 0); last == 0 && from == finding.HopClient {
		return ""
	}
	if last > 0 && !p.Adjacent(last) && BeginsAtClient(p[last:]) {
		return "" // nothing tells in which order the hops are
	}
	return p[len(p)-1].To.Address
}

// OriginAt is the proxy that sends the i-th hop, as the origin of a fault.
func OriginAt(p hops.Path, i int) finding.Origin {
	return finding.Origin{Kind: KindAt(p, i), Address: p[i].From.Address, Party: ProgramAt(p, i)}
}

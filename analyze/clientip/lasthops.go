// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// LastHops computes the clients of exchanges that come in the order in which they were
// complete, without looking ahead. It is for captures taken at the application: of a
// request that the same capture shows again, on its way to another server, and so
// complete before, only that is the application's own.
type LastHops struct {
	App    App
	recent []*place
}

// place is as much of an exchange as tells it from others.
type place struct {
	capture         *exchange.Capture
	server          exchange.Endpoint
	method, path    string
	begun, answered int64
}

// mostRecent bounds how many exchanges are remembered.
const mostRecent = 256

// Compute is the address that the application takes for the client's. The state is
// Unknown for what shows no peer and no head, such as a browser's recording or a log, for
// a request that was seen to go on, and for one that nobody seems to have sent on: it
// comes from a public address and names no client, and may be on its way to a proxy.
func (l *LastHops) Compute(x *exchange.Exchange) Result {
	if x.Logged != nil || x.Ref.HasEntry {
		return Result{}
	}
	here := &place{
		capture: x.Ref.Capture, server: x.Server, method: x.Request.Method, path: x.Request.URL.Path,
		begun: x.Started.UnixNano(), answered: x.Answered.UnixNano(),
	}
	goesOn := false
	for _, p := range l.recent {
		goesOn = goesOn || here.contains(p)
	}
	if l.recent = append(l.recent, here); len(l.recent) > mostRecent {
		l.recent = l.recent[1:]
	}
	if goesOn || !sentOn(x) {
		return Result{}
	}
	r := Request{Peer: x.Client.Address, Fields: x.Request.Fields}
	if x.Announced != nil {
		r.Announced = x.Announced.Source.Address
	}
	return l.App.Compute(r)
}

// toldOf are fields that proxies write, and no browser does.
var toldOf = []string{
	"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "True-Client-IP", "CF-Connecting-IP", "Client-IP", "Via",
}

func sentOn(x *exchange.Exchange) bool {
	peer, err := netip.ParseAddr(x.Client.Address)
	if err != nil || x.Announced != nil {
		return err == nil
	}
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598; networks of pods, too
	if peer = peer.Unmap(); peer.IsPrivate() || peer.IsLoopback() || peer.IsLinkLocalUnicast() || shared.Contains(peer) {
		return true
	}
	return slices.ContainsFunc(toldOf, func(name string) bool {
		_, state := x.Request.Fields.Values(name)
		return state == exchange.Known
	})
}

// contains reports whether another exchange can be the same request further in.
func (p *place) contains(inner *place) bool {
	return p.capture == inner.capture && p.server != inner.server && p.method == inner.method && p.path == inner.path &&
		p.begun <= inner.begun && (inner.answered <= p.answered || p.answered < p.begun)
}

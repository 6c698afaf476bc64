// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Culprit is the party on the path of one request that kept the client's address
// from the application.
type Culprit struct {
	Kind    finding.OriginKind
	Address string // of the proxy, or the one that a node put in the client's place

	// In is the last hop that told of the client, and Out the next one.
	In, Out int
	Did     string // what the party did, as the end of a sentence
	Told    string // the address that In told of: the client's, or that of a node in its place
}

// culprit finds out, on one path, how the application came to believe an address
// that is not the client's. ok is false when the path does not show it: because a
// hop was not captured, because the address is that of the outermost peer seen, or
// because whoever is further out wrote it.
//
// The rule: look for the hop that comes from the believed address. If it still told
// of the client in a field, the next proxy in took its peer instead;
// configurable-http-proxy cannot do otherwise, and then the one before it should have
// sent X-Real-IP. If it did not, the party is at fault at which the client's address
// was told of last: a node that translated it, or a proxy that did not hand it on.
//
// The outermost peer may be one more proxy, if its request names somebody else, and
// may be a client that wrote what it liked. The answer must be the same for both.
func culprit(p hops.Path, believed string) (c Culprit, ok bool) {
	i := source(p, believed)
	if i <= 0 {
		return Culprit{}, false
	}
	clients := append([]string{p[0].From.Address}, p[0].Named()...)
	if clients[0] == "" || slices.ContainsFunc(clients, func(client string) bool { return hops.SameAddress(client, believed) }) {
		return Culprit{}, false
	}
	for k, client := range clients {
		one, found := culpritIf(p, i, believed, client)
		if !found || k > 0 && (one.Kind != c.Kind || one.Address != c.Address || one.Out != c.Out) {
			return Culprit{}, false
		}
		if k == 0 {
			c = one
		}
	}
	return c, true
}

// source is the innermost hop that comes from the believed address, or -1. That of
// configurable-http-proxy is no such hop: the application takes its peer only when no
// field names a client. But it may share an address with others.
func source(p hops.Path, believed string) int {
	last := len(p) - 1
	if last < 0 || p.ByAppProxy(last) && hops.SameAddress(p[last].From.Address, believed) && !fieldBelieved(p[last]) {
		return -1
	}
	for i := last; i >= 0; i-- {
		if hops.SameAddress(p[i].From.Address, believed) && !p.ByAppProxy(i) {
			return i
		}
	}
	return -1
}

// fieldBelieved reports whether the application took the client from a field.
func fieldBelieved(h *hops.Hop) bool {
	_, rule, state := clientip.Tornado(h.From.Address, h.Head(), nil)
	return state == exchange.Known && (rule == clientip.TornadoRealIP || rule == clientip.TornadoXFF)
}

// culpritIf is the culprit if the i-th hop comes from the believed address and the
// client is at another one.
func culpritIf(p hops.Path, i int, believed, client string) (Culprit, bool) {
	told := slices.DeleteFunc(p.Carries(i, client), func(way string) bool { return way == hops.Peer })
	switch {
	case len(told) == 0:
		return lost(p, i, believed, client)
	case i+1 == len(p) || !p.Adjacent(i+1) || p.Translated(i+1):
		return Culprit{}, false // what the next party made of the field was not captured
	case p.ByAppProxy(i + 1):
		return toldInVain(p, i, client, told)
	case !wroteRealIP(p, i+1, believed):
		return Culprit{}, false // somebody further in did
	}
	return Culprit{Kind: roles.KindAt(p, i+1), Address: p[i].To.Address, In: i, Out: i + 1, Told: client,
		Did: fmt.Sprintf("put its peer's address in the place of the client's, which came in %s", both(told))}, true
}

// toldInVain is the proxy in front of configurable-http-proxy, if that was seen to
// take the request in. An address that was translated behind it is not the client's.
func toldInVain(p hops.Path, i int, client string, told []string) (Culprit, bool) {
	for p.Translated(i) {
		i--
	}
	if _, real := p[i].Head().Values("X-Real-IP"); real != exchange.Absent || !p.Adjacent(i) {
		return Culprit{}, false
	}
	return Culprit{Kind: roles.KindAt(p, i), Address: p[i].From.Address, In: i - 1, Out: i, Told: client,
		Did: fmt.Sprintf("handed the client's address on in %s only%s, and the proxy behind it appends its own peer", both(told), emptied(p, i))}, true
}

// wroteRealIP reports whether the sender of the i-th hop wrote an address into
// X-Real-IP.
func wroteRealIP(p hops.Path, i int, address string) bool {
	field := p.Field(i, "X-Real-IP")
	return (field.Change == hops.Added || field.Change == hops.Overwritten) && len(field.Lines) == 1 && hops.SameAddress(field.Lines[0], address)
}

// byItsOwn is how a node replaces an address; see didWords.
const byItsOwn = " by its own"

// lost is the party at which the client's address was told of last, of those up to
// the i-th hop. A node that replaced it is at fault if the application believed the
// node's address; if it did not, somebody hid the node, and would have hidden the client.
func lost(p hops.Path, i int, believed, client string) (Culprit, bool) {
	loss, ok := p[:i+1].Lost(client)
	if !ok {
		return Culprit{}, false
	}
	if loss.Translated && !hops.SameAddress(loss.New, believed) && !hops.SameAddress(loss.New, client) {
		if one, ok := culpritIf(p, i, believed, loss.New); ok && one.Kind != finding.OriginNodeSNAT {
			return one, true
		}
	}
	c := Culprit{Address: loss.Proxy, In: loss.Hop - 1, Out: loss.Hop, Told: client, Kind: roles.KindAt(p, loss.Hop), Did: notHandedOn(p, loss.Hop, client)}
	if loss.Translated {
		c.Kind, c.Address, c.Did = finding.OriginNodeSNAT, loss.New, "replaced the client's address"+byItsOwn
	}
	return c, true
}

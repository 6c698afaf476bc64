// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
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
}

// culprit finds out, on one path, how the application came to believe an address
// that is not the client's. ok is false when the path does not show it: because a
// hop was not captured, or because the address is that of the outermost peer seen.
//
// The rule: look for the hop that comes from the believed address. If the address
// was translated there, a node replaced the client's. If that hop still told of the
// client in a field, the next proxy in took its peer instead; configurable-http-proxy
// cannot do otherwise, and then the one before it should have sent X-Real-IP. Else
// the proxy at that address did not hand on whom it was called by.
func culprit(p hops.Path, believed string) (Culprit, bool) {
	i := lastFrom(p, believed)
	if i <= 0 || hops.SameAddress(p[0].From.Address, believed) {
		return Culprit{}, false
	}
	client := p[0].From.Address
	told := slices.DeleteFunc(p.Carries(i, client), func(way string) bool { return way == hops.Peer })
	switch {
	case client == "" || !p.Adjacent(i):
		return Culprit{}, false
	case len(told) > 0 && i+1 < len(p) && !isAppProxy(p, i+1):
		if !p.Adjacent(i + 1) {
			return Culprit{}, false
		}
		return Culprit{Kind: kindAt(p, i+1), Address: p[i].To.Address, In: i, Out: i + 1,
			Did: fmt.Sprintf("put its peer's address in the place of the client's, which came in %s", list(told))}, true
	case len(told) > 0 && i+1 == len(p) && !isAppProxy(p, i):
		return Culprit{}, false // what the next party made of the field was not captured
	case p.Translated(i):
		return Culprit{Kind: finding.OriginNodeSNAT, Address: p[i].From.Address, In: i - 1, Out: i,
			Did: "replaced the client's address by its own"}, true
	case len(p.Carries(i-1, client)) == 0:
		return lostBefore(p, client)
	case !knowsForwarding(p[i].Head()):
		return Culprit{}, false
	}
	did := "did not hand the client's address on in any field"
	if len(told) > 0 {
		did = fmt.Sprintf("handed the client's address on in %s only, and the proxy behind it appends its own peer", list(told))
	}
	return Culprit{Kind: kindAt(p, i), Address: p[i].From.Address, In: i - 1, Out: i, Did: did}, true
}

// Culprit is the party that kept the client's address from one request, if its path
// shows it; see the rule at culprit.
func (c *Case) Culprit(s *login.Step, believed string) (Culprit, bool) {
	if _, ok := c.invalidField(s, believed); ok {
		at, known := brokenAt(s.Hops, brokenField(s.Hops))
		return Culprit{Kind: kindAt(s.Hops, at), Address: s.Hops[at].From.Address, In: at - 1, Out: at, Did: "wrote a field that holds no address"}, known
	}
	return culprit(s.Hops, strings.TrimPrefix(believed, "::ffff:"))
}

// lastFrom is the innermost hop that comes from an address, or -1.
func lastFrom(p hops.Path, address string) int {
	for i := len(p) - 1; i >= 0; i-- {
		if hops.SameAddress(p[i].From.Address, address) {
			return i
		}
	}
	return -1
}

// lostBefore is the party further out that had lost the client's address already.
func lostBefore(p hops.Path, client string) (Culprit, bool) {
	loss, ok := p.Lost(client)
	if !ok {
		return Culprit{}, false
	}
	c := Culprit{Address: loss.Proxy, In: loss.Hop - 1, Out: loss.Hop, Kind: kindAt(p, loss.Hop), Did: "did not hand the client's address on in any field"}
	if loss.Translated {
		c.Kind, c.Address, c.Did = finding.OriginNodeSNAT, loss.New, "replaced the client's address by its own"
	}
	return c, true
}

// kindAt is what the proxy is that sends the i-th hop: the ingress is the one in
// front of the application's own proxy, or of the application.
func kindAt(p hops.Path, i int) finding.OriginKind {
	if isAppProxy(p, i) {
		return finding.OriginAppProxy
	}
	for k := i + 1; k < len(p); k++ {
		if !p.Translated(k) && !isAppProxy(p, k) {
			return finding.OriginOuterProxy
		}
	}
	return finding.OriginIngress
}

// isAppProxy reports whether the i-th hop is sent by configurable-http-proxy.
func isAppProxy(p hops.Path, i int) bool { return login.WrittenByAppProxy(p[i].Head()) }

// knowsForwarding reports whether it is known of a head that it names no client.
func knowsForwarding(head exchange.Fields) bool {
	_, real := head.Values("X-Real-IP")
	_, forwarded := head.Values("X-Forwarded-For")
	return real != exchange.Unknown && forwarded != exchange.Unknown
}

// culprits are those of both requests, and whether each was found.
func (c *Case) culprits(form, submit string) (found []Culprit, steps []*login.Step) {
	for _, side := range []struct {
		step     *login.Step
		believed string
	}{{c.Attempt.Form, form}, {c.submit(), submit}} {
		if side.step == nil || side.believed == "" || side.step == c.Attempt.Form && !c.Attempt.Confirmed() {
			continue
		}
		if one, ok := c.Culprit(side.step, side.believed); ok {
			found, steps = append(found, one), append(steps, side.step)
		}
	}
	return found, steps
}

// originOnPath is the origin that the paths of both requests show. Its kind is
// unknown if they show none, or contradict each other. form or submit is empty for
// a request that went well.
func (c *Case) originOnPath(form, submit string) (finding.Origin, []finding.Evidence, string) {
	found, steps := c.culprits(form, submit)
	if len(found) == 0 {
		return finding.Origin{Kind: finding.OriginUnknown}, nil, ""
	}
	origin := finding.Origin{Kind: found[0].Kind}
	var addresses, parties, did []string
	var proof []finding.Evidence
	for i, one := range found {
		if one.Kind != origin.Kind {
			origin.Kind = finding.OriginUnknown
		}
		if !slices.Contains(addresses, one.Address) {
			addresses = append(addresses, one.Address)
			parties = appendNew(parties, c.partyAt(one))
		}
		did = appendNew(did, one.Did)
		proof = append(proof, lossEvidence(steps[i].Hops, one)...)
	}
	origin.Address, origin.Party = strings.Join(addresses, ", "), strings.Join(parties, ", ")
	return origin, proof, fmt.Sprintf("%s %s.", strings.Join(addresses, " and "), strings.Join(did, "; "))
}

func appendNew(texts []string, text string) []string {
	if text == "" || slices.Contains(texts, text) {
		return texts
	}
	return append(texts, text)
}

// lossEvidence points at the request as it came to the party and as it left.
func lossEvidence(p hops.Path, c Culprit) []finding.Evidence {
	client := p[0].From.Address
	in, out := onePlace(p[c.In], p[c.Out])
	note := "no " + absentFields(p[c.Out].Head())
	if ways := p.Carries(c.Out, client); len(ways) > 0 {
		note = "in " + list(ways) + " only"
	}
	return []finding.Evidence{
		{Ref: finding.NewRef(in.Ref), Field: "from " + p[c.In].From.Address, Note: "the client is told of as " + list(p.Carries(c.In, client))},
		{Ref: finding.NewRef(out.Ref), Field: "from " + p[c.Out].From.Address, Note: note},
	}
}

// onePlace picks sightings of two hops in one capture, where somebody can look at
// both, if there is such a capture.
func onePlace(in, out *hops.Hop) (*hops.Sighting, *hops.Sighting) {
	for _, a := range in.Sightings {
		for _, b := range out.Sightings {
			if a.Ref.Capture == b.Ref.Capture {
				return a, b
			}
		}
	}
	return in.Sightings[0], out.Sightings[0]
}

func absentFields(head exchange.Fields) string {
	var absent []string
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For", "Forwarded"} {
		if _, state := head.Values(name); state == exchange.Absent {
			absent = append(absent, name)
		}
	}
	if len(absent) == 0 {
		return "field tells of it"
	}
	return strings.Join(absent, ", ")
}

func list(ways []string) string { return strings.Join(ways, " and ") }

// clientOnPath is the client as a path shows it: a public address at the outermost
// hop, in front of which no proxy has left a trace.
func clientOnPath(p hops.Path) (string, bool) {
	if !p.BeginsUntouched() {
		return "", false
	}
	return p[0].From.Address, true
}

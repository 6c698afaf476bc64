// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file explain two addresses by what the proxies wrote.

// forwardingInvalid matches when the Hub took its peer for the client because a
// field that should name the client holds no address.
func forwardingInvalid(c *Case) answer {
	form, submit, ok := c.twoAddresses()
	if !ok {
		return answer{}
	}
	for _, side := range []struct {
		step     *login.Step
		believed string
	}{{c.submit(), submit}, {c.Attempt.Form, form}} {
		if side.step == nil || side.step == c.Attempt.Form && !c.Attempt.Confirmed() {
			continue
		}
		if m, ok := c.invalidField(side.step, side.believed); ok {
			return matched(m)
		}
	}
	return answer{}
}

// invalidField says which field of a request broke and who wrote it so.
func (c *Case) invalidField(s *login.Step, believed string) (match, bool) {
	p := s.Hops
	last := len(p) - 1
	if last < 0 || !isAppProxy(p, last) {
		return match{}, false
	}
	address, rule, state := clientip.Tornado(p[last].From.Address, p[last].Head(), c.TrustedDownstream)
	if state != exchange.Known || rule != clientip.TornadoBroken || address != believed {
		return match{}, false
	}
	name := brokenField(p)
	at, known := brokenAt(p, name)
	values, _ := p[at].Head().Values(name)
	m := match{
		confidence: finding.Proven,
		origin:     finding.Origin{Kind: finding.OriginUnknown},
		summary:    fmt.Sprintf("%s held %q, which is no address, so the Hub took %s for the client", name, strings.Join(values, ", "), believed),
		evidence: append(c.believedEvidence(), finding.Evidence{
			Ref: finding.NewRef(p[at].Sightings[0].Ref), Field: name, Value: strings.Join(values, " | "), Note: fmt.Sprintf("%d lines", len(values)),
		}),
		missing: []finding.Missing{missing("who wrote this "+name, "capture on each proxy in front of the Hub, both sides")},
	}
	if known {
		one := Culprit{Kind: kindAt(p, at), Address: p[at].From.Address}
		m.origin = finding.Origin{Kind: one.Kind, Address: one.Address, Party: c.partyAt(one)}
		m.missing = nil
	}
	return m, true
}

// brokenField is the field that tornado reads at the last hop: X-Real-IP if it is
// there.
func brokenField(p hops.Path) string {
	if _, state := p[len(p)-1].Head().Values("X-Real-IP"); state == exchange.Known {
		return "X-Real-IP"
	}
	return "X-Forwarded-For"
}

// brokenAt is the outermost hop from which on a field names no address, and whether
// it was seen that the hop before does not have it so.
func brokenAt(p hops.Path, name string) (at int, known bool) {
	return writtenAt(p, len(p)-1, func(head exchange.Fields) bool { return unusable(head, name) })
}

// writtenAt goes outward from a hop while a head holds something, and returns the
// outermost hop that does; known says that the hop before it was seen without.
func writtenAt(p hops.Path, from int, holds func(exchange.Fields) bool) (at int, known bool) {
	for at = from; at > 0 && p.Adjacent(at); at-- {
		if !holds(p[at-1].Head()) {
			return at, !p[at-1].Head().Incomplete && !p.Translated(at)
		}
	}
	return at, false
}

// unusable reports whether the field is there and names no address, as tornado
// reads it.
func unusable(head exchange.Fields, name string) bool {
	values, state := head.Values(name)
	if state != exchange.Known {
		return false
	}
	joined := strings.Join(values, ",")
	if name == "X-Forwarded-For" {
		joined = joined[strings.LastIndex(joined, ",")+1:]
	}
	return !clientip.Numeric(strings.TrimSpace(joined))
}

// speller finds who wrote the unusual one of two spellings of an address: the one
// that is not as the peer's address is seen on the wire.
func (c *Case) speller(form, submit string) (finding.Origin, []finding.Evidence, bool) {
	for _, side := range []struct {
		step     *login.Step
		believed string
	}{{c.Attempt.Form, form}, {c.submit(), submit}} {
		if side.step == nil || len(side.step.Hops) == 0 || !strings.HasPrefix(strings.ToLower(side.believed), "::ffff:") {
			continue
		}
		p := side.step.Hops
		at, known := writtenAt(p, len(p)-1, func(head exchange.Fields) bool {
			return head.First("X-Real-IP") == side.believed
		})
		if !known {
			continue
		}
		one := Culprit{Kind: kindAt(p, at), Address: p[at].From.Address}
		proof := finding.Evidence{Ref: finding.NewRef(p[at].Sightings[0].Ref), Field: "X-Real-IP", Value: side.believed, Note: "written by " + one.Address}
		return finding.Origin{Kind: one.Kind, Address: one.Address, Party: c.partyAt(one)}, []finding.Evidence{proof}, true
	}
	return finding.Origin{}, nil, false
}

// forwardingMixed matches when one request reached the Hub with the client's own
// address and the other with a proxy's.
func forwardingMixed(c *Case) answer {
	form, submit, ok := c.twoAddresses()
	switch {
	case !ok:
		return answer{}
	case !c.isClient(form) && !c.isClient(submit) && len(c.ClientAddresses) == 0:
		return answer{} // without the client's address it cannot be told from the next ones
	case c.isClient(form) == c.isClient(submit):
		return excluded("neither or both of the addresses are the client's")
	}
	proxy := form
	if c.isClient(form) {
		proxy = submit
	}
	if !c.proxies(proxy) && !(iprecovery.IsInternal(proxy) && c.siteIsPublic()) {
		return open(missing("whether "+proxy+" is a proxy's address or another one of the client", howToNameAddresses))
	}
	m := match{
		confidence: finding.Likely,
		summary:    fmt.Sprintf("the Hub saw the client itself once, and %s the other time", proxy),
		evidence:   c.believedEvidence(),
		missing:    c.whose(proxy),
	}
	c.locate(&m, form, submit)
	return matched(m)
}

// locate names the origin by the path of the requests, or else by the names of the
// addresses, and makes the match proven if the path shows it.
func (c *Case) locate(m *match, form, submit string) {
	origin, proof, did := c.originOnPath(form, submit)
	if origin.Kind == finding.OriginUnknown {
		var believed []string
		for _, address := range []string{form, submit} {
			if !c.isClient(address) {
				believed = append(believed, address)
			}
		}
		m.origin = c.originOf(believed...)
		return
	}
	m.origin, m.confidence, m.missing = origin, finding.Proven, nil
	m.evidence = append(m.evidence, proof...)
	m.detail = did
	if words, ok := tookForClient[c.kindBelieved(submit)]; ok && !c.isClient(form) && !c.isClient(submit) {
		m.summary = fmt.Sprintf("the Hub took %s for the client, and that changed from %s to %s", words, form, submit)
	}
}

// kindBelieved is what the address is on the path of the submit that the Hub
// believed; it need not be the party at fault.
func (c *Case) kindBelieved(address string) finding.OriginKind {
	p := c.submit().Hops
	switch i := lastFrom(p, address); {
	case i < 0:
		return finding.OriginUnknown
	case p.Translated(i):
		return finding.OriginNodeSNAT
	default:
		from, _ := Roles(p, i)
		return finding.OriginKind(from)
	}
}

var tookForClient = map[finding.OriginKind]string{
	finding.OriginIngress: "the ingress", finding.OriginNodeSNAT: "a node", finding.OriginOuterProxy: "an outer proxy",
}

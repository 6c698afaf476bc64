// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file explain two addresses by what the proxies wrote.

// forwardingInvalid matches when the Hub took its peer for the client because a
// field that should name the client holds no address.
func forwardingInvalid(c *Case) causes.Answer {
	form, submit, ok := c.twoAddresses()
	if !ok {
		return c.addressesOpen()
	}
	for _, side := range c.sides(form, submit) {
		if m, ok := c.invalidField(side.step, side.believed); ok {
			return causes.Matched(m)
		}
	}
	return causes.Answer{}
}

// invalidField says which field of a request broke and who wrote it so.
func (c *Case) invalidField(s *login.Step, believed string) (causes.Match, bool) {
	p := s.Hops
	confidence, name := c.brokenForHub(p, believed)
	if name == "" {
		return causes.Match{}, false
	}
	at, known := brokenAt(p, name)
	values, _ := p[at].Head().Values(name)
	m := causes.Match{
		Confidence: confidence,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Summary:    fmt.Sprintf("%s held %q, which is no address, so the Hub took %s for the client", name, strings.Join(values, ", "), believed),
		Evidence: append(c.believedEvidence(), finding.Evidence{
			Ref: finding.NewRef(p[at].Sightings[0].Ref), Field: name, Value: strings.Join(values, " | "), Note: fmt.Sprintf("%d lines", len(values)),
		}),
		Missing: []finding.Missing{causes.Missing("who wrote this "+name, "capture on each proxy in front of the Hub, both sides")},
	}
	if known {
		one := Culprit{Kind: roles.KindAt(p, at), Address: p[at].From.Address}
		m.Origin = finding.Origin{Kind: one.Kind, Address: one.Address, Party: c.partyAt(one)}
		m.Detail = fmt.Sprintf("%s %s.", one.Address, c.broke(p, at, name))
		m.Missing = nil
	}
	return m, true
}

// brokenForHub names the field that made the Hub believe an address, and how sure that is;
// "" if none did. One hop before the Hub's proxy it shows as well: a proxy hands X-Real-IP
// on, and only because of a broken one does the Hub take its own peer for the client.
func (c *Case) brokenForHub(p hops.Path, believed string) (finding.Confidence, string) {
	last := len(p) - 1
	switch {
	case last < 0:
	case p.ByAppProxy(last):
		address, rule, state := clientip.Tornado(p[last].From.Address, p[last].Head(), c.TrustedDownstream)
		if state == exchange.Known && rule == clientip.TornadoBroken && address == believed {
			return finding.Proven, brokenField(p)
		}
	case p[last].To.Address == believed && unusable(p[last].Head(), "X-Real-IP"):
		return finding.Likely, "X-Real-IP"
	}
	return "", ""
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
	return writtenAt(p, name, func(head exchange.Fields) bool { return unusable(head, name) })
}

// writtenAt goes outward from the last hop while a field is as holds says, and
// returns the outermost hop where it is; known says that it was seen not to be so in
// the hop before.
func writtenAt(p hops.Path, name string, holds func(exchange.Fields) bool) (at int, known bool) {
	for at = len(p) - 1; at > 0 && p.Adjacent(at); at-- {
		if before := p[at-1].Head(); !holds(before) {
			_, state := before.Values(name)
			return at, state != exchange.Unknown && !p.Translated(at)
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
	for _, side := range c.sides(form, submit) {
		p := side.step.Hops
		if len(p) == 0 || !strings.HasPrefix(strings.ToLower(side.believed), "::ffff:") {
			continue
		}
		name := brokenField(p)
		if !tells(p[len(p)-1].Head(), name, side.believed) {
			continue
		}
		at, known := writtenAt(p, name, func(head exchange.Fields) bool { return tells(head, name, side.believed) })
		if !known {
			continue
		}
		one := Culprit{Kind: roles.KindAt(p, at), Address: p[at].From.Address}
		proof := finding.Evidence{Ref: finding.NewRef(p[at].Sightings[0].Ref), Field: name, Value: side.believed, Note: "written by " + one.Address}
		return finding.Origin{Kind: one.Kind, Address: one.Address, Party: c.partyAt(one)}, []finding.Evidence{proof}, true
	}
	return finding.Origin{}, nil, false
}

// tells reports whether tornado reads this very text from a field.
func tells(head exchange.Fields, name, address string) bool {
	values, _ := head.Values(name)
	if name == "X-Real-IP" {
		return len(values) == 1 && strings.TrimSpace(values[0]) == address
	}
	list := hops.Elements(values)
	return len(list) > 0 && list[len(list)-1] == address
}

// spelledByRealIP reports whether both spellings were seen to reach the Hub, or the last
// hop that was captured, as X-Real-IP: what is done to X-Forwarded-For changes nothing.
func (c *Case) spelledByRealIP(form, submit string) bool {
	sides := c.sides(form, submit)
	for _, side := range sides {
		if p := side.step.Hops; len(p) == 0 || !tells(p[len(p)-1].Head(), "X-Real-IP", side.believed) {
			return false
		}
	}
	return len(sides) == 2
}

// forwardingMixed matches when one request reached the Hub with the client's own
// address and the other with a proxy's.
func forwardingMixed(c *Case) causes.Answer {
	form, submit, ok := c.twoAddresses()
	switch {
	case !ok:
		return c.addressesOpen()
	case !c.isClient(form) && !c.isClient(submit) && len(c.ClientAddresses) == 0:
		return causes.Answer{} // without the client's address it cannot be told from the next ones
	case c.isClient(form) == c.isClient(submit):
		return causes.Excluded("neither or both of the addresses are the client's")
	}
	proxy := form
	if c.isClient(form) {
		proxy = submit
	}
	if !c.proxies(proxy) && !(iprecovery.IsInternal(proxy) && c.siteIsPublic()) {
		return causes.Open(causes.Missing("whether "+proxy+" is a proxy's address or another one of the client", howToNameAddresses))
	}
	m := causes.Match{
		Confidence: finding.Likely,
		Summary:    fmt.Sprintf("the Hub saw the client itself once, and %s the other time", proxy),
		Evidence:   c.believedEvidence(),
		Missing:    c.whose(proxy),
	}
	c.locate(&m, form, submit)
	return causes.Matched(m)
}

// locate names the origin by the path of the requests, or else by the names of the
// addresses, and makes the match proven if the paths show it of every address that
// is not the client's.
func (c *Case) locate(m *causes.Match, form, submit string) {
	var wrong []string
	for _, address := range []string{form, submit} {
		if !c.isClient(address) {
			wrong = append(wrong, address)
		}
	}
	found := c.culprits(form, submit)
	origin, proof, did := c.originOnPath(found)
	if origin.Kind == finding.OriginUnknown {
		m.Origin = c.originOf(wrong...)
		return
	}
	m.Origin, m.Detail, m.Evidence = origin, did, append(m.Evidence, proof...)
	if len(found) < len(wrong) { // the path of one request does not tell whose the other address is
		if left := c.notLocated(wrong, form, submit); m.Missing != nil && len(left) > 0 {
			m.Missing = c.whose(left...)
		}
		return
	}
	m.Confidence, m.Missing = finding.Proven, nil
	kind := kindBelieved(c.submit().Hops, submit)
	if words, ok := tookForClient[kind]; ok && len(wrong) == 2 && kindBelieved(c.Attempt.Form.Hops, form) == kind {
		m.Summary = fmt.Sprintf("the Hub took %s for the client, and that changed from %s to %s", words, form, submit)
	}
}

// notLocated are the wrong addresses that the path of no request shows to come from the
// party at fault.
func (c *Case) notLocated(wrong []string, form, submit string) []string {
	left := slices.Clone(wrong)
	for _, side := range c.sides(form, submit) {
		if _, ok := c.Culprit(side.step, side.believed); ok {
			left = slices.DeleteFunc(left, func(address string) bool { return address == side.believed })
		}
	}
	return left
}

// kindBelieved is what the address is on a path that the Hub believed; it need not
// be the party at fault.
func kindBelieved(p hops.Path, address string) finding.OriginKind {
	switch i := source(p, address); {
	case i < 0:
		return finding.OriginUnknown
	case p.Translated(i):
		return finding.OriginNodeSNAT
	default:
		from, _ := roles.Of(p, i)
		return finding.OriginKind(from)
	}
}

var tookForClient = map[finding.OriginKind]string{
	finding.OriginIngress: "the ingress", finding.OriginNodeSNAT: "a node", finding.OriginOuterProxy: "an outer proxy",
}

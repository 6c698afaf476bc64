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

// remarks are what is wrong although a login worked.
var remarks = family[*Case]{
	{finding.ClientIPSpoofable, clientSpoofable},
	{finding.ClientIPHidden, clientHidden},
	{finding.XSRFCookieForeign, foreignBeside},
}

// Remark says what is wrong with a login that succeeded. form and submit are the
// addresses that the Hub took for the client, "" where that is not known.
func Remark(c *Case, form, submit string) []finding.Finding {
	if form == "" || form == submit {
		c.believedAtSubmit = submit
	}
	var list []finding.Finding
	for _, check := range remarks {
		if a := check.run(c); a.match != nil {
			f := c.newFinding(check.code, a.match, nil)
			if f.Severity == finding.Error { // a cause of failures, and this was none
				f.Severity = finding.Info
			}
			list = append(list, *f)
		}
	}
	return list
}

// clientHidden matches when the Hub believed the address of somebody on the path.
func clientHidden(c *Case) answer {
	s, believed := c.submit(), c.believedAtSubmit
	if believed == "" || len(s.Hops) == 0 {
		return answer{}
	}
	from, _ := Roles(s.Hops, 0)
	if client := s.Hops[0].From.Address; from != finding.HopClient || client == "" || hops.SameAddress(client, believed) || c.isGivenClient(believed) {
		return answer{}
	}
	if m, ok := c.invalidField(s, believed); ok {
		m.summary = fmt.Sprintf("the Hub takes %s for every client", believed)
		c.atForm(&m, believed)
		return matched(m)
	}
	one, ok := c.Culprit(s, believed)
	if !ok {
		return answer{}
	}
	return matched(match{
		confidence: finding.Proven,
		origin:     c.originAt(one),
		summary:    fmt.Sprintf("the Hub takes %s for every client", believed),
		detail:     fmt.Sprintf("%s %s.%s", one.Address, one.Did, replacedBefore(appendNew(nil, nodeInFront(s.Hops, one)))),
		evidence:   lossEvidence(s.Hops, one),
	})
}

// atForm adds who broke a field of the page's request in the same way, where that was
// another proxy.
func (c *Case) atForm(m *match, believed string) {
	form := c.Attempt.Form
	if form == nil || !c.Attempt.Confirmed() || m.origin.Kind == finding.OriginUnknown {
		return
	}
	other, ok := c.invalidField(form, believed)
	if !ok || other.origin.Kind != m.origin.Kind || other.origin.Address == m.origin.Address {
		return
	}
	if did, ok := strings.CutPrefix(other.detail, other.origin.Address+" "); ok {
		m.detail = fmt.Sprintf("%s and %s %s", other.origin.Address, m.origin.Address, did)
	}
	m.origin.Address = other.origin.Address + ", " + m.origin.Address
	m.evidence = append(m.evidence, other.evidence[len(other.evidence)-1])
}

// clientSpoofable matches when the browser itself sent the field that the Hub
// believed. A capture on a server cannot tell a browser from one more proxy.
func clientSpoofable(c *Case) answer {
	s, believed := c.submit(), c.believedAtSubmit
	browser := s.Browsers()
	if browser == nil || believed == "" || onPath(s.Hops, believed) || c.isGivenClient(believed) {
		return answer{}
	}
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For"} {
		values, state := browser.Sighting.Head.Values(name)
		if state != exchange.Known || !slices.Contains(hops.Elements(values), believed) {
			continue
		}
		m := match{
			confidence: finding.Proven,
			origin:     c.facingClients(s),
			summary:    fmt.Sprintf("the Hub believed %s, which the browser had written into %s", believed, name),
			evidence:   []finding.Evidence{pointAt(browser.Ref, name, believed, "sent by the browser")},
		}
		if len(s.Hops) > 0 && s.Hops[0].From.Address == "" { // the browser may have written its own address
			m.confidence = finding.Likely
			m.missing = []finding.Missing{missing("the client's own address", howToNameAddresses)}
		}
		m.evidence = append(m.evidence, c.arrived(believed)...)
		return matched(m)
	}
	return answer{}
}

// onPath reports whether somebody who sent the request on, or the client, is at an
// address: then it need not come from a field of the browser's.
func onPath(p hops.Path, address string) bool {
	return slices.ContainsFunc(p, func(h *hops.Hop) bool { return hops.SameAddress(h.From.Address, address) })
}

// arrived points at the field in which the Hub got an address, if its own hop was
// seen, and else at the token that shows it.
func (c *Case) arrived(address string) []finding.Evidence {
	for _, s := range c.Attempt.Submits() {
		for _, name := range []string{"X-Real-IP", "X-Forwarded-For"} {
			values, _ := s.Sighting.Head.Values(name)
			if s.AtApplication() && slices.Contains(hops.Elements(values), address) {
				return []finding.Evidence{pointAt(s.Ref, name, address, "as the Hub got it")}
			}
		}
	}
	if c.Submit.Step == nil || !c.Submit.Recovered.Found {
		return nil
	}
	return []finding.Evidence{c.tokenEvidence(c.Submit.Step, "_xsrf of the answer", c.Submit.Token, "made for "+c.Submit.words())}
}

// facingClients is the proxy at which the client's connection ends.
func (c *Case) facingClients(s *login.Step) finding.Origin {
	for i := 1; i < len(s.Hops); i++ {
		if !s.Hops.Translated(i) && s.Hops.Adjacent(i) {
			return c.originAt(Culprit{Kind: kindAt(s.Hops, i), Address: s.Hops[i].From.Address})
		}
	}
	return finding.Origin{Kind: finding.OriginUnknown}
}

// foreignBeside matches when somebody else's _xsrf cookie was sent along.
func foreignBeside(c *Case) answer {
	s := c.submit()
	if s.CookiesState != exchange.Known || s.Form.IsZero() {
		return answer{}
	}
	for i, cookie := range s.Cookies {
		if cookie.Err == nil && cookie.XSRF.IsSigned() {
			continue
		}
		origin, proof := c.setterOf(cookie)
		if len(proof) == 0 && cookie.Same(s.Form) {
			continue
		}
		m := match{
			confidence: finding.Proven,
			origin:     origin,
			summary:    "another application's _xsrf cookie was sent along; this time it did no harm",
			evidence:   append(proof, c.tokenEvidence(s, fmt.Sprintf("Cookie _xsrf, number %d", i+1), cookie, "not one that the Hub set")),
		}
		if len(proof) == 0 { // a Hub up to 4.0 may have set it, before it was upgraded
			m.confidence = finding.Likely
		}
		return matched(m)
	}
	return answer{}
}

// otherApplication is one that sets cookies for the Hub's path, and is not the Hub.
const otherApplication = "another application"

// setterOf says who set a cookie, if an answer that did so was seen. Where it is shows
// behind a proxy only: from farther out it is at the address of the site.
func (c *Case) setterOf(cookie login.Token) (finding.Origin, []finding.Evidence) {
	if c.Setter == nil {
		return finding.Origin{Kind: finding.OriginUnknown}, nil
	}
	setter, ok := c.Setter(cookie)
	if !ok {
		return finding.Origin{Kind: finding.OriginUnknown}, nil
	}
	origin := finding.Origin{Kind: finding.OriginApplication, Party: otherApplication}
	if setter.Behind && !c.relay(setter.Server) {
		origin.Address = setter.Server
	}
	return origin, []finding.Evidence{{Ref: finding.NewRef(setter.Ref), Field: "Set-Cookie _xsrf", Value: c.describe(cookie), Note: "set by " + setter.Server + " with " + setter.Path}}
}

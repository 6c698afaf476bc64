// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// remarks are what is wrong although a login worked.
var remarks = causes.Family[*Case]{
	{Code: finding.ClientIPSpoofable, Run: clientSpoofable},
	{Code: finding.ClientIPHidden, Run: clientHidden},
	{Code: finding.XSRFCookieForeign, Run: foreignBeside},
}

// Remark says what is wrong with a login that succeeded. form and submit are the
// addresses that the Hub took for the client, "" where that is not known.
func Remark(c *Case, form, submit string) []finding.Finding {
	if form == "" || form == submit {
		c.believedAtSubmit = submit
	}
	var list []finding.Finding
	for _, check := range remarks {
		if a := check.Run(c); a.Match != nil {
			f := c.newFinding(check.Code, a.Match, nil)
			if f.Severity == finding.Error { // a cause of failures, and this was none
				f.Severity = finding.Info
			}
			for i := range f.Fixes { // it passed without them
				if does, _, ok := strings.Cut(f.Fixes[i].WhatIf, ", and this login passes"); ok {
					f.Fixes[i].WhatIf = does + "."
				}
			}
			list = append(list, *f)
		}
	}
	return list
}

// clientHidden matches when the Hub believed the address of somebody on the path.
func clientHidden(c *Case) causes.Answer {
	s, believed := c.submit(), c.believedAtSubmit
	if believed == "" || len(s.Hops) == 0 {
		return causes.Answer{}
	}
	from, _ := roles.Of(s.Hops, 0)
	if client := s.Hops[0].From.Address; from != finding.HopClient || client == "" || hops.SameAddress(client, believed) || c.isGivenClient(believed) {
		return causes.Answer{}
	}
	if m, ok := c.invalidField(s, believed); ok {
		m.Summary = fmt.Sprintf("the Hub took %s for this client", believed)
		c.atForm(&m, believed)
		return causes.Matched(m)
	}
	one, ok := c.Culprit(s, believed)
	if !ok {
		return causes.Answer{}
	}
	return causes.Matched(causes.Match{
		Confidence: finding.Proven,
		Origin:     c.originAt(one),
		Summary:    fmt.Sprintf("the Hub took %s for this client", believed),
		Detail:     fmt.Sprintf("%s %s.%s", one.Address, one.Did, replacedBefore(appendNew(nil, nodeInFront(s.Hops, one)))),
		Evidence:   lossEvidence(s.Hops, one),
	})
}

// atForm adds who broke a field of the page's request in the same way, where that was
// another proxy.
func (c *Case) atForm(m *causes.Match, believed string) {
	form := c.Attempt.Form
	if form == nil || !c.Attempt.Confirmed() || m.Origin.Kind == finding.OriginUnknown {
		return
	}
	other, ok := c.invalidField(form, believed)
	if !ok || other.Origin.Kind != m.Origin.Kind || other.Origin.Address == m.Origin.Address {
		return
	}
	if did, ok := strings.CutPrefix(other.Detail, other.Origin.Address+" "); ok {
		m.Detail = fmt.Sprintf("%s and %s %s", other.Origin.Address, m.Origin.Address, did)
	}
	m.Origin.Address = other.Origin.Address + ", " + m.Origin.Address
	m.Evidence = append(m.Evidence, other.Evidence[len(other.Evidence)-1])
}

// clientSpoofable matches when the browser itself sent the field that the Hub
// believed. A capture on a server cannot tell a browser from one more proxy.
func clientSpoofable(c *Case) causes.Answer {
	s, believed := c.submit(), c.believedAtSubmit
	browser := s.Browsers()
	if browser == nil || believed == "" || onPath(s.Hops, believed) || c.isGivenClient(believed) {
		return causes.Answer{}
	}
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For"} {
		values, state := browser.Sighting.Head.Values(name)
		if state != exchange.Known || !slices.Contains(hops.Elements(values), believed) {
			continue
		}
		m := causes.Match{
			Confidence: finding.Proven,
			Origin:     c.facingClients(s),
			Summary:    fmt.Sprintf("the Hub believed %s, which the browser had written into %s", believed, name),
			Evidence:   []finding.Evidence{causes.PointAt(browser.Ref, name, believed, "sent by the browser")},
		}
		if len(s.Hops) > 0 && s.Hops[0].From.Address == "" { // the browser may have written its own address
			m.Confidence = finding.Likely
			m.Missing = []finding.Missing{causes.Missing("the client's own address", howToNameAddresses)}
		}
		m.Evidence = append(m.Evidence, c.arrived(believed)...)
		return causes.Matched(m)
	}
	return causes.Answer{}
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
				return []finding.Evidence{causes.PointAt(s.Ref, name, address, "as the Hub got it")}
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
			return c.originAt(Culprit{Kind: roles.KindAt(s.Hops, i), Address: s.Hops[i].From.Address})
		}
	}
	return finding.Origin{Kind: finding.OriginUnknown}
}

// foreignBeside matches when somebody else's _xsrf cookie was sent along.
func foreignBeside(c *Case) causes.Answer {
	s := c.submit()
	if s.CookiesState != exchange.Known || s.Form.IsZero() {
		return causes.Answer{}
	}
	for i, cookie := range s.Cookies {
		if cookie.Err == nil && cookie.XSRF.IsSigned() {
			continue
		}
		origin, proof := c.setterOf(cookie)
		if len(proof) == 0 && cookie.Same(s.Form) {
			continue
		}
		m := causes.Match{
			Confidence: finding.Proven,
			Origin:     origin,
			Summary:    "another application's _xsrf cookie was sent along; this time it did no harm",
			Evidence:   append(proof, c.tokenEvidence(s, fmt.Sprintf("Cookie _xsrf, number %d", i+1), cookie, "not one that the Hub set")),
		}
		if len(proof) == 0 { // a Hub up to 4.0 may have set it, before it was upgraded
			m.Confidence = finding.Likely
		}
		return causes.Matched(m)
	}
	return causes.Answer{}
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

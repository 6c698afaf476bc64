// SPDX-License-Identifier: Apache-2.0

package jupyterlab

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// hostNotForwarded matches when the server took a request of its own page for one of
// another site, since Host no longer was what the browser had sent.
func hostNotForwarded(c *Case) causes.Answer {
	refused := c.firstBroken((*jupyter.Step).Foreign)
	if refused == nil {
		if s := c.maybeForeign(); s != nil {
			return causes.Open(causes.Missing("the Host field as Jupyter got it", howToGrepJupyter))
		}
		return causes.Excluded("no request was refused for its Origin")
	}
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown}}
	if hop, ok := changed(refused, hostFits, (*jupyter.Step).OriginDiffersHere); ok {
		before, at := refused.Before(hop), refused.At(hop)
		m.Confidence, m.Origin = finding.Proven, roles.OriginAt(refused.Hops, hop)
		m.Seen = []causes.Example{{Text: causes.ExampleLab, Seen: before.Origin}}
		if isNginx(m.Origin) {
			m.Fixes = []string{fixNginxHost, fixTellName}
		}
		m.Summary = m.Origin.Address + " put another Host in place of the browser's"
		m.Evidence = append(m.Evidence,
			visitEvidence(before.Ref, "Host", before.HostField(), "as the browser sent it, the same as its Origin"),
			visitEvidence(at.Ref, "Host", at.HostField(), "as it was sent on"))
	} else {
		if inner := refused.Innermost(); inner.OriginDiffersHere() {
			m.Evidence = append(m.Evidence, visitEvidence(inner.Ref, "Origin, Host", inner.Origin+", "+inner.HostField(), "as Jupyter got them"))
		} else if hostFits(inner) {
			m.Evidence = append(m.Evidence, visitEvidence(inner.Ref, "Host", inner.HostField(), "the same as the Origin as far as here"))
		}
		m.Missing = append(m.Missing, causes.Missing("who changed Host", howToCaptureBothSides))
	}
	if said := refused.OriginSaid(); said != nil {
		m.Evidence = append(m.Evidence, visitEvidence(said.Ref, "log", said.Text, ""))
	}
	m.Evidence = append(m.Evidence, visitEvidence(refused.AnswerRef, "answer", refusedWords(refused), "to "+refused.Method+" "+refused.Path))
	return causes.Matched(m)
}

func hostFits(s *jupyter.Step) bool {
	return s.Origin != "" && s.HostField() == jupyter.SiteOf(s.Origin)
}

// maybeForeign is a request with an Origin that was refused as one of another site
// would be, or of which no answer was recorded, while it is not known what Host the
// server got.
func (c *Case) maybeForeign() *jupyter.Step {
	for _, s := range c.Visit.Steps {
		socket := s.Kind == jupyter.Socket
		mayBe := s.Origin != "" && (socket || s.Kind == jupyter.API) || socket && s.Outermost().Ref.HasLine
		if mayBe && (s.Status == 403 || s.Status == 404) {
			return s
		}
	}
	return c.unanswered()
}

// unanswered is a WebSocket that may have been refused for one of these reasons; nil if
// there is none, or if other refusals say enough.
func (c *Case) unanswered() *jupyter.Step {
	if list := c.Visit.Unanswered(); len(list) > 0 && len(c.Visit.Refusals()) == 0 {
		return list[0]
	}
	return nil
}

// upgradeNotForwarded matches when the server got a request for a WebSocket without
// the field that makes it one.
func upgradeNotForwarded(c *Case) causes.Answer {
	refused := c.firstBroken((*jupyter.Step).NoSocket)
	if refused == nil {
		if c.unanswered() != nil {
			return causes.Open(causes.Missing("the answers to the requests for a WebSocket", howToCaptureBothSides))
		}
		return causes.Excluded("no WebSocket was refused with 400")
	}
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown}}
	inner := refused.Innermost()
	if hop, ok := changed(refused, asksUpgrade, withoutUpgrade); ok {
		before, at := refused.Before(hop), refused.At(hop)
		m.Confidence, m.Origin = finding.Proven, roles.OriginAt(refused.Hops, hop)
		if isNginx(m.Origin) {
			m.Fixes = []string{fixNginxUpgrade}
		}
		m.Summary = m.Origin.Address + " does not hand Upgrade on, so no WebSocket opens"
		m.Evidence = append(m.Evidence,
			visitEvidence(before.Ref, "Upgrade", "websocket", "as the browser sent it"),
			visitEvidence(at.Ref, "Upgrade", "", "sent on without it"))
	} else {
		switch {
		case inner.Ref.HasLine:
		case inner.Key && inner.UpgradeState() == exchange.Absent:
			m.Confidence = finding.Proven
			m.Evidence = append(m.Evidence, visitEvidence(inner.Ref, "Sec-WebSocket-Key, Upgrade", "", "the first is there, as a browser sends it, and the other is not"))
		case !inner.Key:
			return causes.Open(causes.Missing("the fields of the request for a WebSocket", howToCaptureBothSides))
		}
		m.Missing = append(m.Missing, causes.Missing("who took Upgrade out", howToCaptureBothSides))
	}
	m.Evidence = append(m.Evidence, visitEvidence(refused.AnswerRef, "answer", refusedWords(refused), "to GET "+refused.Path))
	return causes.Matched(m)
}

// The titles of fixes that fit some of a code's cases only.
const (
	fixNginxHost    = "let nginx hand on Host"
	fixProxyHost    = "let the proxy keep Host"
	fixTellName     = "tell Jupyter the name of the site"
	fixNginxUpgrade = "let nginx hand on Upgrade"
	fixProxyUpgrade = "let the proxy pass WebSockets"
)

func isNginx(o finding.Origin) bool { return strings.HasPrefix(o.Party, "nginx") }

func asksUpgrade(s *jupyter.Step) bool    { return s.UpgradeState() == exchange.Known }
func withoutUpgrade(s *jupyter.Step) bool { return s.Key && s.UpgradeState() == exchange.Absent }

func (c *Case) firstBroken(is func(*jupyter.Step) bool) *jupyter.Step {
	for _, s := range c.Visit.Broken() {
		if is(s) {
			return s
		}
	}
	return nil
}

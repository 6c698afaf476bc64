// SPDX-License-Identifier: Apache-2.0

// Package causes decides why a login failed. There is one ordered decision per
// family of causes: the first check that matches wins, and what the others said
// is kept, so that a reader sees what was ruled out and by what.
//
// A check matches on evidence that it can point at, never because something was
// not found. What it cannot judge it leaves open, and says what would be needed.
//
// The texts for people stand beside the code, one folder for each cause.
package causes

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// xsrfFamily is the decision for a JupyterHub login form that was refused, in
// the order in which the Hub itself checks: was the token there, whom was it
// made for, and was the cookie beside it the same.
var xsrfFamily = family[*Case]{
	{finding.LoginNotAllowed, formNotAllowed},
	{finding.LoginRefused, loginRefused},
	{finding.XSRFFieldMissing, fieldMissing},
	{finding.XSRFAlreadyLoggedIn, alreadyLoggedIn},
	{finding.XSRFPageCached, pageCached},
	{finding.XSRFUserAgentChanged, userAgentChanged},
	{finding.XSRFIPSpelling, ipSpelling},
	{finding.XSRFForwardingInvalid, forwardingInvalid},
	{finding.XSRFForwardingMixed, forwardingMixed},
	{finding.XSRFClientIPChanged, clientIPChanged},
	{finding.XSRFProxyIPChanged, proxyIPChanged},
	{finding.XSRFIdentityChanged, identityChanged},
	{finding.XSRFSessionChanged, sessionChanged},
	{finding.XSRFFormExpired, formExpired},
	{finding.XSRFCookieNotSent, cookieNotSent},
	{finding.XSRFCookieDuplicate, cookieDuplicate},
	{finding.XSRFCookieForeign, cookieForeign},
	{finding.XSRFSigningRace, signingRace},
	{finding.XSRFFormStale, formStale},
	{finding.XSRFSecretChanged, secretChanged},
}

// Decide says why a JupyterHub login failed. It must be asked about failed
// logins only.
func Decide(c *Case) Decision {
	if !c.submit().FromHub() && c.Proxied != nil {
		if d, ok := DecideProxied(c.Proxied); ok {
			return d
		}
	}
	if why, ok := notTheHubsRefusal(c.Attempt); ok {
		c.passedOn(why)
		why.Missing = c.orSomething(why.Missing)
		return Decision{Undecided: why}
	}
	c.dropForeignSecret()
	r := xsrfFamily.rule(c)
	if r.match != nil {
		return Decision{Finding: c.newFinding(r.code, r.match, r.rejected)}
	}
	if c.ForeignSecret {
		r.lacking = appendMissing(r.lacking, missing("the Hub's own cookie secret: the one that was given did not sign its answer", howToGiveSecret))
	}
	r.lacking = c.orSomething(r.lacking)
	return Decision{Undecided: r.undecided()}
}

// newFinding puts the texts of a code around what a check saw.
func (c *Case) newFinding(code finding.Code, m *match, rejected []finding.Rejected) *finding.Finding {
	text, _ := Lookup(code)
	f := &finding.Finding{
		Code: code, Severity: text.Severity, Confidence: m.confidence, Origin: c.addressed(m.origin), Summary: m.summary,
		Explanation: explanation(m.detail, text), Evidence: m.evidence, Rejected: rejected, Missing: c.asked(m.missing),
		Fixes: c.fitting(general(text.Fixes), m.origin),
	}
	if c.addressHashesDiffer() && c.Form.Token.XSRF.Left != c.Submit.Token.XSRF.Left && c.Form.Token.XSRF.Shape != token.ShapeHubUserNoSession {
		f.Explanation += "\nThe session cookie changed between the two requests as well, which alone would have been refused too."
	}
	f.Fixes = slices.DeleteFunc(curing(f.Fixes, m.fixes), func(fix finding.Fix) bool { return slices.Contains(m.without, fix.Title) })
	c.foresee(f.Fixes, f.Origin)
	f.NotCures = c.notCures(text.NoHelp, m.origin)
	if f.Summary == "" {
		f.Summary = withinSentence(text.Title)
	}
	return f
}

// passedOn says whose answer it was, if a proxy's log tells.
func (c *Case) passedOn(u *finding.Undecided) {
	if c.submit().FromHub() || c.Proxied == nil || c.Proxied.Request == nil {
		return
	}
	if s := c.Proxied.Request.PassedBy(); s != nil {
		u.Why = fmt.Sprintf("the proxy's log says that %s, to which it passed the form, answered %d, and not why", clip(s.Log.PassedTo), s.Status)
		u.Missing = []finding.Missing{missing("the reason in the Hub's own log", howToReadHubLog)}
	}
}

// notTheHubsRefusal recognises failures that no XSRF check and no password check
// made. They are left undecided until the family that knows them exists.
func notTheHubsRefusal(a *login.Attempt) (*finding.Undecided, bool) {
	s := a.Submit
	proxyLog := missing("who made this answer", howToSeeMaker)
	hubLog := missing("the reason in the Hub's own log", howToReadHubLog)
	switch {
	case !s.FromHub():
		return &finding.Undecided{Why: "the answer bears no sign of the Hub, so a proxy may have made it", Missing: []finding.Missing{proxyLog, hubLog}}, true
	case token.Before(a.HubVersion, 4, 0):
		return &finding.Undecided{Why: "this version of the Hub has no XSRF check on its login form", Missing: []finding.Missing{hubLog}}, true
	case s.Status != 403 && s.Status != 200 && s.Status/100 != 3:
		return &finding.Undecided{Why: fmt.Sprintf("the Hub answered %d, which does not show how far it got", s.Status), Missing: []finding.Missing{hubLog}}, true
	case s.Status == 403 && s.PageState == exchange.Known && s.Page.Message != "" && !s.XSRFRefused():
		return &finding.Undecided{Why: "the Hub refused in words that are not those of its XSRF check", Missing: []finding.Missing{hubLog}}, true
	}
	return nil, false
}

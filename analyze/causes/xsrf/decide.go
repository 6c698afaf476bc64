// SPDX-License-Identifier: Apache-2.0

// Package xsrf decides why JupyterHub refused a form: its XSRF check, which ties the form
// to the client's address and User-Agent, or what stands before and behind that.
package xsrf

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// family is the decision for a JupyterHub login form that was refused, in
// the order in which the Hub itself checks: was the token there, whom was it
// made for, and was the cookie beside it the same.
var family = causes.Family[*Case]{
	{Code: finding.LoginNotAllowed, Run: formNotAllowed},
	{Code: finding.LoginRefused, Run: loginRefused},
	{Code: finding.XSRFFieldMissing, Run: fieldMissing},
	{Code: finding.XSRFAlreadyLoggedIn, Run: alreadyLoggedIn},
	{Code: finding.XSRFPageCached, Run: pageCached},
	{Code: finding.XSRFUserAgentChanged, Run: userAgentChanged},
	{Code: finding.XSRFIPSpelling, Run: ipSpelling},
	{Code: finding.XSRFForwardingInvalid, Run: forwardingInvalid},
	{Code: finding.XSRFForwardingMixed, Run: forwardingMixed},
	{Code: finding.XSRFClientIPChanged, Run: clientIPChanged},
	{Code: finding.XSRFProxyIPChanged, Run: proxyIPChanged},
	{Code: finding.XSRFIdentityChanged, Run: identityChanged},
	{Code: finding.XSRFSessionChanged, Run: sessionChanged},
	{Code: finding.XSRFFormExpired, Run: formExpired},
	{Code: finding.XSRFCookieNotSent, Run: cookieNotSent},
	{Code: finding.XSRFCookieDuplicate, Run: cookieDuplicate},
	{Code: finding.XSRFCookieForeign, Run: cookieForeign},
	{Code: finding.XSRFSigningRace, Run: signingRace},
	{Code: finding.XSRFFormStale, Run: formStale},
	{Code: finding.XSRFSecretChanged, Run: secretChanged},
}

// Decide says why a JupyterHub login failed. It must be asked about failed
// logins only.
func Decide(c *Case) causes.Decision {
	if !c.submit().FromHub() && c.Proxied != nil {
		if d, ok := proxied.Decide(c.Proxied); ok {
			return d
		}
	}
	if why, ok := notTheHubsRefusal(c); ok {
		c.passedOn(why)
		why.Missing = c.orSomething(why.Missing)
		return causes.Decision{Undecided: why}
	}
	c.dropForeignSecret()
	r := family.Rule(c)
	if r.Match != nil {
		return causes.Decision{Finding: c.newFinding(r.Code, r.Match, r.Rejected)}
	}
	if c.ForeignSecret {
		r.Lacking = causes.AppendMissing(r.Lacking, causes.Missing("the Hub's own cookie secret: the one that was given did not sign its answer", howToGiveSecret))
	}
	r.Lacking = c.orSomething(r.Lacking)
	u := r.Undecided()
	if why, ok := c.fewTold(); ok {
		u.Why = why
	}
	return causes.Decision{Undecided: u}
}

// newFinding puts the texts of a code around what a check saw.
func (c *Case) newFinding(code finding.Code, m *causes.Match, rejected []finding.Rejected) *finding.Finding {
	text, _ := causes.Lookup(code)
	f := &finding.Finding{
		Code: code, Severity: text.Severity, Confidence: m.Confidence, Origin: c.addressed(m.Origin), Summary: m.Summary,
		Explanation: causes.Explanation(m.Detail, text), Evidence: m.Evidence, Rejected: rejected, Missing: c.asked(m.Missing),
		Fixes: c.fitting(causes.General(text.Fixes), m.Origin),
	}
	if c.addressHashesDiffer() && c.Form.Token.XSRF.Left != c.Submit.Token.XSRF.Left && c.Form.Token.XSRF.Shape != token.ShapeHubUserNoSession {
		f.Explanation += "\nThe session cookie changed between the two requests as well, which alone would have been refused too."
	}
	f.Fixes = slices.DeleteFunc(curing(f.Fixes, m.Fixes), func(fix finding.Fix) bool { return slices.Contains(m.Without, fix.Title) })
	for i := range f.Fixes {
		if slices.Contains(m.Met, f.Fixes[i].Title) {
			f.Fixes[i].When = ""
		}
	}
	c.foresee(f.Fixes, f.Origin)
	f.NotCures = c.notCures(text.NoHelp, m.Origin)
	if f.Summary == "" {
		f.Summary = causes.WithinSentence(text.Title)
	}
	return f
}

// passedOn says whose answer it was, if a proxy's log tells.
func (c *Case) passedOn(u *finding.Undecided) {
	if c.submit().FromHub() || c.Proxied == nil || c.Proxied.Request == nil {
		return
	}
	if s := c.Proxied.Request.PassedBy(); s != nil {
		u.Why = fmt.Sprintf("the proxy's log says that %s, to which it passed the form, answered %d, and not why", causes.Clip(s.Log.PassedTo), s.Status)
		u.Missing = []finding.Missing{causes.Missing("the reason in the Hub's own log", causes.HowToReadHubLog)}
	}
}

// notTheHubsRefusal recognises failures that no XSRF check and no password check
// made, and that no proxy made either, as far as is known.
func notTheHubsRefusal(c *Case) (*finding.Undecided, bool) {
	a, s := c.Attempt, c.Attempt.Submit
	proxyLog := causes.Missing("who made this answer", causes.HowToSeeMaker)
	if c.Proxied != nil {
		proxyLog = proxied.WhoMade(c.Proxied.Request, "who made this answer")
	}
	hubLog := causes.Missing("the reason in the Hub's own log", causes.HowToReadHubLog)
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

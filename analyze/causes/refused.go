// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// loginRefused matches when the XSRF check let the form pass and the credentials
// or the user were refused: in the Hub's words, by the 200 with which versions
// before 5.3 answer only this, or by no new token where one would have been minted.
func loginRefused(c *Case) answer {
	s := c.submit()
	m := match{
		origin:   finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		evidence: []finding.Evidence{c.answerEvidence()},
	}
	switch {
	case c.Attempt.Kind() != login.KindLogin:
		return answer{} // there is no password in it to refuse
	case s.XSRFRefused():
		return excluded("the Hub says that it refused the form")
	case s.PasswordRefused():
		m.confidence = finding.Proven
		c.byAuthenticator(&m)
		return matched(m)
	case c.addressHashesDiffer():
		return excluded("the Hub took the two requests for different clients, so the form was refused before the password was looked at")
	case s.Page.LoginError != "" || s.Status == 200 || s.Status/100 == 3:
		m.confidence = finding.Likely
		if !c.byAuthenticator(&m) {
			m.missing = []finding.Missing{missing("the reason in the Hub's own log", howToReadHubLog)}
		}
		return matched(m)
	case c.tokenAccepted():
		m.confidence = finding.Likely
		m.evidence = append(m.evidence, evidence(s, "Set-Cookie", "", "no new token, so the one that was sent was accepted"))
		return matched(m)
	case token.Before(c.Attempt.HubVersion, 5, 3) && s.Status == 403:
		return excluded("this version answers a wrong password with 200")
	}
	return open(missing("the text of the 403 page, which tells a refused form from a refused password", howToKeepBodies))
}

// byAuthenticator says so if the Hub's own log tells that nobody got as far as the list
// of users who may come in.
func (c *Case) byAuthenticator(m *match) bool {
	line := c.Attempt.AuthenticatorRefused()
	if line == nil {
		return false
	}
	m.summary = "the Hub's authenticator refused the login, before any list of users was asked"
	m.detail = "Here the Hub's log tells: it has the line Failed login, and none before it about a user who is not allowed. So the authenticator did not accept the name and the password, or what it asks beside them."
	m.fixes = []string{cureCredentials}
	// Not the whole line: people type passwords where the name belongs.
	m.evidence = append(m.evidence, finding.Evidence{Ref: finding.NewRef(line.Ref), Field: "log", Value: "Failed login", Note: "of this submit"})
	return true
}

// tokenAccepted reports whether a 5.3 or later Hub refused something else than the
// token: form and cookie hold the same one, and the answer sets none. A Hub that
// does not accept a cookie mints a new one (JupyterHub 5.5.4, _xsrf_utils.py).
func (c *Case) tokenAccepted() bool {
	s := c.submit()
	known := c.Attempt.HubVersion != "" && !token.Before(c.Attempt.HubVersion, 5, 3)
	return known && s.Status == 403 && s.SetState == exchange.Absent && len(s.Cookies) == 1 && s.Form.Raw == s.Cookies[0].Raw
}

// fieldMissing matches when the submitted form held no token: the Hub then never
// compares anything.
func fieldMissing(c *Case) answer {
	s := c.submit()
	switch {
	case token.Before(c.Attempt.HubVersion, 4, 0):
		return answer{} // had no check on its login form
	case s.FormState == exchange.Known:
		return excluded("the form held a token")
	case s.FieldMissingSaid() || s.FormState == exchange.Absent && !comparedSaid(s):
		return matched(c.fieldMissingMatch())
	case comparedSaid(s):
		return excluded("the Hub says that it compared a token")
	}
	return open(missing("the content of the submitted form", howToKeepBodies))
}

// comparedSaid reports whether the answer says that the check had a token to
// compare, which a form without one cannot lead to.
func comparedSaid(s *login.Step) bool {
	return s.Page.Message != "" && s.XSRFRefused() && !s.FieldMissingSaid()
}

func (c *Case) fieldMissingMatch() match {
	s := c.submit()
	m := match{
		confidence: finding.Likely,
		origin:     finding.Origin{Kind: finding.OriginUnknown},
		evidence:   []finding.Evidence{c.answerEvidence(), evidence(s, "form _xsrf", "", "not in the submitted form")},
		without:    c.notOfThisSubmit(),
	}
	if s.FieldMissingSaid() || s.XSRFRefused() && s.FormWhole {
		m.confidence = finding.Proven
	}
	page := c.Attempt.Form
	switch {
	case page == nil || page.PageState != exchange.Known || page.PageCut && page.Page.FormToken == "":
		m.missing = []finding.Missing{missing("whether the login page held the field", howToKeepBodies)}
	case page.Page.FormToken == "" && page.Page.HasPasswordInput:
		m.origin = finding.Origin{Kind: finding.OriginApplication, Party: "login template"}
		m.detail = "The login page that the Hub served has no such field."
		m.fixes = []string{cureTemplate}
		m.evidence = append(m.evidence, evidence(page, "page", "", "a login form without a field _xsrf"))
	case page.Page.FormToken != "":
		m.detail = "The login page that the Hub served had the field, so something in the browser or on the way left it out."
		m.without = append(m.without, cureTemplate, cureNative)
		m.evidence = append(m.evidence, evidence(page, "page", "", "a login form with a field _xsrf"))
	}
	return m
}

// notOfThisSubmit are the recipes for a form without a token that cannot be for this one:
// its content came, or a page sent it and no script.
func (c *Case) notOfThisSubmit() (titles []string) {
	submits := c.Attempt.Submits()
	if slices.ContainsFunc(submits, func(s *login.Step) bool { return s.Posted }) {
		titles = append(titles, cureFinalAddress)
	}
	if c.Attempt.Kind() != login.KindLogin || slices.ContainsFunc(submits, func(s *login.Step) bool { return s.OfPage }) {
		titles = append(titles, cureAPIToken)
	}
	return titles
}

// alreadyLoggedIn matches when an old form was submitted by a user whom the Hub
// knew by then.
func alreadyLoggedIn(c *Case) answer {
	f, fOK := c.form()
	g, gOK := c.given()
	switch {
	case fOK && gOK && f.XSRF.Anonymous() && g.XSRF.LoggedIn():
		return matched(match{
			confidence: finding.Proven,
			origin:     finding.Origin{Kind: finding.OriginClient},
			evidence: []finding.Evidence{
				c.tokenEvidence(c.submit(), "form _xsrf", f, "made for somebody who had not logged in"),
				c.tokenEvidence(c.submit(), "answer _xsrf", g, "made for a logged-in user"),
			},
		})
	case fOK && gOK && g.XSRF.IsSigned():
		return excluded("the user was not logged in yet")
	}
	return answer{}
}

const howToKeepBodies = "record again with bodies: in DevTools tick Preserve log, or record with Playwright (recordHar, content embed)"

// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// loginRefused matches when the XSRF check let the form pass and the credentials
// or the user were refused: in the words of the page or of the Hub's log, by the 200
// with which versions before 5.3 answer only this, or by no new token where one would
// have been minted.
func loginRefused(c *Case) causes.Answer {
	s := c.submit()
	m := causes.Match{
		Origin:   finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Evidence: []finding.Evidence{c.answerEvidence()},
	}
	switch {
	case c.Attempt.Kind() != login.KindLogin:
		return causes.Answer{} // there is no password in it to refuse
	case s.XSRFRefused():
		return causes.Excluded("the Hub says that it refused the form")
	case s.PasswordRefused() || s.LoginFailed != nil || s.NotAuthorizedSaid():
		m.Confidence = finding.Proven
		c.tellWhy(&m)
		return causes.Matched(m)
	case c.addressHashesDiffer():
		return causes.Excluded("the Hub took the two requests for different clients, so the form was refused before the password was looked at")
	case s.Page.LoginError != "" || s.Status == 200 || s.Status/100 == 3:
		m.Confidence = finding.Likely
		m.Missing = []finding.Missing{causes.Missing("the reason in the Hub's own log", causes.HowToReadHubLog)}
		c.tellWhy(&m)
		return causes.Matched(m)
	case c.tokenAccepted():
		m.Confidence = finding.Likely
		c.tellWhy(&m)
		m.Evidence = append(m.Evidence, causes.PointAt(s.Ref, "Set-Cookie", "", "no new token, so the one that was sent was accepted"))
		return causes.Matched(m)
	case token.Before(c.Attempt.HubVersion, 5, 3) && s.Status == 403:
		return causes.Excluded("this version answers a wrong password with 200")
	}
	return causes.Open(causes.Missing("the text of the 403 page, which tells a refused form from a refused password", causes.HowToKeepBodies))
}

// tellWhy says what is known of the reason: by the words of the page, if they are not
// those that every Hub has for every reason, and by the Hub's own log.
func (c *Case) tellWhy(m *causes.Match) {
	s := c.submit()
	if s.LoginFailed != nil {
		// Not the whole line: people type passwords where the name belongs.
		m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(s.LoginFailed.Ref), Field: "log", Value: "Failed login", Note: "of this submit"})
	}
	byAuthenticator := c.Attempt.AuthenticatorRefused() != nil
	if byAuthenticator {
		m.Fixes = []string{fixCredentials}
	}
	switch {
	case s.NotAuthorizedSaid():
		m.Summary = fmt.Sprintf("no admin has authorized the user yet: the Hub says %q", causes.Clip(s.Page.LoginError))
		m.Detail = "These are NativeAuthenticator's words, and it has them only for a right password: whoever signed up waits until an admin lets them in."
		m.Fixes = []string{fixAuthorize}
	case s.Page.LoginError != "" && !s.PasswordRefused():
		m.Summary = fmt.Sprintf("the Hub refused the login and says %q", causes.Clip(s.Page.LoginError))
		m.Detail = "The words are not the Hub's own, but those of its authenticator or of the site."
		m.Fixes, m.Without = nil, []string{fixAuthorize} // what the words ask for is theirs to say
	case byAuthenticator && s.PasswordRefused():
		m.Summary = "wrong name or password, as the Hub's authenticator has it"
		m.Detail = "The Hub's log has the line Failed login, and none before it about a user who may not come in. So, unless lines were left out of it, the authenticator did not accept the name and the password, or what it asks beside them."
	case byAuthenticator:
		m.Summary, m.Fixes = "the Hub's authenticator refused the login", []string{fixCredentials, fixAuthorize}
		m.Detail = "The Hub's log has the line Failed login, and none before it about a user who may not come in. So, unless lines were left out of it, the authenticator refused: the name or the password is wrong, or it has another reason. The page that the user got may name it; the log does not."
	default:
		m.Detail = "The Hub gives one answer for a wrong password and for a user who may not come in, so that a stranger learns nothing. Its log alone tells them apart."
		if s.PasswordRefused() {
			m.Without = []string{fixAuthorize} // whose page says so
		}
	}
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
func fieldMissing(c *Case) causes.Answer {
	s := c.submit()
	switch {
	case token.Before(c.Attempt.HubVersion, 4, 0):
		return causes.Answer{} // had no check on its login form
	case s.FormState == exchange.Known:
		return causes.Excluded("the form held a token")
	case s.FieldMissingSaid() || s.FormState == exchange.Absent && !comparedSaid(s):
		return causes.Matched(c.fieldMissingMatch())
	case comparedSaid(s):
		return causes.Excluded("the Hub says that it compared a token")
	}
	return causes.Open(causes.Missing("the content of the submitted form", causes.HowToKeepBodies))
}

// comparedSaid reports whether the answer says that the check had a token to
// compare, which a form without one cannot lead to.
func comparedSaid(s *login.Step) bool {
	return s.Page.Message != "" && s.XSRFRefused() && !s.FieldMissingSaid()
}

func (c *Case) fieldMissingMatch() causes.Match {
	s := c.submit()
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Evidence:   []finding.Evidence{c.answerEvidence(), causes.PointAt(s.Ref, "form _xsrf", "", "not in the submitted form")},
		Without:    c.notOfThisSubmit(),
	}
	if s.FieldMissingSaid() || s.XSRFRefused() && s.FormWhole {
		m.Confidence = finding.Proven
	}
	page := c.Attempt.Form
	switch {
	case page == nil || page.PageState != exchange.Known || page.PageCut && page.Page.FormToken == "":
		m.Missing = []finding.Missing{causes.Missing("whether the login page held the field", causes.HowToKeepBodies)}
	case page.Page.FormToken == "" && page.Page.HasPasswordInput:
		m.Origin = finding.Origin{Kind: finding.OriginApplication, Party: "login template"}
		m.Detail = "The login page that the Hub served has no such field."
		m.Fixes = []string{fixTemplate}
		m.Evidence = append(m.Evidence, causes.PointAt(page.Ref, "page", "", "a login form without a field _xsrf"))
	case page.Page.FormToken != "":
		m.Detail = "The login page that the Hub served had the field, so something in the browser or on the way left it out."
		m.Without = append(m.Without, fixTemplate, fixNative)
		m.Evidence = append(m.Evidence, causes.PointAt(page.Ref, "page", "", "a login form with a field _xsrf"))
	}
	return m
}

// notOfThisSubmit are the recipes for a form without a token that cannot be for this one:
// its content came, or a page sent it and no script.
func (c *Case) notOfThisSubmit() (titles []string) {
	submits := c.Attempt.Submits()
	if slices.ContainsFunc(submits, func(s *login.Step) bool { return s.Posted }) {
		titles = append(titles, fixFinalAddress)
	}
	if c.Attempt.Kind() != login.KindLogin || slices.ContainsFunc(submits, func(s *login.Step) bool { return s.OfPage }) {
		titles = append(titles, fixAPIToken)
	}
	return titles
}

// alreadyLoggedIn matches when an old form was submitted by a user whom the Hub
// knew by then.
func alreadyLoggedIn(c *Case) causes.Answer {
	f, fOK := c.form()
	g, gOK := c.given()
	switch {
	case fOK && gOK && f.XSRF.Anonymous() && g.XSRF.LoggedIn():
		return causes.Matched(causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient},
			Evidence: []finding.Evidence{
				c.tokenEvidence(c.submit(), "form _xsrf", f, "made for somebody who had not logged in"),
				c.tokenEvidence(c.submit(), "answer _xsrf", g, "made for a logged-in user"),
			},
		})
	case c.answeredAnonymous():
		return causes.Excluded("the user was not logged in yet")
	case fOK && !f.XSRF.Anonymous(), c.tokenAccepted(), !c.formMayBeSigned():
		return causes.Answer{}
	}
	return c.lacking(true, false, true)
}

// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Link says how the page of an attempt was told from other pages.
type Link string

// The links, strongest first. The last one is a guess by order.
const (
	LinkPage   Link = "the page holds the submitted token"
	LinkCookie Link = "the page's answer sets the submitted token as cookie"
	LinkSent   Link = "the page's answer set the cookie that the submit sent"
	LinkMint   Link = "the submitted token was minted in the second in which the page was answered"
	LinkOrder  Link = "the last login page before the submit"
	LinkNone   Link = ""
)

// Attempt is one submitted login form, and the page it came from if that was seen.
type Attempt struct {
	Submit *Step
	Form   *Step // nil when no page can be the one
	Link   Link

	// Birth is the first answer that was seen to give out the submitted token; it can
	// be that to another client. It is nil when none was seen.
	Birth *Step

	// CookieBirth is the same of the _xsrf cookie that the submit sent first.
	CookieBirth *Step

	// Late is the line of the application's log for an answer that nobody waited for
	// any more; nil if there is none.
	Late *Step

	// logHasPages says that the log with the Hub's word on this submit has lines of login
	// pages, too: who pastes only lines of failures has none.
	logHasPages bool

	// HubVersion is the version that any answer of this login named.
	HubVersion string
}

// Kind is what the submitted form is for.
func (a *Attempt) Kind() Kind { return KindOf(a.Submit.Path) }

// Submits are the sightings of the submit, and Forms those of the page, outermost
// first.
func (a *Attempt) Submits() []*Step { return a.Submit.Sightings() }

// Forms is described with Submits. It is empty if no page was seen.
func (a *Attempt) Forms() []*Step {
	if a.Form == nil {
		return nil
	}
	return a.Form.Sightings()
}

// Steps are all sightings of the page and of the submit.
func (a *Attempt) Steps() []*Step {
	return slices.Concat(a.Submits(), a.Forms())
}

// Confirmed reports whether Form is known to be the page that gave the token.
func (a *Attempt) Confirmed() bool {
	return a.Link != LinkOrder && a.Link != LinkNone
}

// Assemble makes attempts out of steps: one for each submitted form, in order of
// time. A page belongs to the attempt whose token it gave out. The clocks are those
// of the captures, as far as these show the same requests.
func Assemble(steps []*Step) ([]*Attempt, hops.Clocks) {
	for _, s := range steps {
		s.resolve()
	}
	requests, clocks := joinSightings(steps)
	var attempts []*Attempt
	pages := newPageIndex()
	logs := map[*exchange.Capture]bool{} // that have lines of pages
	for _, s := range requests {
		if s.Method == "POST" {
			a := &Attempt{Submit: s}
			a.Form, a.Link = pages.formOf(s)
			a.Birth = pages.birthOf(s.Form)
			if len(s.Cookies) > 0 {
				a.CookieBirth = pages.birthOf(s.Cookies[0])
			}
			attempts = append(attempts, a)
		}
		if s.showsForm() {
			pages.add(s)
			s.noteLogs(logs)
		}
	}
	for _, a := range attempts {
		if a.Form == nil { // a page of a capture with another clock may come later
			a.Form, a.Link = pages.elsewhere(a.Submit, clocks)
		}
		if said := a.Submit.LoginFailed; said != nil {
			a.logHasPages = logs[said.Ref.Capture]
		}
		a.HubVersion = a.Submit.HubVersion
		if a.HubVersion == "" && a.Form != nil {
			a.HubVersion = a.Form.HubVersion
		}
	}
	return withoutLate(attempts), clocks
}

// FormIdentity is the token that shows whom the Hub took the client for when it
// served the form. Without a submitted one the page's own stands in.
func (a *Attempt) FormIdentity() (Token, *Step) {
	if form := a.Submit.Form; form.Err == nil && !form.IsZero() {
		return a.byAddress(form), a.Submit
	}
	if a.Form != nil {
		if given := a.Form.Given(); given.Err == nil && !given.IsZero() {
			return given, a.Form
		}
	}
	return Token{}, nil
}

// SubmitIdentity is the token that shows whom the Hub took the client for when
// the form was submitted: what the answer hands out, or the submitted token
// itself once the Hub has accepted it.
func (a *Attempt) SubmitIdentity() (Token, *Step) {
	given := a.byAddress(a.Submit.Given())
	if given.Err == nil && (given.XSRF.HasDigest || a.Kind() == KindSpawn && given.XSRF.IsSigned()) {
		return given, a.Submit
	}
	if a.Outcome() == finding.Succeeded && a.Submit.Form.XSRF.HasDigest {
		return a.Submit.Form, a.Submit
	}
	return Token{}, nil
}

// byAddress is a token of the form to start a server with the address in it, if there
// is one.
func (a *Attempt) byAddress(t Token) Token {
	if a.Kind() == KindSpawn {
		t.XSRF = t.XSRF.ByAddress()
	}
	return t
}

// Age is how long ago the browser got the cookie of the submitted token; ok is
// false when no clock can say. From 5.3 on a Hub sets the cookie again whenever it
// serves the form, so the page counts where it was seen to do so, and else the
// second in which the token was minted. Times of different clocks are not mixed.
func (a *Attempt) Age() (age time.Duration, ok bool) {
	if a.Form != nil && a.Form.Sets(a.Submit.Form) {
		if age, ok := between(a.Form, a.Submit); ok {
			return age, ok
		}
	}
	minted, now := a.Submit.Form.XSRF.Minted, a.Submit.Date
	if given := a.Submit.Given(); now.IsZero() && given.Err == nil {
		now = given.XSRF.Minted
	}
	age = now.Sub(minted)
	return age, !minted.IsZero() && !now.IsZero() && age >= 0
}

// between is the time between two requests, by a clock that saw both.
func between(page, submit *Step) (time.Duration, bool) {
	for _, p := range page.Sightings() {
		for _, s := range submit.Sightings() {
			if p.Ref.Capture == s.Ref.Capture && !p.Time.IsZero() && !s.Time.Before(p.Time) {
				return s.Time.Sub(p.Time), true
			}
		}
	}
	return 0, false
}

// Sets reports whether the answer sets a token as cookie.
func (s *Step) Sets(t Token) bool {
	return !t.IsZero() && slices.ContainsFunc(s.Set, func(set SetToken) bool { return set.Raw == t.Raw })
}

// UserAgents are the User-Agents that the two requests are known to have sent.
// The form's is known only if Form is confirmed to be the page.
func (a *Attempt) UserAgents() (form, submit string, formState, submitState exchange.Knowledge) {
	submit, submitState = a.Submit.UserAgent, a.Submit.UserAgentState
	if a.Form != nil && a.Confirmed() {
		form, formState = a.Form.UserAgent, a.Form.UserAgentState
	}
	return form, submit, formState, submitState
}

// Outcome is what became of the attempt, whatever the reason.
func (a *Attempt) Outcome() finding.Outcome {
	s := a.Submit
	switch {
	case !s.Answered:
		return finding.OutcomeUnknown
	case s.Status >= 400 || s.LoginFailed != nil:
		return finding.Failed
	case s.Status >= 300 && s.FromHub():
		return s.redirectOutcome()
	case s.Status == 200 && a.Kind() == KindLogin && s.formShownAgain(a.HubVersion):
		return finding.Failed
	}
	return finding.OutcomeUnknown
}

// redirectOutcome tells the redirect of a login that succeeded, which comes with
// a login cookie, from one back to the form and from one to somewhere else.
func (s *Step) redirectOutcome() finding.Outcome {
	switch {
	case s.SessionSet:
		return finding.Succeeded
	case IsLoginPage(s.Location):
		return finding.Failed
	case s.Location != "" && (s.SetState == exchange.Unknown || s.SessionSent):
		return finding.Succeeded
	}
	return finding.OutcomeUnknown
}

// formShownAgain reports whether a 200 is the login form once more: up to 5.2 the
// Hub so answers a wrong password, and later versions do not (JupyterHub 4.0.2 to
// 5.5.1, handlers/login.py, post). Another page that asks for something is an
// authenticator's own.
func (s *Step) formShownAgain(version string) bool {
	if s.PageState == exchange.Known && !s.PageCut {
		return s.Page.LoginError != "" || s.Page.HasPasswordInput && s.Page.FormToken != "" && token.Before(version, 5, 3)
	}
	return s.FromHub() && token.Before(version, 5, 3)
}

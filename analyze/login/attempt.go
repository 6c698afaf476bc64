// SPDX-License-Identifier: Apache-2.0

package login

import (
	"cmp"
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
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

	// HubVersion is the version that any answer of this login named.
	HubVersion string
}

// Steps are the steps that were seen, in order.
func (a *Attempt) Steps() []*Step {
	if a.Form == nil {
		return []*Step{a.Submit}
	}
	return []*Step{a.Form, a.Submit}
}

// Confirmed reports whether Form is known to be the page that gave the token.
func (a *Attempt) Confirmed() bool {
	return a.Link != LinkOrder && a.Link != LinkNone
}

// Assemble makes attempts out of steps: one for each submitted form, in order of
// time. A page belongs to the attempt whose token it gave out.
func Assemble(steps []*Step) []*Attempt {
	ordered := slices.Clone(steps)
	slices.SortStableFunc(ordered, inTime)
	ordered = joinSightings(ordered)
	var attempts []*Attempt
	pages := newPageIndex()
	for _, s := range ordered {
		if s.Method == "POST" {
			a := &Attempt{Submit: s, HubVersion: s.HubVersion}
			a.Form, a.Link = pages.formOf(s)
			if a.HubVersion == "" && a.Form != nil {
				a.HubVersion = a.Form.HubVersion
			}
			attempts = append(attempts, a)
		}
		if s.showsForm() {
			pages.add(s)
		}
	}
	return attempts
}

// inTime orders by the capture's clock and, within one instant, by place.
func inTime(a, b *Step) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Ref.Entry, b.Ref.Entry), cmp.Compare(a.Ref.Frame, b.Ref.Frame))
}

// FormIdentity is the token that shows whom the Hub took the client for when it
// served the form. Without a submitted one the page's own stands in.
func (a *Attempt) FormIdentity() (Token, *Step) {
	if a.Submit.Form.Err == nil && !a.Submit.Form.IsZero() {
		return a.Submit.Form, a.Submit
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
	given := a.Submit.Given()
	if given.Err == nil && given.XSRF.HasDigest {
		return given, a.Submit
	}
	if a.Outcome() == finding.Succeeded && a.Submit.Form.XSRF.HasDigest {
		return a.Submit.Form, a.Submit
	}
	return Token{}, nil
}

// Age is how old the submitted token was, by the Hub's clock where that is
// known and else by the capture's; ok is false when neither can say.
func (a *Attempt) Age() (age time.Duration, ok bool) {
	minted := a.Submit.Form.XSRF.Minted
	now := a.Submit.Date
	if now.IsZero() {
		now = a.Submit.Time
	}
	if minted.IsZero() || now.IsZero() {
		return 0, false
	}
	return now.Sub(minted), true
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
	case s.Status >= 400:
		return finding.Failed
	case s.Status >= 300 && s.FromHub():
		if IsLoginPage(s.Location) {
			return finding.Failed
		}
		return finding.Succeeded
	case s.Status == 200 && s.formShownAgain(a.HubVersion):
		return finding.Failed
	}
	return finding.OutcomeUnknown
}

// formShownAgain reports whether a 200 is the login form once more: up to 5.2 the
// Hub so answers a wrong password, and it answers 200 to nothing else
// (JupyterHub 4.0.2 to 5.2.1, handlers/login.py, post). A page that was seen and
// asks for no password is something that an authenticator added.
func (s *Step) formShownAgain(version string) bool {
	if s.PageState == exchange.Known {
		return s.Page.HasPasswordInput
	}
	return s.FromHub() && token.Before(version, 5, 3)
}

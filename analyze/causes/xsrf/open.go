// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The functions of this file say what stays possible because something was not seen. A
// check that knows too little to judge must say so: what is left out of the causes that
// remain reads as ruled out.

// lacking is what was not seen of the three tokens that the Hub compares, or that show
// what it compared: the form's, the cookie's and that of its answer.
func (c *Case) lacking(form, cookies, answer bool) causes.Answer {
	var list []finding.Missing
	s := c.submit()
	if form && s.FormState == exchange.Unknown {
		list = append(list, causes.Missing("the content of the submitted form", causes.HowToKeepBodies))
	}
	if cookies && s.CookiesState == exchange.Unknown {
		list = append(list, c.cookiesOfSubmit())
	}
	if _, known := c.given(); answer && !known {
		list = append(list, causes.Missing("the token of the answer, which tells whom the Hub took the client for", causes.HowToKeepBodies))
	}
	switch {
	case len(list) == 0:
		return causes.Answer{}
	case c.fromLog():
		return causes.Open(causes.Missing("what the form, its cookies and the answer held", causes.HowToKeepBodies))
	}
	return causes.Open(list...)
}

// cookiesOfSubmit asks for the cookies, and tells what speaks for one that is gone.
func (c *Case) cookiesOfSubmit() finding.Missing {
	what := "the cookies of the submit"
	if age, ok := c.cookieAge(); ok && age > cookieLifetime {
		what += fmt.Sprintf(": the form was %s old, and its cookie lives one hour", causes.Rounded(age))
	}
	return causes.Missing(what, causes.HowToKeepCookies)
}

// fromLog reports whether nothing but the line of a log shows the submit: there is none
// of its tokens in it.
func (c *Case) fromLog() bool {
	return !slices.ContainsFunc(c.Attempt.Submits(), func(s *login.Step) bool { return !s.IsLogged() })
}

// formMayBeSigned reports whether the submitted form held, or may have held, a token that
// knows whom it was made for.
func (c *Case) formMayBeSigned() bool {
	s := c.submit()
	if s.FormState == exchange.Unknown {
		return !token.Before(c.Attempt.HubVersion, 4, 1)
	}
	f, ok := c.form()
	return ok && f.XSRF.IsSigned()
}

// mayBeTwo reports whether the Hub can have taken the two requests for two clients for
// all that is seen: the token of one of them is not known.
func (c *Case) mayBeTwo() bool {
	return c.formMayBeSigned() && !c.identitiesKnown() && !c.sameIdentity() && !c.tokenAccepted() && !c.submit().Given().XSRF.LoggedIn()
}

// addressesOpen is what a check on the two addresses says where they are not both known,
// or where it is not known that the Hub told the two clients apart.
func (c *Case) addressesOpen() causes.Answer {
	form, submit, known := c.addresses()
	switch {
	case c.mayBeTwo() && known && c.formAddressSure() && hops.SameAddress(form, submit):
		return causes.Answer{}
	case c.mayBeTwo():
		return c.lacking(true, false, true)
	case c.addressHashesDiffer() && !known:
		return causes.Open(causes.Missing("which addresses the Hub saw", howToNameAddresses))
	}
	return causes.Answer{}
}

// formAddressSure reports whether the address of the form's request is that of this form:
// it is in the token, or the page is known to be the one.
func (c *Case) formAddressSure() bool {
	return c.Form.Recovered.Found || c.Attempt.Confirmed()
}

// sessionOpen is the same for a check on the sessions.
func (c *Case) sessionOpen() causes.Answer {
	if !c.mayBeTwo() {
		return causes.Answer{}
	}
	return c.lacking(true, false, true)
}

// answeredAnonymous reports whether the answer's token shows a client that had not logged
// in.
func (c *Case) answeredAnonymous() bool {
	g, ok := c.given()
	return ok && g.XSRF.IsSigned() && !g.XSRF.LoggedIn()
}

// ownAnswer reports whether the page of the form is known to be the Hub's answer to the
// request of this client: it was seen where the Hub gave it out.
func (c *Case) ownAnswer() bool {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return false
	}
	return slices.ContainsFunc(page.Sightings(), (*login.Step).AtApplication)
}

// formsPage asks for what ties the form to the request for its page, or for that request
// if none was recorded.
func (c *Case) formsPage(what string) finding.Missing {
	page := c.Attempt.Form
	if page != nil && !c.Attempt.Confirmed() && page.PageState != exchange.Known {
		return causes.Missing("the content of the login page, which shows whether the form came with it", causes.HowToKeepBodies)
	}
	return causes.Missing(what, causes.HowToRecordWhole)
}

// fewTold says why so many causes remain, where that has one reason.
func (c *Case) fewTold() (why string, ok bool) {
	s := c.submit()
	if s.FormState != exchange.Unknown || s.CookiesState != exchange.Unknown || !s.XSRFRefused() {
		return "", false
	}
	if c.fromLog() {
		return "the log says that the Hub refused the form, and not what was in it", true
	}
	return "the capture shows that the Hub refused the form, and not what was in it", true
}

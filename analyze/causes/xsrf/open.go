// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
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
		list = append(list, causes.Missing("the cookies of the submit", causes.HowToKeepCookies))
	}
	if _, known := c.given(); answer && !known {
		list = append(list, causes.Missing("the token of the answer, which tells whom the Hub took the client for", causes.HowToKeepBodies))
	}
	if len(list) == 0 {
		return causes.Answer{}
	}
	return causes.Open(list...)
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
	for _, s := range page.Sightings() {
		if s.AtApplication() {
			return true
		}
	}
	return false
}

// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// formStale matches when form and cookie were both given to this client, by two
// answers: the later one replaced the cookie that belongs to the form.
func formStale(c *Case) causes.Answer {
	s := c.submit()
	f, ok := c.form()
	cookie, sent := c.effectiveCookie()
	switch {
	case c.addressHashesDiffer(), c.submit().FormState == exchange.Absent:
		return causes.Answer{}
	case !ok || !sent || s.CookiesState != exchange.Known:
		return c.lacking(true, true, false)
	}
	switch page, other := c.Attempt.Birth, c.Attempt.CookieBirth; {
	case cookie.Same(f):
		return causes.Excluded("cookie and form hold the same token")
	case !cookie.XSRF.IsSigned() || !cookie.XSRF.SameIdentity(f.XSRF):
		return causes.Answer{}
	case page == nil || other == nil || page == other || !bothSeen(page, other):
		return causes.Open(causes.Missing("the answers that gave out the form's token and the cookie", causes.HowToRecordWhole))
	case holds(other, f):
		return causes.Excluded("the answer that set the cookie holds the form's token, too")
	case c.mayBeOne(other, f, cookie):
		return causes.Open(causes.Missing(pageWithCookie, causes.HowToRecordWhole))
	default:
		return causes.Matched(causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient},
			Evidence: []finding.Evidence{
				c.tokenEvidence(page, "page _xsrf", f, "the form's token was given out here"),
				c.tokenEvidence(other, "Set-Cookie _xsrf", cookie, "the cookie was given out here"),
				c.tokenEvidence(s, "form _xsrf", f, "submitted"),
				c.tokenEvidence(s, "Cookie _xsrf", cookie, "sent with it"),
			},
		})
	}
}

// holds reports whether the page of an answer was seen to hold a token. It need not be
// the only one: a client has one token a second.
func holds(answer *login.Step, t login.Token) bool {
	return answer != nil && slices.ContainsFunc(answer.Sightings(), func(s *login.Step) bool { return s.Page.Token() == t.Raw })
}

const pageWithCookie = "the page that came with the cookie: it may hold the form's token, too"

// mayBeOne reports whether the answer that gave out the cookie may have held the form as
// well: its page was not read, and the two tokens are as far apart as the Hubs that sign
// twice can make them. A page before it can hold the form's token all the same, for one
// client has one token a second.
func (c *Case) mayBeOne(answer *login.Step, form, cookie login.Token) bool {
	if answer == nil || cookie.XSRF.Minted.Sub(form.XSRF.Minted) != time.Second || c.Attempt.HubVersion != "" && !c.signsTwice() {
		return false
	}
	return !slices.ContainsFunc(answer.Sightings(), func(s *login.Step) bool { return s.Page.Token() != "" })
}

// signsTwice reports whether the Hub is known to sign the tokens of form and cookie one
// after the other (JupyterHub 4.1.2 to 5.2, _xsrf_utils.py).
func (c *Case) signsTwice() bool {
	return !c.takesLastCookie() && token.Before(c.Attempt.HubVersion, 5, 3)
}

// mayHaveSignedTwice reports whether the Hub can be one that does, for all that is known
// of its version.
func (c *Case) mayHaveSignedTwice() bool {
	return c.signsTwice() || c.Attempt.HubVersion == ""
}

// bothSeen reports whether one capture shows both requests: two that no capture shows
// beside each other can be one.
func bothSeen(a, b *login.Step) bool {
	for _, s := range a.Sightings() {
		for _, t := range b.Sightings() {
			if s.Ref.Capture == t.Ref.Capture {
				return true
			}
		}
	}
	return false
}

// submittedElsewhere says that the form was submitted to another host than the one
// that the page came from; browsers keep cookies by host (RFC 6265, 5.4).
func (c *Case) submittedElsewhere() (causes.Match, bool) {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return causes.Match{}, false
	}
	from, to := page.Sightings()[0], c.submit().Sightings()[0]
	if from.Host == "" || to.Host == "" || from.Host == to.Host {
		return causes.Match{}, false
	}
	m := causes.Match{
		Origin: finding.Origin{Kind: finding.OriginUnknown},
		Detail: "The page came from " + from.Host + " and the form went to " + to.Host + ": browsers send a cookie only to the host that set it.",
		Fixes:  []string{fixUnchanged},
		Evidence: []finding.Evidence{
			causes.PointAt(from.Ref, "Host", from.Host, "the login page"),
			causes.PointAt(to.Ref, "Host", to.Host, "the submit"),
		},
	}
	if inner := c.pageOfApplication(page); inner != nil && inner.Page.ActionHost == to.Host {
		m.Origin = finding.Origin{Kind: finding.OriginApplication, Party: "login template"}
		m.Evidence = append(m.Evidence, causes.PointAt(inner.Ref, "page", "action at "+inner.Page.ActionHost, "the Hub's own page names that host"))
	}
	return m, true
}

// pageOfApplication is the sighting of a page at the Hub's own hop, or nil.
func (c *Case) pageOfApplication(page *login.Step) *login.Step {
	for _, s := range page.Sightings() {
		if s := s.Alone(); s.AtApplication() && s.PageState == exchange.Known {
			return s
		}
	}
	return nil
}

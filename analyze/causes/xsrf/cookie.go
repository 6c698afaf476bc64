// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file explain a form and a cookie that did not fit together
// although the Hub took both requests for the same client.

// cookieLifetime is the Max-Age of an anonymous _xsrf cookie (JupyterHub 4.1.0
// on, _xsrf_utils.py): the browser drops it then, the signature lives longer.
const cookieLifetime = time.Hour

// cookieMissing reports whether the submit is known to have sent no _xsrf cookie
// and nothing but that is known to be wrong.
func (c *Case) cookieMissing() bool {
	return c.submit().CookiesState == exchange.Absent && c.submit().FormState == exchange.Known && !c.addressHashesDiffer() && !c.mayDiffer()
}

// mayDiffer reports whether the Hub took the two requests for two clients, by all but
// the token of its answer.
func (c *Case) mayDiffer() bool {
	form, submit := c.Form.address(), cmp.Or(c.Submit.address(), c.Submit.Computed)
	return !c.sameIdentity() && c.Form.Token.XSRF.HasDigest && form != "" && submit != "" && !hops.SameAddress(form, submit)
}

// cookieAbsenceCertain reports whether no tool can have taken the cookie out: other
// cookies are there, or the recording is of packets.
func (c *Case) cookieAbsenceCertain() bool {
	s := c.submit()
	return s.CookieLine || s.Ref.Capture != nil && s.Ref.Capture.Kind != exchange.KindHAR
}

// cookieJudgement is what the cookie checks say alike when they do not match.
func (c *Case) cookieJudgement() causes.Answer {
	s := c.submit()
	if c.addressHashesDiffer() || s.FormState == exchange.Absent && !comparedSaid(s) {
		return causes.Answer{}
	}
	return c.lacking(s.CookiesState == exchange.Known, true, false)
}

func formExpired(c *Case) causes.Answer {
	age, known := c.cookieAge()
	switch {
	case known && age <= cookieLifetime && c.submit().FormState == exchange.Known:
		return causes.Excluded(fmt.Sprintf("the form was %s old", causes.Rounded(age)))
	case known && age > cookieLifetime && c.cookieMissing():
		m := causes.Match{
			Confidence: finding.Likely,
			Origin:     finding.Origin{Kind: finding.OriginClient},
			Summary:    fmt.Sprintf("the form was %s old when it was submitted, and its cookie lives one hour", causes.Rounded(age)),
			Evidence:   c.cookieMissingEvidence(),
		}
		if c.sameIdentity() && c.cookieAbsenceCertain() {
			m.Confidence = finding.Proven
		}
		return causes.Matched(m)
	}
	return c.cookieJudgement()
}

// cookieAge is how long ago the browser got the form's cookie, if that has a Max-Age: up
// to 4.0 it has none.
func (c *Case) cookieAge() (time.Duration, bool) {
	age, known := c.Attempt.Age()
	return age, known && c.submit().Form.XSRF.IsSigned()
}

func cookieNotSent(c *Case) causes.Answer {
	s := c.submit()
	switch {
	case s.CookiesState == exchange.Known && c.refusedAll() && !c.cookieArrived():
		return causes.Open(causes.Missing(didItArrive, howToCaptureAtHub))
	case s.CookiesState == exchange.Known:
		return causes.Excluded("a cookie was sent")
	case s.CookiesState == exchange.Absent && !c.addressHashesDiffer() && c.mayDiffer():
		return causes.Open(causes.Missing("the token of the answer, which tells whether the client was taken for another one", causes.HowToKeepBodies))
	case !c.cookieMissing():
		return c.cookieJudgement()
	case !c.sameIdentity() && c.mayLackBefore():
		return causes.Open(causes.Missing("the page of the form and the token of the answer, of which packets were not captured: a cache may have given the page out without its cookie", causes.HowToRecordWhole))
	}
	if _, ok := c.given(); !ok && c.pageSetNone() {
		return causes.Open(causes.Missing("the token of the answer: the page came without its cookie, as from a cache or from a proxy that keeps it", causes.HowToRecordWhole))
	}
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Evidence:   c.cookieMissingEvidence(),
	}
	switch {
	case c.sameIdentity() && c.cookieAbsenceCertain():
		m.Confidence = finding.Proven
	case !c.sameIdentity():
		m.Missing = []finding.Missing{causes.Missing("the token of the answer, which would tell whether the client was taken for another one too", causes.HowToKeepBodies)}
	}
	on, ok := c.lostCookie()
	if !ok {
		on, ok = c.submittedElsewhere()
	}
	if !ok {
		on, ok = c.framed()
	}
	if ok {
		m.Origin, m.Summary, m.Detail, m.Fixes = on.Origin, on.Summary, on.Detail, on.Fixes
		if on.Confidence == finding.Proven && c.sameIdentity() {
			m.Confidence = finding.Proven
		}
		m.Evidence = append(m.Evidence, on.Evidence...)
	} else if page := c.Attempt.Form; page != nil && slices.ContainsFunc(page.Set, func(t login.SetToken) bool { return t.Secure }) && s.Scheme == "http" {
		m.Detail = "The Hub set the cookie with Secure, and the form was submitted over plain http: browsers do not send it then."
		m.Fixes = []string{fixHTTPS}
		m.Evidence = append(m.Evidence, causes.PointAt(page.Ref, "Set-Cookie _xsrf", "Secure", "over "+page.Scheme))
	}
	return causes.Matched(m)
}

// pageSetNone reports whether the page of the form was seen to set no cookie at the client.
func (c *Case) pageSetNone() bool {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return false
	}
	outer := page.Sightings()[0].Alone()
	return outer.Answered && outer.SetState == exchange.Absent
}

// mayLackBefore reports whether every capture that shows the submit may lack what was sent
// before or with it.
func (c *Case) mayLackBefore() bool {
	return !slices.ContainsFunc(c.Attempt.Submits(), func(s *login.Step) bool {
		return !s.Ref.Capture.MayLack(time.Time{}, s.AnsweredAt)
	})
}

func (c *Case) cookieMissingEvidence() []finding.Evidence {
	s := c.submit()
	return []finding.Evidence{
		c.answerEvidence(),
		causes.PointAt(s.Ref, "Cookie", "", "no _xsrf among the cookies that were sent"),
		c.tokenEvidence(s, "form _xsrf", s.Form, "was sent"),
	}
}

// effectiveCookie is the cookie that the Hub looks at when several are sent: the
// last one before 4.1.2, the first with a good signature from then on. Without
// the secret, the first one that is built like a signed token stands for that.
func (c *Case) effectiveCookie() (login.Token, bool) {
	cookies := c.submit().Cookies
	if len(cookies) == 0 {
		return login.Token{}, false
	}
	if c.takesLastCookie() {
		last := cookies[len(cookies)-1]
		return last, last.Err == nil
	}
	for _, cookie := range cookies {
		if cookie.Err == nil && cookie.XSRF.IsSigned() && (c.Secret == nil || cookie.XSRF.Signed.Verify(c.Secret)) {
			return cookie, true
		}
	}
	return login.Token{}, false
}

// takesLastCookie reports whether the Hub is known to be one before 4.1.2.
func (c *Case) takesLastCookie() bool {
	version := c.Attempt.HubVersion
	return token.Before(version, 4, 1) || version == "4.1.0" || version == "4.1.1"
}

func cookieDuplicate(c *Case) causes.Answer {
	s := c.submit()
	effective, ok := c.effectiveCookie()
	switch {
	case s.CookiesState != exchange.Known || s.FormState != exchange.Known || c.addressHashesDiffer():
		return c.cookieJudgement()
	case len(s.Cookies) == 1:
		return causes.Excluded("no second cookie was sent")
	case ok && !effective.Same(s.Form) && slices.ContainsFunc(s.Cookies, s.Form.Same):
		m := causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient},
			Summary:    fmt.Sprintf("%d _xsrf cookies were sent, and the Hub looked at another one than the form's", len(s.Cookies)),
		}
		if c.Secret == nil && effective.XSRF.IsSigned() {
			m.Confidence = finding.Likely // its signature may be bad, and then the Hub skips it
		}
		for i, cookie := range s.Cookies {
			m.Evidence = append(m.Evidence, c.tokenEvidence(s, fmt.Sprintf("Cookie _xsrf, number %d", i+1), cookie, ""))
		}
		origin, proof := c.setterOf(effective)
		m.Origin, m.Evidence = origin, append(m.Evidence, proof...)
		m.Evidence = append(m.Evidence, c.tokenEvidence(s, "form _xsrf", s.Form, ""))
		return causes.Matched(m)
	}
	return causes.Answer{}
}

// cookieForeign matches when what was sent under the name _xsrf is not a token
// that this Hub can have made.
func cookieForeign(c *Case) causes.Answer {
	s := c.submit()
	switch {
	case s.CookiesState != exchange.Known || s.FormState != exchange.Known || c.addressHashesDiffer():
		return c.cookieJudgement()
	case !s.Form.XSRF.IsSigned():
		return causes.Answer{} // every text is a token to tornado's own check
	}
	built := func(cookie login.Token) bool { return cookie.Err == nil && cookie.XSRF.IsSigned() }
	switch foreign := slices.ContainsFunc(s.Cookies, func(cookie login.Token) bool { return !built(cookie) }); {
	case !foreign:
		return causes.Excluded("the cookie is built like the Hub's own")
	case slices.ContainsFunc(s.Cookies, built):
		return causes.Answer{} // the one beside the Hub's own is a cookie too many
	}
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginClient}}
	for _, cookie := range s.Cookies {
		m.Evidence = append(m.Evidence, c.tokenEvidence(s, "Cookie _xsrf", cookie, "not a token that this Hub makes"))
		origin, proof := c.setterOf(cookie)
		m.Origin, m.Evidence = origin, append(m.Evidence, proof...)
	}
	m.Evidence = append(m.Evidence, c.tokenEvidence(s, "form _xsrf", s.Form, ""))
	return causes.Matched(m)
}

// signingRace matches the flaw of 4.1.2 to 5.2: form and cookie were signed by
// two calls, and the second ticked between them.
func signingRace(c *Case) causes.Answer {
	cookie, ok := c.effectiveCookie()
	f, fOK := c.form()
	switch {
	case c.addressHashesDiffer() || c.submit().FormState == exchange.Absent:
		return causes.Answer{}
	case (!ok || !fOK) && c.mayHaveSignedTwice():
		return c.lacking(true, true, false)
	case !ok || !fOK:
		return causes.Answer{}
	}
	late := cookie.XSRF.Minted.Sub(f.XSRF.Minted)
	if !cookie.XSRF.SameIdentity(f.XSRF) || !cookie.XSRF.IsSigned() || late != time.Second || !c.signsTwice() {
		return causes.Excluded("form and cookie were not signed one second apart by a version that can do that")
	}
	m := causes.Match{
		Confidence: finding.Possible, // two loads of the page, a second apart, look the same
		Origin:     finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Evidence: []finding.Evidence{
			c.tokenEvidence(c.submit(), "form _xsrf", f, ""),
			c.tokenEvidence(c.submit(), "Cookie _xsrf", cookie, "the same identity, one second later"),
		},
	}
	if page := c.Attempt.Form; page != nil && c.Attempt.Link == login.LinkPage {
		if other := c.Attempt.CookieBirth; holds(other, f) {
			page = other
		}
		switch {
		case page.Sets(f) && c.mayBeOne(c.Attempt.CookieBirth, f, cookie):
			return causes.Open(causes.Missing(pageWithCookie, causes.HowToRecordWhole))
		case page.Sets(f):
			return causes.Excluded("the login page set the very token that its form held")
		case page.Sets(cookie):
			m.Confidence = finding.Proven
			m.Evidence = append(m.Evidence, c.tokenEvidence(page, "Set-Cookie _xsrf", cookie, "one answer gave out both"))
		}
	}
	return causes.Matched(m)
}

// secretChanged matches when the Hub refused a cookie that fits in every way.
// Only the key can prove it; equal identities are the least that is asked.
func secretChanged(c *Case) causes.Answer {
	f, fOK := c.form()
	g, gOK := c.given()
	cookie, sent := c.effectiveCookie()
	switch {
	case c.addressHashesDiffer() || !c.formMayBeSigned():
		return causes.Answer{}
	case !fOK:
		a := c.lacking(true, true, true)
		a.Open = append(a.Open, c.openedBefore()...)
		return a
	case c.tokenAccepted():
		return causes.Excluded("the Hub minted no new token, so it accepted the one that was sent")
	case c.Secret != nil && f.XSRF.Signed.Verify(c.Secret) && gOK && g.XSRF.Signed.Verify(c.Secret):
		return causes.Excluded("both tokens are signed with the cookie secret that was given")
	case c.Secret != nil && gOK && f.XSRF.SameIdentity(g.XSRF) && g.XSRF.Signed.Verify(c.Secret) && !f.XSRF.Signed.Verify(c.Secret):
		return causes.Matched(c.secretMatch(finding.Proven, f, g))
	case !gOK || c.submit().CookiesState == exchange.Unknown:
		return causes.Open(causes.Missing("the Hub's cookie secret", howToGiveSecret))
	case !sent:
		return causes.Answer{}
	case !cookie.Same(f):
		return causes.Excluded("form and cookie do not hold the same token, which alone explains the refusal")
	case c.refusedAll() && !c.cookieArrived():
		return causes.Open(causes.Missing("the Hub's cookie secret", howToGiveSecret), causes.Missing(didItArrive, howToCaptureAtHub))
	case c.refusedAll():
		return causes.Matched(c.secretMatch(finding.Likely, f, g))
	}
	return causes.Answer{}
}

// refusedAll reports whether the Hub minted a new token for the client of a form
// that came with its own cookie: it did not accept that one, or did not get it.
func (c *Case) refusedAll() bool {
	f, ok := c.form()
	cookie, sent := c.effectiveCookie()
	return ok && sent && cookie.Same(f) && c.sameIdentity() && f.Raw != c.submit().Given().Raw
}

// cookieArrived reports whether the cookie was seen on the Hub's own hop: a proxy
// can take it out before.
func (c *Case) cookieArrived() bool {
	return slices.ContainsFunc(c.Attempt.Submits(), func(s *login.Step) bool { return s.AtApplication() && len(s.Cookies) > 0 })
}

// dropForeignSecret forgets a secret that did not sign the answer's token, which
// the Hub made a moment ago: it is not this Hub's, and says nothing.
func (c *Case) dropForeignSecret() {
	if g, ok := c.given(); ok && g.XSRF.IsSigned() && c.Secret != nil && !g.XSRF.Signed.Verify(c.Secret) {
		c.Secret, c.ForeignSecret = nil, true
	}
}

func (c *Case) secretMatch(confidence finding.Confidence, f, g login.Token) causes.Match {
	m := causes.Match{
		Confidence: confidence,
		Origin:     finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Evidence: []finding.Evidence{
			c.tokenEvidence(c.submit(), "form _xsrf", f, "signed before"),
			c.tokenEvidence(c.submit(), "answer _xsrf", g, "made anew for the same client"),
		},
	}
	c.byRestart(&m)
	if confidence != finding.Proven {
		m.Missing = []finding.Missing{causes.Missing("proof by the key", howToGiveSecret)}
	}
	return m
}

const didItArrive = "whether the cookie reached the Hub: a proxy may have taken it out"

const howToCaptureAtHub = "capture on the Hub's host, or in its pod"

const howToCaptureAtIngress = "capture on the ingress, from before the page is opened on: it shows what comes in and what goes on"

const howToGiveSecret = "analyze with --cookie-secret-file"

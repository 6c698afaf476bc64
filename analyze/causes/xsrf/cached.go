// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// pageCached matches when the page that gave the form its token was not made for
// this request: the token was given to another client first, or is older than the
// request for the page, or the answer says that a cache had it. A form that is
// merely older than its cookie can have many reasons, such as a second tab, and
// stays open.
func pageCached(c *Case) causes.Answer {
	f, fOK := c.form()
	page := c.Attempt.Form
	if !fOK || !f.XSRF.IsSigned() {
		return c.lacking(true, false, false)
	}
	if page != nil && c.Attempt.Confirmed() && page.Method == "GET" && !sentToken(page, f) {
		if m, ok := c.bornElsewhere(page, f); ok {
			return causes.Matched(m)
		}
		if m, ok := c.olderThanPage(page, f); ok {
			return causes.Matched(m)
		}
		if m, ok := c.bornOfAnother(page, f); ok {
			return causes.Matched(m)
		}
		if c.madeForAnother(page) {
			return causes.Open(causes.Missing("who gave out the page: it was made for another User-Agent than asked for it, as a cache does, or a proxy that rewrites the field", howToCaptureAtIngress))
		}
	}
	cookie, sent := c.effectiveCookie()
	switch {
	case c.addressHashesDiffer() && !c.ownAnswer():
		return causes.Open(c.formsPage(pageOfAnother))
	case c.addressHashesDiffer():
		return causes.Answer{}
	case sent && cookie.Same(f):
		return causes.Excluded("cookie and form hold the same token")
	case page != nil && page.FromCache != "" && c.Attempt.Link == login.LinkPage && sent:
		return causes.Matched(causes.Match{
			Confidence: finding.Likely,
			Origin:     c.cache(page),
			Evidence: []finding.Evidence{
				causes.PointAt(page.Ref, "answer", page.FromCache, "the login page came from a cache"),
				c.tokenEvidence(page, "page _xsrf", f, "the token on the page"),
				c.tokenEvidence(c.submit(), "Cookie _xsrf", cookie, "the cookie is another one"),
			},
		})
	case sent:
		return causes.Open(causes.Missing("where the old form came from: a cache, the back button or a second tab", causes.HowToRecordWhole))
	}
	return c.lacking(false, true, false)
}

const pageOfAnother = "the request of this client for the form: a cache may have given it the page of another one"

// sentToken reports whether the request for a page may have carried the token
// already: from 5.3 on a Hub then gives the same one out again.
func sentToken(page *login.Step, t login.Token) bool {
	if page.CookiesState == exchange.Unknown {
		return true
	}
	for _, cookie := range page.Cookies {
		if cookie.Same(t) {
			return true
		}
	}
	return false
}

// bornElsewhere matches when the token was given to a client at another address
// before, in a request that the captures show.
func (c *Case) bornElsewhere(page *login.Step, f login.Token) (causes.Match, bool) {
	birth := c.Attempt.Birth
	if birth == nil || birth == page || len(birth.Hops) == 0 || len(page.Hops) == 0 {
		return causes.Match{}, false
	}
	first, second := birth.Hops[0].From.Address, page.Hops[0].From.Address
	if first == "" || second == "" || hops.SameAddress(first, second) || !wellAfter(birth, page) {
		return causes.Match{}, false
	}
	return causes.Match{
		Confidence: finding.Proven,
		Origin:     c.cache(page),
		Summary:    fmt.Sprintf("the login page that %s got had been made for %s", second, first),
		Evidence: []finding.Evidence{
			c.tokenEvidence(birth, "page _xsrf", f, "given to "+first),
			c.tokenEvidence(page, "page _xsrf", f, "given to "+second+", which had not sent it"),
			c.tokenEvidence(c.submit(), "form _xsrf", f, "submitted"),
		},
	}, true
}

// bornOfAnother matches when another client got the token at the same site: it sent
// another User-Agent from where nothing shows a proxy that may have rewritten it. The
// Hub makes no such token twice. Their times need not be known.
func (c *Case) bornOfAnother(page *login.Step, f login.Token) (causes.Match, bool) {
	birth := c.Attempt.Birth
	if birth == nil || birth == page || page.Browsers() == nil || birth.Browsers() != nil || !birth.Hops.BeginsUntouched() {
		return causes.Match{}, false
	}
	other, own := birth.Sightings()[0].Alone(), page.Browsers().Alone()
	known := other.UserAgentState == exchange.Known && own.UserAgentState == exchange.Known
	if !known || other.UserAgent == own.UserAgent || other.ServerAddress != own.ServerAddress {
		return causes.Match{}, false
	}
	return causes.Match{
		Confidence: finding.Likely,
		Origin:     c.cache(page),
		Summary:    fmt.Sprintf("the login page that the browser got had been made for another client, at %s", other.ClientAddress),
		Evidence: []finding.Evidence{
			c.tokenEvidence(other, "page _xsrf", f, "given to "+other.ClientAddress),
			causes.PointAt(other.Ref, "User-Agent", other.UserAgent, "which it sent"),
			c.tokenEvidence(own, "page _xsrf", f, "given to the browser, which had not sent it"),
			causes.PointAt(own.Ref, "User-Agent", own.UserAgent, "which it sent"),
			c.tokenEvidence(c.submit(), "form _xsrf", f, "submitted"),
		},
	}, true
}

// madeForAnother reports whether the token of a page was made for a User-Agent that
// the request for it was not seen to send.
func (c *Case) madeForAnother(page *login.Step) bool {
	return c.Form.Recovered.Found && page.UserAgentState == exchange.Known && !sent(page, c.Form.Recovered.UserAgent)
}

// sent reports whether a request was seen to send a User-Agent, at any place.
func sent(s *login.Step, userAgent string) bool {
	return slices.ContainsFunc(s.Sightings(), func(seen *login.Step) bool {
		return strings.TrimSpace(seen.Alone().UserAgent) == strings.TrimSpace(userAgent)
	})
}

// wellAfter reports whether the second page was asked for when the first had long
// been answered, by a clock that saw both. Up to 5.2 two clients that the Hub takes
// for one get equal tokens in the same second: nothing but the second goes into them.
func wellAfter(first, second *login.Step) bool {
	for _, a := range first.Sightings() {
		for _, b := range second.Sightings() {
			if a.Ref.Capture == b.Ref.Capture && !a.AnsweredAt.IsZero() && b.Time.Sub(a.AnsweredAt) >= older {
				return true
			}
		}
	}
	return false
}

// older is by how much a token may seem older than its page when both were made
// for one request: both times are whole seconds of two clocks.
const older = 3 * time.Second

// olderThanPage matches when the token was minted before the page was asked for. Two
// reckonings must agree, for each can be led astray: by proxies whose clocks differ,
// and by a Hub that was moved to another node between the two requests.
func (c *Case) olderThanPage(page *login.Step, f login.Token) (causes.Match, bool) {
	g, ok := c.given()
	s := c.submit()
	if !ok || !g.XSRF.IsSigned() || sentToken(s, g) {
		return causes.Match{}, false
	}
	byDates, ok1 := ageByDates(page, s, f, g)
	byTokens, ok2 := ageByTokens(page, s, f, g)
	age := min(byDates, byTokens)
	if !ok1 || !ok2 || age <= older {
		return causes.Match{}, false
	}
	return causes.Match{
		Confidence: finding.Likely,
		Origin:     c.cache(page),
		Summary:    fmt.Sprintf("the login page held a token that was made %s before the page was asked for", causes.Rounded(age)),
		Evidence: []finding.Evidence{
			causes.PointAt(page.Ref, "Cookie", "", "no _xsrf was sent, for which the Hub would have made the page anew"),
			c.tokenEvidence(page, "page _xsrf", f, "the page is of "+page.Date.UTC().Format("15:04:05Z")),
			c.tokenEvidence(s, "_xsrf of the answer", g, "for comparison; this answer is of "+s.Date.UTC().Format("15:04:05Z")),
		},
	}, true
}

// ageByDates is by how much a token is at least older than the request for its page.
// The Date fields tell the time; the answer to the submit, for which a token was
// minted, shows how far the clock that wrote them is from the Hub's.
func ageByDates(page, submit *login.Step, f, g login.Token) (time.Duration, bool) {
	if page.Date.IsZero() || submit.Date.IsZero() || page.AnsweredAt.IsZero() {
		return 0, false
	}
	apart := submit.Date.Sub(g.XSRF.Minted)
	took := page.AnsweredAt.Sub(page.Time)
	return page.Date.Sub(f.XSRF.Minted) - apart - took, true
}

// ageByTokens is the same by the time between the two tokens on the Hub's clock, and
// between the two requests on that of a capture.
func ageByTokens(page, submit *login.Step, f, g login.Token) (time.Duration, bool) {
	for _, a := range page.Sightings() {
		for _, b := range submit.Sightings() {
			if a.Ref.Capture == b.Ref.Capture && !a.Time.IsZero() && b.Alone().Answered && !b.AnsweredAt.IsZero() {
				return g.XSRF.Minted.Sub(f.XSRF.Minted) - b.AnsweredAt.Sub(a.Time), true
			}
		}
	}
	return 0, false
}

// cache is the proxy that answered the request for the page by itself, as far as
// the captures show: it sent the submit on, and the page's request it did not.
func (c *Case) cache(page *login.Step) finding.Origin {
	unknown := finding.Origin{Kind: finding.OriginUnknown}
	if len(page.Hops) == 0 {
		return unknown
	}
	last := page.Hops[len(page.Hops)-1]
	p := c.submit().Hops
	for i := 1; i < len(p); i++ {
		if !p.Translated(i) && hops.SameAddress(p[i].From.Address, last.To.Address) && sharedCapture(p[i], last) {
			return c.originAt(Culprit{Kind: roles.KindAt(p, i), Address: p[i].From.Address})
		}
	}
	return unknown
}

// sharedCapture reports whether one capture saw both hops, so that it would have
// seen the one go on as it saw the other.
func sharedCapture(a, b *hops.Hop) bool {
	for _, s := range a.Sightings {
		for _, t := range b.Sightings {
			if s.Ref.Capture == t.Ref.Capture {
				return true
			}
		}
	}
	return false
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// pageCached matches when the page that gave the form its token was not made for
// this request: the token was given to another client first, or is older than the
// request for the page, or the answer says that a cache had it. A form that is
// merely older than its cookie can have many reasons, such as a second tab, and
// stays open.
func pageCached(c *Case) answer {
	f, fOK := c.form()
	page := c.Attempt.Form
	if !fOK || !f.XSRF.IsSigned() {
		return answer{}
	}
	if page != nil && c.Attempt.Confirmed() && page.Method == "GET" && !sentToken(page, f) {
		if m, ok := c.bornElsewhere(page, f); ok {
			return matched(m)
		}
		if m, ok := c.olderThanPage(page, f); ok {
			return matched(m)
		}
	}
	cookie, sent := c.effectiveCookie()
	switch {
	case c.addressHashesDiffer():
		return answer{}
	case sent && cookie.Same(f):
		return excluded("cookie and form hold the same token")
	case page != nil && page.FromCache != "" && c.Attempt.Link == login.LinkPage && sent:
		return matched(match{
			confidence: finding.Likely,
			origin:     c.cache(page),
			evidence: []finding.Evidence{
				evidence(page, "answer", page.FromCache, "the login page came from a cache"),
				c.tokenEvidence(page, "page _xsrf", f, "the token on the page"),
				c.tokenEvidence(c.submit(), "Cookie _xsrf", cookie, "the cookie is another one"),
			},
		})
	case sent:
		return open(missing("where the old form came from: a cache, the back button or a second tab", howToRecordWhole))
	}
	return answer{}
}

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
func (c *Case) bornElsewhere(page *login.Step, f login.Token) (match, bool) {
	birth := c.Attempt.Birth
	if birth == nil || birth == page || len(birth.Hops) == 0 || len(page.Hops) == 0 {
		return match{}, false
	}
	first, second := birth.Hops[0].From.Address, page.Hops[0].From.Address
	// Up to 5.2 two clients that the Hub takes for one get equal tokens in the same
	// second: nothing but the second goes into them.
	apart := page.Date.Sub(birth.Date)
	if first == "" || second == "" || hops.SameAddress(first, second) || page.Date.IsZero() || birth.Date.IsZero() || apart < older {
		return match{}, false
	}
	return match{
		confidence: finding.Proven,
		origin:     c.cache(page),
		summary:    fmt.Sprintf("the login page that %s got had been made for %s", second, first),
		evidence: []finding.Evidence{
			c.tokenEvidence(birth, "page _xsrf", f, "given to "+first),
			c.tokenEvidence(page, "page _xsrf", f, "given to "+second+", which had not sent it"),
			c.tokenEvidence(c.submit(), "form _xsrf", f, "submitted"),
		},
	}, true
}

// older is by how much a token may seem older than its page when both were made
// for one request: both times are whole seconds of two clocks.
const older = 3 * time.Second

// olderThanPage matches when the token was minted before the page was asked for,
// by the clocks as the answer to the submit shows them.
func (c *Case) olderThanPage(page *login.Step, f login.Token) (match, bool) {
	g, ok := c.given()
	s := c.submit()
	if !ok || !g.XSRF.IsSigned() || page.Date.IsZero() || s.Date.IsZero() || page.AnsweredAt.IsZero() || sentToken(s, g) {
		return match{}, false
	}
	apart := s.Date.Sub(g.XSRF.Minted) // of the clocks of proxy and Hub, and what the Hub took
	age := page.Date.Sub(f.XSRF.Minted) - apart
	took := page.AnsweredAt.Sub(page.Time)
	if age <= older+took {
		return match{}, false
	}
	return match{
		confidence: finding.Likely,
		origin:     c.cache(page),
		summary:    fmt.Sprintf("the login page held a token that was made %s before the page was asked for", rounded(age)),
		evidence: []finding.Evidence{
			evidence(page, "Cookie", "", "no _xsrf was sent, for which the Hub would have made the page anew"),
			c.tokenEvidence(page, "page _xsrf", f, "the page is of "+page.Date.UTC().Format("15:04:05Z")),
			c.tokenEvidence(s, "_xsrf of the answer", g, "for comparison; this answer is of "+s.Date.UTC().Format("15:04:05Z")),
		},
	}, true
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
			return c.originAt(Culprit{Kind: kindAt(p, i), Address: p[i].From.Address})
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

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file follow a token on its way to the server.

// tokenNotSent matches when requests of the client that had just got the token were
// refused since they showed none, and nothing of its cookie explains that.
func tokenNotSent(c *TokenCase) answer {
	for _, s := range c.Attempt.Refusals() {
		if m, ok := c.stripped(s); ok {
			return matched(m)
		}
	}
	if len(c.Attempt.Without) == 0 {
		return c.notArrived()
	}
	s := c.Attempt.Without[0]
	if c.cookieUnseen(s) {
		return open(missing("the cookie as the browser got it", howToCaptureBrowser))
	}
	if !hops.Unbroken(c.Attempt.Birth.Hops.Captured(), s.Hops.Captured()) {
		return open(missing("what became of the token in between: packets of that time were not captured", howToCaptureBrowser))
	}
	if s.ShownState != exchange.Absent {
		return open(missing("the Authorization and Cookie fields of the request", howToKeepCookies))
	}
	m := match{confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginClient, Address: client(s)}, evidence: c.lackEvidence(s), fixes: []string{cureSendToken}}
	if from, _ := Roles(s.Hops, 0); from != finding.HopClient {
		// A proxy that nobody saw may have taken it out.
		m.origin, m.fixes = finding.Origin{Kind: finding.OriginUnknown}, nil
		m.missing = []finding.Missing{missing("whether the client sent the token", howToCaptureBrowser)}
	}
	return matched(m)
}

// saidNoToken is what FastAPI answers to a request that shows no credentials (FastAPI
// 0.115, security/http.py and security/oauth2.py), and Airflow 3 as well.
const saidNoToken = "Not authenticated"

// notArrived matches when a token was seen to leave in Authorization, and the answer is
// that none came. A cookie that is no good is forgotten by Airflow and answered so too.
func (c *TokenCase) notArrived() answer {
	s := c.refusal()
	if s == nil {
		return answer{}
	}
	if s.Status != 401 || s.Detail != saidNoToken || len(s.Shown) == 0 || s.Shown[0].By != "Authorization" || lastServer(s.Hops) != "" {
		return excluded("the token was sent")
	}
	return matched(match{
		confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
		summary: "the client sent the token, and the server answered that none came",
		evidence: []finding.Evidence{
			{Ref: finding.NewRef(s.Ref), Field: s.Shown[0].By, Value: c.Pseudonym(s.Shown[0].Raw), Note: fmt.Sprintf("sent, and answered %d %s", s.Status, s.Detail)},
		},
		missing: []finding.Missing{missing("who on the way took the token out", howToCaptureServers)},
	})
}

// stripped matches when a proxy sent a request on without the token that it had got.
func (c *TokenCase) stripped(s *bearer.Step) (match, bool) {
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if !s.Hops.Adjacent(i) || s.Hops.Translated(i) || len(in.Shown) == 0 || out.ShownState != exchange.Absent || mayBeTwo(in.Sighting, out.Sighting) {
			continue
		}
		address := s.Hops[i].From.Address
		origin := finding.Origin{Kind: kindAt(s.Hops, i), Address: address, Party: programAt(s.Hops, i)}
		return match{
			confidence: finding.Proven,
			origin:     origin, fixes: handOn(origin),
			summary: address + " took the token out of the request",
			evidence: []finding.Evidence{
				{Ref: finding.NewRef(in.Ref), Field: in.Shown[0].By, Value: c.Pseudonym(in.Shown[0].Raw), Note: "sent as far as here"},
				{Ref: finding.NewRef(out.Ref), Field: in.Shown[0].By, Note: strings.TrimSpace(fmt.Sprintf("sent on without it: %d %s", s.Status, s.Detail))},
			},
		}, true
	}
	return match{}, false
}

// maxCookie is the longest cookie that browsers keep, name and value together (RFC 6265bis,
// section 5.7, step 4). Chromium 156 keeps 4096 bytes and drops 4097.
const maxCookie = 4096

// tokenCookieDropped matches when the cookie that the token came in is one that a
// browser does not keep, or does not send there.
func tokenCookieDropped(c *TokenCase) answer {
	birth := c.Attempt.Birth
	if birth == nil || len(c.Attempt.Without) == 0 {
		return answer{}
	}
	s := c.Attempt.Without[0]
	unseen := c.cookieUnseen(s)
	for _, t := range outermost(birth).Given {
		if t.Cookie == nil || t.Raw != c.Attempt.Token.Raw {
			continue
		}
		why := cookieUnfit(t, s)
		switch {
		case why == "" || unseen && cookieSize(t) <= maxCookie: // a proxy may change all but its size
		case unseen:
			m := c.dropped(birth, s, t, why)
			m.confidence, m.missing = finding.Likely, []finding.Missing{missing("what the browser sent", howToCaptureBrowser)}
			return matched(m)
		default:
			return matched(c.dropped(birth, s, t, why))
		}
	}
	if unseen {
		return open(missing("the cookie as the browser got it", howToCaptureBrowser))
	}
	return answer{}
}

// cookieUnfit says why a browser does not keep the cookie of a token, or does not send it
// with the request s: "" if nothing of it explains that.
func cookieUnfit(t bearer.Token, s *bearer.Step) string {
	switch {
	case cookieSize(t) > maxCookie:
		return fmt.Sprintf("is %d bytes long, and browsers keep %d", cookieSize(t), maxCookie)
	case unfitSecure(t, s):
		return "is marked Secure, and the site is reached by plain http"
	case t.Cookie.Path != "" && !pathMatches(outermost(s).Path, t.Cookie.Path):
		return fmt.Sprintf("has the path %s, and %s is not below it", t.Cookie.Path, outermost(s).Path)
	}
	return ""
}

func unfitSecure(t bearer.Token, s *bearer.Step) bool {
	return t.Cookie.Secure && (outermost(s).Scheme == "http" || plainPort(s))
}

// cookieSize is what counts for maxCookie.
func cookieSize(t bearer.Token) int { return len(t.Cookie.Name) + len(t.Raw) }

func (c *TokenCase) dropped(birth, s *bearer.Step, t bearer.Token, why string) match {
	m := match{
		confidence: finding.Proven, origin: c.setter(birth, t),
		summary:  fmt.Sprintf("the cookie %s that holds the token %s", t.Cookie.Name, why),
		evidence: append([]finding.Evidence{cookieEvidence(birth, s, t)}, c.lackEvidence(s)...), missing: whoWrote(birth),
	}
	if cookieSize(t) > maxCookie { // no proxy makes a signed token longer
		m.origin, m.missing = c.minter(), nil
		m.fixes = []string{cureNewerKeycloak, cureSmallerToken}
	} else {
		m.fixes = keepCookie(unfitSecure(t, s), firstRelease(t), m.origin.Kind)
	}
	return m
}

// cookieEvidence is the cookie as the browser got it, with what is wrong with it.
func cookieEvidence(birth, s *bearer.Step, t bearer.Token) finding.Evidence {
	e := finding.Evidence{Ref: finding.NewRef(outermost(birth).Ref), Field: "Set-Cookie " + t.Cookie.Name}
	switch {
	case cookieSize(t) > maxCookie:
		e.Value = fmt.Sprintf("%d bytes", cookieSize(t))
		e.Note = fmt.Sprintf("name %d and value %d; together at most %d", len(t.Cookie.Name), len(t.Raw), maxCookie)
	case unfitSecure(t, s):
		e.Value, e.Note = "Secure", "over plain http"
	default:
		e.Value, e.Note = "Path="+clipped(t.Cookie.Path), "as the client got it"
	}
	return e
}

// cookieUnseen reports whether the token came in a cookie, and nobody saw it arrive at
// the client: a proxy may have changed it, or the browser may not keep it.
func (c *TokenCase) cookieUnseen(s *bearer.Step) bool {
	given := func(t bearer.Token) bool { return t.Cookie != nil && t.Raw == c.Attempt.Token.Raw }
	inCookie := slices.ContainsFunc(c.Attempt.Birth.Given, given)
	if !inCookie || len(s.Hops) == 0 {
		return inCookie
	}
	if !slices.ContainsFunc(outermost(c.Attempt.Birth).GivenHere(), given) {
		return true
	}
	from, _ := Roles(s.Hops, 0)
	return from != finding.HopClient
}

// whoWrote is what would tell who wrote a cookie that was seen from outside only.
func whoWrote(birth *bearer.Step) []finding.Missing {
	if lastServer(birth.Hops) != "" {
		return nil
	}
	return []finding.Missing{missing("whether a proxy changed the cookie", howToCaptureServers)}
}

func outermost(s *bearer.Step) *bearer.Step {
	if len(s.Seen) == 0 {
		return s
	}
	return s.Seen[0]
}

func plainPort(s *bearer.Step) bool { return len(s.Hops) > 0 && s.Hops[0].To.Port == 80 }

// setter is who wrote the cookie as the browser got it: the proxy that changed it,
// or the application. From outside both look alike.
func (c *TokenCase) setter(birth *bearer.Step, outside bearer.Token) finding.Origin {
	for i := len(birth.Seen) - 1; i > 0; i-- {
		for _, inside := range birth.Seen[i].Given {
			if inside.Cookie == nil || inside.Raw != outside.Raw || i >= len(birth.Hops) {
				continue
			}
			if inside.Cookie.Secure != outside.Cookie.Secure || inside.Cookie.Path != outside.Cookie.Path {
				return finding.Origin{Kind: finding.OriginIngress, Address: birth.Hops[i].From.Address, Party: programAt(birth.Hops, i)}
			}
		}
	}
	if lastServer(birth.Hops) == "" || !writtenAtServer(birth, outside) {
		return finding.Origin{Kind: finding.OriginUnknown}
	}
	return finding.Origin{Kind: finding.OriginApplication, Party: "airflow", Address: applicationAt(birth)}
}

// writtenAtServer reports whether the application's own answer was seen to hold the cookie.
func writtenAtServer(birth *bearer.Step, outside bearer.Token) bool {
	server := lastServer(birth.Hops)
	return slices.ContainsFunc(birth.Seen, func(s *bearer.Step) bool {
		return s.Sighting.Server.Address == server && slices.ContainsFunc(s.GivenHere(), func(t bearer.Token) bool { return t.Cookie != nil && t.Raw == outside.Raw })
	})
}

// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The checks of this file follow a token on its way to the server.

// tokenNotSent matches when requests of the client that had just got the token were
// refused since they showed none, and nothing of its cookie explains that.
func tokenNotSent(c *Case) causes.Answer {
	for _, s := range c.Attempt.Refusals() {
		if m, ok := c.stripped(s); ok {
			return causes.Matched(m)
		}
	}
	if len(c.Attempt.Without) == 0 {
		return c.notArrived()
	}
	s := c.Attempt.Without[0]
	if c.cookieUnseen(s) {
		return causes.Open(causes.Missing("the cookie as the browser got it", causes.HowToCaptureBrowser))
	}
	if !hops.Unbroken(c.Attempt.Birth.Hops.Captured(), s.Hops.Captured()) {
		return causes.Open(causes.Missing("what became of the token in between: packets of that time were not captured", causes.HowToCaptureBrowser))
	}
	if s.ShownState != exchange.Absent {
		return causes.Open(causes.Missing("the Authorization and Cookie fields of the request", causes.HowToKeepCookies))
	}
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginClient, Address: client(s)}, Evidence: c.lackEvidence(s), Fixes: []string{fixSendToken}}
	if from, _ := roles.Of(s.Hops, 0); from != finding.HopClient {
		// A proxy that nobody saw may have taken it out.
		m.Origin, m.Fixes = finding.Origin{Kind: finding.OriginUnknown}, nil
		m.Missing = []finding.Missing{causes.Missing("whether the client sent the token", causes.HowToCaptureBrowser)}
	}
	return causes.Matched(m)
}

// saidNoToken is what FastAPI answers to a request that shows no credentials (FastAPI
// 0.115, security/http.py and security/oauth2.py), and Airflow 3 as well.
const saidNoToken = "Not authenticated"

// notArrived matches when a token was seen to leave in Authorization, and the answer is
// that none came. A cookie that is no good is forgotten by Airflow and answered so too.
func (c *Case) notArrived() causes.Answer {
	s := c.refusal()
	if s == nil {
		return causes.Answer{}
	}
	if s.Foreign {
		return causes.Excluded("something was sent in the token's place")
	}
	if s.Status != 401 || s.Detail != saidNoToken || len(s.Shown) == 0 || s.Shown[0].By != "Authorization" || roles.LastServer(s.Hops) != "" {
		return causes.Excluded("the token was sent")
	}
	return causes.Matched(causes.Match{
		Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary: "the client sent the token, and the server answered that none came",
		Evidence: []finding.Evidence{
			{Ref: finding.NewRef(s.Ref), Field: s.Shown[0].By, Value: c.Pseudonym(s.Shown[0].Raw), Note: fmt.Sprintf("sent, and answered %d %s", s.Status, s.Detail)},
		},
		Missing: []finding.Missing{causes.Missing("who on the way took the token out", causes.HowToCaptureServers)},
		Fixes:   handOn(finding.Origin{}),
	})
}

// stripped matches when a proxy sent a request on without the token that it had got.
func (c *Case) stripped(s *bearer.Step) (causes.Match, bool) {
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if len(in.Shown) == 0 || out.ShownState != exchange.Absent || !s.Hops.HandedOn(i, in.Sighting, out.Sighting) {
			continue
		}
		address := s.Hops[i].From.Address
		origin := roles.OriginAt(s.Hops, i)
		return causes.Match{
			Confidence: finding.Proven,
			Origin:     origin, Fixes: handOn(origin),
			Summary: address + " took the token out of the request",
			Evidence: []finding.Evidence{
				{Ref: finding.NewRef(in.Ref), Field: in.Shown[0].By, Value: c.Pseudonym(in.Shown[0].Raw), Note: "sent as far as here"},
				{Ref: finding.NewRef(out.Ref), Field: in.Shown[0].By, Note: strings.TrimSpace(fmt.Sprintf("sent on without it: %d %s", s.Status, s.Detail))},
			},
		}, true
	}
	return causes.Match{}, false
}

// maxCookie is the longest cookie that browsers keep, name and value together (RFC 6265bis,
// section 5.7, step 4). Chromium 156 keeps 4096 bytes and drops 4097.
const maxCookie = 4096

// tokenCookieDropped matches when the cookie that the token came in is one that a
// browser does not keep, or does not send there.
func tokenCookieDropped(c *Case) causes.Answer {
	birth := c.Attempt.Birth
	if birth == nil || len(c.Attempt.Without) == 0 {
		return causes.Answer{}
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
			m.Confidence, m.Missing = finding.Likely, []finding.Missing{causes.Missing("what the browser sent", causes.HowToCaptureBrowser)}
			return causes.Matched(m)
		default:
			return causes.Matched(c.dropped(birth, s, t, why))
		}
	}
	if unseen {
		return causes.Open(causes.Missing("the cookie as the browser got it", causes.HowToCaptureBrowser))
	}
	return causes.Answer{}
}

// cookieUnfit says why a browser does not keep the cookie of a token, or does not send it
// with the request s: "" if nothing of it explains that.
func cookieUnfit(t bearer.Token, s *bearer.Step) string {
	switch {
	case cookieSize(t) > maxCookie:
		return fmt.Sprintf("is %d bytes long, and browsers keep %d", cookieSize(t), maxCookie)
	case unfitSecure(t, s):
		return "is marked Secure, and the site is reached by plain http"
	case t.Cookie.Path != "" && !causes.PathMatches(outermost(s).Path, t.Cookie.Path):
		return fmt.Sprintf("has the path %s, and %s is not below it", t.Cookie.Path, outermost(s).Path)
	}
	return ""
}

func unfitSecure(t bearer.Token, s *bearer.Step) bool {
	return t.Cookie.Secure && (outermost(s).Scheme == "http" || plainPort(s))
}

// cookieSize is what counts for maxCookie.
func cookieSize(t bearer.Token) int { return len(t.Cookie.Name) + len(t.Raw) }

func (c *Case) dropped(birth, s *bearer.Step, t bearer.Token, why string) causes.Match {
	m := causes.Match{
		Confidence: finding.Proven, Origin: c.setter(birth, t),
		Summary:  fmt.Sprintf("the cookie %s that holds the token %s", t.Cookie.Name, why),
		Evidence: append([]finding.Evidence{cookieEvidence(birth, s, t)}, c.lackEvidence(s)...), Missing: whoWrote(birth),
	}
	if cookieSize(t) > maxCookie { // no proxy makes a signed token longer
		m.Origin, m.Missing = c.minter(), nil
		m.Fixes = []string{fixNewerKeycloak, fixSmallerToken}
	} else {
		m.Fixes = keepCookie(unfitSecure(t, s), firstRelease(t), m.Origin.Kind)
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
		e.Value, e.Note = "Path="+causes.Clip(t.Cookie.Path), "as the client got it"
	}
	return e
}

// cookieUnseen reports whether the token came in a cookie, and nobody saw it arrive at
// the client: a proxy may have changed it, or the browser may not keep it.
func (c *Case) cookieUnseen(s *bearer.Step) bool {
	given := func(t bearer.Token) bool { return t.Cookie != nil && t.Raw == c.Attempt.Token.Raw }
	inCookie := slices.ContainsFunc(c.Attempt.Birth.Given, given)
	if !inCookie || len(s.Hops) == 0 {
		return inCookie
	}
	if !slices.ContainsFunc(outermost(c.Attempt.Birth).GivenHere(), given) {
		return true
	}
	from, _ := roles.Of(s.Hops, 0)
	return from != finding.HopClient
}

// refusedUnseen leaves a check open where the token came in a cookie, no request showed it
// since, and the client's own side was not seen: another server may have refused the token
// and deleted its cookie, which Airflow does from 3.1.1 on (see firstRelease).
func (c *Case) refusedUnseen() causes.Answer {
	if len(c.Attempt.Without) == 0 || firstRelease(c.Attempt.Token) || !c.cookieUnseen(c.Attempt.Without[0]) {
		return causes.Answer{}
	}
	return causes.Open(causes.Missing("whether another server refused the token, and deleted its cookie", causes.HowToCaptureServers))
}

// whoWrote is what would tell who wrote a cookie that was seen from outside only.
func whoWrote(birth *bearer.Step) []finding.Missing {
	if roles.LastServer(birth.Hops) != "" {
		return nil
	}
	return []finding.Missing{causes.Missing("whether a proxy changed the cookie", causes.HowToCaptureServers)}
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
func (c *Case) setter(birth *bearer.Step, outside bearer.Token) finding.Origin {
	for i := len(birth.Seen) - 1; i > 0; i-- {
		for _, inside := range birth.Seen[i].Given {
			if inside.Cookie == nil || inside.Raw != outside.Raw || i >= len(birth.Hops) {
				continue
			}
			if inside.Cookie.Secure != outside.Cookie.Secure || inside.Cookie.Path != outside.Cookie.Path {
				return finding.Origin{Kind: finding.OriginIngress, Address: birth.Hops[i].From.Address, Party: roles.ProgramAt(birth.Hops, i)}
			}
		}
	}
	if roles.LastServer(birth.Hops) == "" || !writtenAtServer(birth, outside) {
		return finding.Origin{Kind: finding.OriginUnknown}
	}
	return finding.Origin{Kind: finding.OriginApplication, Party: "airflow", Address: roles.LastServer(birth.Hops)}
}

// writtenAtServer reports whether the application's own answer was seen to hold the cookie.
func writtenAtServer(birth *bearer.Step, outside bearer.Token) bool {
	server := roles.LastServer(birth.Hops)
	return slices.ContainsFunc(birth.Seen, func(s *bearer.Step) bool {
		return s.Sighting.Server.Address == server && slices.ContainsFunc(s.GivenHere(), func(t bearer.Token) bool { return t.Cookie != nil && t.Raw == outside.Raw })
	})
}

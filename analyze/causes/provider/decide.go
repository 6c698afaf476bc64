// SPDX-License-Identifier: Apache-2.0

// Package provider decides why a login by an identity provider failed, at the Hub or at
// the server of a user who was sent to the Hub.
package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Case is one login by an identity provider that failed, and everything that is
// known about it.
type Case struct {
	Attempt *oauth.Attempt
	Index   *oauth.Index // of all round trips of the input
	Secret  []byte       // the Hub's cookie secret; nil when not given

	// Pseudonym stands in for a state in evidence, TokenName for an API token.
	Pseudonym, TokenName func(id string) string

	// Proxied is what is known of who answered the way back; nil if nothing is.
	Proxied *proxied.Case
}

// family is the order of a round trip: the provider may refuse to send the browser
// back, may send it with an error, the Hub looks at the state, asks the provider for a
// token and for the user, and then who may come in (OAuthenticator 16.0 to 17.4,
// oauth2.py, OAuthCallbackHandler).
var family = causes.Family[*Case]{
	{Code: finding.OAuthRedirectMismatch, Run: redirectMismatch},
	{Code: finding.IdPError, Run: idpError},
	{Code: finding.OAuthStateMismatch, Run: stateMismatch},
	{Code: finding.LoginNotAllowed, Run: loginNotAllowed},
}

// Decide says why a login by a provider failed. It must be asked about failed
// attempts only.
func Decide(c *Case) causes.Decision {
	if d, ok := decideOnTheWay(c); ok {
		return d
	}
	if c.Attempt.Server() != "" {
		return decideServer(c)
	}
	r := family.Rule(c)
	if r.Match == nil {
		if r.Lacking = c.asked(r.Lacking); len(r.Lacking) == 0 {
			r.Lacking = c.orSomething()
		}
		u := r.Undecided()
		if s := c.Attempt.Callback(); s != nil && s.Status >= 500 {
			u.Why = fmt.Sprintf("the Hub answered the callback with %d, and does not say to the browser why", s.Status)
		}
		return causes.Decision{Undecided: u}
	}
	r.Match.Missing = c.asked(r.Match.Missing)
	f := r.Finding()
	f.NotCures = withoutCondition(c.withoutHTTPS(f.NotCures))
	f.Fixes = met(f, r.Match)
	return causes.Decision{Finding: f}
}

// met are the fixes of a finding; the condition of a single one is met where the check
// that picked it saw whose fault it is.
func met(f *finding.Finding, m *causes.Match) []finding.Fix {
	if len(m.Fixes) == 1 && len(f.Fixes) == 1 && m.Origin.Kind != finding.OriginUnknown {
		f.Fixes[0].When = ""
	}
	return f.Fixes
}

// ifHTTPS begins what is of no help to users who come by https.
const ifHTTPS = "For users who come by https, "

// withoutHTTPS leaves out what is for https, where users come by http.
func (c *Case) withoutHTTPS(bullets []string) (list []string) {
	scheme := ""
	if c.Attempt.Start != nil {
		scheme = schemeOf(c.Attempt.Start)
	}
	for _, bullet := range bullets {
		if !strings.HasPrefix(bullet, ifHTTPS) || scheme != "http" {
			list = append(list, bullet)
		}
	}
	return list
}

// withoutCondition leaves out what is known: a provider took part.
func withoutCondition(bullets []string) (list []string) {
	for _, bullet := range bullets {
		if rest, ok := strings.CutPrefix(bullet, causes.IfProvider); ok && rest != "" {
			bullet = strings.ToUpper(rest[:1]) + rest[1:]
		}
		list = append(list, bullet)
	}
	return list
}

// hubLogGiven reports whether the Hub's own log tells of the login already.
func (c *Case) hubLogGiven() bool {
	return slices.ContainsFunc(c.Attempt.Steps(), (*oauth.Step).InHubLog)
}

// asked is what is missing and not given already.
func (c *Case) asked(list []finding.Missing) []finding.Missing {
	if !c.hubLogGiven() {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(m finding.Missing) bool { return m.How == causes.HowToReadOAuthLog })
}

// orSomething is what would decide a login of which nothing special is missing.
func (c *Case) orSomething() []finding.Missing {
	if c.hubLogGiven() {
		return []finding.Missing{causes.Missing("what the browser and the provider said", causes.HowToCaptureSite)}
	}
	return []finding.Missing{causes.Missing("the reason in the Hub's own log", causes.HowToReadOAuthLog)}
}

// NotAllowedByLog is the finding that lines of a log alone lead to: users who were not
// let in, at logins of which nothing else was seen.
func NotAllowedByLog(lines []exchange.Statement) *finding.Finding {
	m := causes.Match{Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}, Fixes: []string{causes.FixUnblock}}
	m.Detail = causes.NotAllowedBlocked
	for _, line := range lines {
		m.Evidence = append(m.Evidence, causes.PointAtLine(line))
		if line.Code != exchange.SaidBlocked { // by whom they signed in the line does not say
			m.Detail = ""
			m.Fixes = []string{causes.FixNameUsers, fixAllowKnown, causes.FixAllowAll, fixAllowGroups, fixAllowExisting, causes.FixAddUser}
		}
	}
	m.Missing = []finding.Missing{causes.Missing("the rest of the log, with the lines about requests", causes.HowToReadOAuthLog)}
	return causes.NewFinding(finding.LoginNotAllowed, m, nil)
}

// application is the Hub, with its address where that was seen.
func (c *Case) application() finding.Origin {
	o := finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}
	if s := c.Attempt.Callback(); s != nil && len(s.Hops) > 0 {
		if last := len(s.Hops) - 1; s.Hops.ByAppProxy(last) {
			o.Address = s.Hops[last].To.Address
		}
	}
	return o
}

// answered points at what the Hub answered to a callback, and at the lines of its log.
func (c *Case) answered(s *oauth.Step, codes ...exchange.StatementCode) []finding.Evidence {
	list := []finding.Evidence{causes.PointAt(s.Ref, "answer", strings.TrimSpace(fmt.Sprintf("%d %s", s.Status, s.Message)), "")}
	if line, ok := s.Line(codes...); ok {
		list = append(list, causes.PointAtLine(line))
	}
	return list
}

// states points at the state in the URL of a callback, and at that of its cookie.
func (c *Case) states(s *oauth.Step) []finding.Evidence {
	if s.State.IsZero() {
		return nil
	}
	list := []finding.Evidence{causes.PointAt(s.Ref, "state of the URL", c.Pseudonym(s.State.ID), "")}
	switch s.CookiesState {
	case exchange.Known:
		for _, cookie := range s.Cookies {
			list = append(list, causes.PointAt(s.Ref, "state of the cookie", c.Pseudonym(cookie.State.ID), ""))
		}
	case exchange.Absent:
		list = append(list, causes.PointAt(s.Ref, "Cookie", "", "no cookie "+c.stateCookie()))
	}
	return list
}

// statesEqual compares URL and cookie of a callback; known is false unless both are
// known.
func statesEqual(s *oauth.Step) (equal, known bool) {
	if s.State.IsZero() || s.CookiesState == exchange.Unknown {
		return false, false
	}
	// Of several cookies of one name tornado takes the last (http.cookies).
	n := len(s.Cookies)
	return n > 0 && s.Cookies[n-1].State == s.State, true
}

// The titles of fixes that fit some of a code's cases only.
const (
	fixBeginAgain    = "begin again, in one tab of one browser"
	fixHandCookiesOn = "let the proxy hand cookies on"
	fixOneHost       = "come back to the host name that users begin at"
	fixChartSecret   = "give the chart a fixed secret"
	fixSecretFile    = "keep the secret's file"
	fixNameCallback  = "name the callback"
	fixTellScheme    = "tell the Hub the scheme"
	fixHandHostOn    = "hand Host on"
	fixRegister      = "register the address at the provider"
	fixGoOn          = "try again and go on to the end"
	fixLetUserUse    = "let the user use the client"
	fixAllowKnown    = "let in whomever the authenticator knows"
	fixAllowGroups   = "let groups in"
	fixAllowExisting = "let in the users of the admin page"
	fixNamePattern   = "let the pattern of names fit this one"
	fixPresentSecret = "give the Hub the client's present secret"
)

const (
	howToCaptureHub      = "capture on the Hub's own host or pod: the Hub's requests to the provider are in it, too"
	howToCaptureCallback = "capture on both sides of each proxy in front of the Hub, from the click on the sign-in button on"
)

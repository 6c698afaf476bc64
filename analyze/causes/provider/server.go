// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// serverFamily is the order of a login that a user's server or a service leaves to the
// Hub: the Hub may refuse to send the user back, the server looks at the state, and asks
// the Hub for a token and for the user (JupyterHub 4.0 to 5.5, apihandlers/auth.py and
// services/auth.py).
var serverFamily = causes.Family[*Case]{
	{Code: finding.LoginNotAllowed, Run: serverNotAllowed},
	{Code: finding.OAuthStateMismatch, Run: serverStateMismatch},
	{Code: finding.AppUnavailable, Run: hubUnreachable},
	{Code: finding.APITokenRefused, Run: serverTokenRefused},
}

// decideServer says why a login that was left to the Hub failed.
func decideServer(c *Case) causes.Decision {
	r := serverFamily.Rule(c)
	if r.Match != nil {
		f := r.Finding()
		if meaning, ok := serverMeanings[r.Code]; ok { // the text on the code is on the Hub's own logins
			f.Explanation = strings.TrimSpace(r.Match.Detail + " " + meaning)
		}
		// No provider takes part that anybody could ask for anything.
		f.NotCures = slices.DeleteFunc(slices.Clone(f.NotCures), func(bullet string) bool { return strings.HasPrefix(bullet, causes.IfProvider) })
		f.Fixes = met(f, r.Match)
		return causes.Decision{Finding: f}
	}
	u := r.Undecided()
	if s := c.Attempt.Callback(); s != nil && s.Status >= 500 && s.FromHub() {
		u.Why = fmt.Sprintf("%s answered %d, and does not say to the browser why", c.server(), s.Status)
		u.Missing = []finding.Missing{
			causes.Missing("the reason in the log of the server", howToReadServer(c.Attempt.Server())),
			causes.Missing("what the Hub told the server", "kubectl logs deploy/hub | grep -iE 'oauth|secret mismatch|invalid'"),
		}
	}
	if len(u.Missing) == 0 {
		u.Missing = []finding.Missing{causes.Missing("the words of the server, or of the Hub", howToReadServer(c.Attempt.Server()))}
	}
	return causes.Decision{Undecided: u}
}

// serverMeanings say what happened where the login was not the Hub's own.
var serverMeanings = map[finding.Code]string{
	finding.LoginNotAllowed: "",
	finding.AppUnavailable:  "",
	finding.OAuthStateMismatch: "Before a server sends a browser to the Hub it gives it a random state, once in the address and once in a cookie of its own. " +
		"Back at the server both must be equal. Here they were not, so it answered 403 and asked the Hub nothing. The login at the Hub itself worked.",
}

// server is who left the login to the Hub, in the middle of a sentence.
func (c *Case) server() string { return leftBy(c.Attempt.Server()) }

func leftBy(server string) string {
	if strings.Contains(server, "/services/") {
		return "the service at " + server
	}
	return "the server at " + server
}

// howToReadServer is how its log is got.
func howToReadServer(server string) string {
	if strings.Contains(server, "/services/") {
		return "the log of the service that runs at " + server
	}
	return "kubectl logs of the user's pod, jupyter-NAME, or what the server printed where it runs"
}

// serverNotAllowed matches when the Hub says that the user may not use the server.
func serverNotAllowed(c *Case) causes.Answer {
	s := c.Attempt.RefusedAtProvider()
	switch {
	case s == nil:
		return causes.Excluded("the Hub sent the user back")
	case s.NoAccessSaid():
	case s.Status != 403:
		return causes.Excluded(fmt.Sprintf("the Hub answered %d, not 403", s.Status))
	case !s.FromHub():
		return causes.Open(causes.Missing("who made the 403: it bears no sign of the Hub", "the log of the proxy in front of the Hub, and the Hub's own"))
	default:
		return causes.Open(causes.Missing("the words of the Hub's page", causes.HowToKeepBodies))
	}
	return causes.Matched(causes.Match{
		Confidence: finding.Proven, Origin: c.hubAt(s), Fixes: []string{causes.FixGiveAccess},
		Summary:  "the Hub knows the user, and gives them no access to " + c.server(),
		Detail:   "The login itself worked. A user may open their own server alone, unless a role gives access to others; and a service, only if a role gives access to it.",
		Evidence: c.answered(s, exchange.SaidRefused),
	})
}

// hubAt is the Hub, with its address where it was seen.
func (c *Case) hubAt(s *oauth.Step) finding.Origin {
	o := finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}
	if last := len(s.Hops) - 1; last >= 0 && s.Hops.ByAppProxy(last) {
		o.Address = s.Hops[last].To.Address
	}
	return o
}

// serverStateMismatch matches when the server says that the state does not match; or
// when its 403 answers a callback without the cookie, for it gives that for the state
// alone. Its page has no words, and is recognised as tornado's.
func serverStateMismatch(c *Case) causes.Answer {
	s := c.Attempt.Callback()
	if s == nil {
		return causes.Excluded("nobody was sent back to the server")
	}
	fits, known := anyStateFits(s)
	switch {
	case s.MismatchSaid():
	case s.Status != 403:
		return causes.Excluded(fmt.Sprintf("the server answered %d, and complains of the state with 403", s.Status))
	case known && fits:
		return causes.Excluded("a cookie has the state of the URL")
	case !s.FromHub():
		return causes.Open(causes.Missing("who made the 403", "the log of the server and of the proxies in front of it"))
	}
	var m causes.Match
	switch {
	case known && fits:
		m = c.serverForgot(s)
	case known && len(s.Cookies) > 0:
		m = c.otherState(s)
	default:
		m = c.stateLost(s)
	}
	if !s.MismatchSaid() && !known {
		m.Confidence = finding.Likely
	}
	return causes.Matched(m)
}

// anyStateFits reports whether one of the state cookies of a callback has the state of
// its URL; known is false unless both are known. A server sets several under several
// names.
func anyStateFits(s *oauth.Step) (fits, known bool) {
	if s.State.IsZero() || s.CookiesState == exchange.Unknown {
		return false, false
	}
	for _, cookie := range s.Cookies {
		fits = fits || cookie.State == s.State
	}
	return fits, true
}

// serverForgot is a state that came back, and that the server does not take for its own.
func (c *Case) serverForgot(s *oauth.Step) causes.Match {
	return causes.Match{
		Confidence: finding.Proven, Origin: c.serverOrigin(s), Fixes: []string{fixBeginAgain},
		Summary:  c.server() + " does not take the cookie with the state for one of its own",
		Detail:   "The cookie came with the state of the URL. A server makes up the key that signs its cookies when it starts: it was started again in between, or there are two.",
		Evidence: append(c.answered(s, exchange.SaidOAuthStateMismatch), c.states(s)...),
	}
}

// serverOrigin is the server that took a callback in, with its address where it was seen.
func (c *Case) serverOrigin(s *oauth.Step) finding.Origin {
	o := finding.Origin{Kind: finding.OriginApplication, Party: c.server()}
	if t := c.Attempt.Token; t != nil && len(t.Hops) > 0 {
		o.Address = t.Hops[0].From.Address
	}
	if last := len(s.Hops) - 1; o.Address == "" && last >= 0 && s.Hops.ByAppProxy(last) {
		o.Address = s.Hops[last].To.Address
	}
	return o
}

// hubUnreachable matches when the server says that it does not reach the Hub.
func hubUnreachable(c *Case) causes.Answer {
	s := c.Attempt.Callback()
	switch {
	case s == nil:
		return causes.Excluded("nobody was sent back to the server")
	case !s.HubUnreachableSaid():
		return causes.Answer{}
	}
	return causes.Matched(causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Summary:  c.server() + " cannot reach the Hub, and so cannot ask who the user is",
		Detail:   "Here it is the server that could not reach the Hub: the user came back to it with a code that only the Hub can explain.",
		Evidence: c.answered(s, exchange.SaidRefused), Fixes: []string{causes.FixReachHub},
		Missing: []finding.Missing{causes.Missing("what keeps them apart", "kubectl get networkpolicy -A; from the server's pod: curl -v $JUPYTERHUB_API_URL/")},
	})
}

// serverTokenRefused matches when the Hub does not take the API token that the server
// shows with the user's code.
func serverTokenRefused(c *Case) causes.Answer {
	s, t := c.Attempt.Callback(), c.Attempt.Token
	refused := t != nil && t.Status >= 400 && t.Problem.Code == "invalid_client"
	switch {
	case s == nil && !refused:
		return causes.Excluded("nobody was sent back to the server")
	case t != nil && t.Granted():
		return causes.Excluded("the Hub gave the server a token for the user")
	case !refused && !s.ClientRefusedSaid():
		return causes.Answer{}
	}
	m := causes.Match{
		Confidence: finding.Proven, Fixes: []string{causes.FixNewToken},
		Summary: "the Hub does not know the API token that " + c.server() + " shows",
	}
	if strings.Contains(c.Attempt.Server(), "/services/") {
		m.Fixes = []string{causes.FixSameToken}
	}
	if refused {
		note := "of the Hub to the server"
		if t.Secret != "" {
			m.Evidence = append(m.Evidence, causes.PointAt(t.Ref, "client_secret", c.TokenName(t.Secret), "the API token of the server"))
		}
		m.Evidence = append(m.Evidence, causes.PointAt(t.Ref, "answer", strings.TrimSpace(fmt.Sprintf("%d %s", t.Status, t.Problem.Words())), note))
	}
	m.Origin = finding.Origin{Kind: finding.OriginApplication, Party: c.server()}
	if s != nil {
		m.Origin = c.serverOrigin(s)
		m.Evidence = append(m.Evidence, c.answered(s, exchange.SaidRefused)...)
	} else if len(t.Hops) > 0 {
		m.Origin.Address = t.Hops[0].From.Address
	}
	return causes.Matched(m)
}

// stateCookie names the cookie with the state of a login.
func (c *Case) stateCookie() string {
	if c.Attempt.Server() != "" {
		return "…-oauth-state"
	}
	return oauth.StateCookie
}

// taker and provider are both sides of a round trip, in the middle of a sentence.
func (c *Case) taker() string {
	if c.Attempt.Server() != "" {
		return c.server()
	}
	return proxied.TheHub
}

func (c *Case) provider() string {
	if c.Attempt.Server() != "" {
		return proxied.TheHub
	}
	return "the provider"
}

// howToCapture is where a cookie that was lost shows.
func (c *Case) howToCapture() string {
	if c.Attempt.Server() != "" {
		return "capture on both sides of each proxy in front of the Hub, from the moment on at which the user opens the server"
	}
	return howToCaptureCallback
}

// changed: a proxy gave the cookie with the state another path, or made it one for
// https alone, and the browser did not send it back.
func (c *Case) changed(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil || start.State != s.State || s.Outermost().CookiesState != exchange.Absent {
		return false
	}
	for i := 1; i < len(start.Hops); i++ {
		outer, inner := start.At(i-1), start.At(i)
		if !start.Hops.Adjacent(i) || start.Hops.Translated(i) || inner.Set == nil || outer.Set == nil {
			continue
		}
		if inner.Set.Path == outer.Set.Path && inner.Set.Secure == outer.Set.Secure && inner.Set.Domain == outer.Set.Domain {
			continue
		}
		from := start.Hops[i].From.Address
		m.Origin = roles.OriginAt(start.Hops, i)
		m.Summary = fmt.Sprintf("%s changed the cookie with the state, so that the browser does not send it back", from)
		m.Fixes = []string{causes.FixLeaveCookie}
		m.Evidence = append(m.Evidence,
			causes.PointAt(inner.Ref, "Set-Cookie "+c.stateCookie(), cookieWords(inner.Set), "as it came to this proxy"),
			causes.PointAt(outer.Ref, "Set-Cookie "+c.stateCookie(), cookieWords(outer.Set), "as it went on"))
		return true
	}
	return false
}

// cookieWords are those attributes by which a browser decides whether to send a cookie.
func cookieWords(c *oauth.Cookie) string {
	words := "Path=" + cmp.Or(c.Path, "?")
	if c.Domain != "" {
		words += "; Domain=" + c.Domain
	}
	if c.Secure {
		words += "; Secure"
	}
	return words
}

// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/capture/exchange"
)

// calledMissing: the browser sent the cookie with the state of the address, and the Hub
// calls it missing; whether it reached the Hub was not seen.
func (c *Case) calledMissing(s *oauth.Step, m *causes.Match) bool {
	if !s.CookieMissingSaid() || s.OfServer() || !sentState(s) {
		return false
	}
	m.Summary = "the Hub misses the cookie with the state, which was sent to it"
	m.Detail = "A proxy took the cookie out of the request behind the place where it was seen, or it reached the Hub, which does not take it for one of its own: " +
		"it was signed with another cookie_secret, as before a restart or by another Hub."
	m.Fixes = []string{fixChartSecret, fixSecretFile, fixHandCookiesOn, fixBeginAgain}
	m.Missing = []finding.Missing{causes.Missing("whether the cookie reached the Hub", howToCaptureHub)}
	c.restarted(s, m)
	return true
}

// sentState reports whether a cookie with the state of the URL came with a request, at
// any place where that was seen.
func sentState(s *oauth.Step) bool {
	for _, seen := range s.Seen {
		if slices.ContainsFunc(seen.Cookies, func(cookie oauth.Cookie) bool { return cookie.State == s.State && !s.State.IsZero() }) {
			return true
		}
	}
	return false
}

// notSeenToCome reports whether a request was seen anywhere without a state cookie: then
// none reached the application.
func notSeenToCome(s *oauth.Step) bool {
	return slices.ContainsFunc(s.Seen, func(seen *oauth.Step) bool { return seen.CookiesState == exchange.Absent })
}

// lost is what remains of a lost cookie when nobody was seen to lose it: the fixes that
// may cure it, by what was seen.
func (c *Case) lost(s *oauth.Step, m *causes.Match) {
	if s.OfServer() {
		m.Fixes = []string{fixBeginAgain, fixHandCookiesOn, causes.FixLeaveCookie}
		return
	}
	m.Fixes = []string{fixBeginAgain, fixHandCookiesOn}
	if start := c.Attempt.Start; start == nil || !start.Outermost().Ref.HasEntry || !s.Outermost().Ref.HasEntry {
		m.Fixes = append(m.Fixes, fixOneHost) // a browser's recording has both names, and they are one
	}
	switch {
	case notSeenToCome(s):
	case c.restarted(s, m):
		m.Fixes = append([]string{fixChartSecret, fixSecretFile}, m.Fixes...)
	default:
		m.Fixes = append(m.Fixes, fixChartSecret, fixSecretFile)
	}
}

// elsewhere: one recording shows that a login came back to another host name than it
// began at, for which the browser has no cookie.
func (c *Case) elsewhere(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil || s.OfServer() {
		return false
	}
	set, back := start.Outermost(), s.Outermost()
	switch {
	case set.Ref.Capture != back.Ref.Capture, set.Host == "", back.Host == "", sameHost(set.Host, back.Host), set.Set != nil && set.Set.Domain != "":
		return false
	}
	c.cameBackElsewhere(start, set, back, m)
	return true
}

// restarted adds the line by which the Hub's log says that the Hub was started between
// the beginning of a login and its callback, if there is one.
func (c *Case) restarted(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil {
		return false
	}
	begun, back := start.InLog(), s.InLog()
	if begun == nil || back == nil {
		return false
	}
	line := causes.StartedBetween(begun.Ref, back.Ref)
	if line == nil {
		return false
	}
	m.Evidence = append(m.Evidence, causes.PointAtLine(*line))
	m.Detail = strings.TrimSpace(m.Detail + " The Hub was started again while the user was at the provider: with another cookie_secret it does not know the cookie from before.")
	return true
}

// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/capture/exchange"
)

// notAllowedUntold is said where the Hub's page alone was seen.
const notAllowedUntold = "The Hub's log alone tells why: no rule lets this user in, the user is blocked, or the name is no valid one."

// loginNotAllowed matches when the provider had named the user and the Hub did not let
// them in: in the Hub's words, or by the 403 that comes after all else was in order. A
// proxy can answer 403, too, so the answer must bear a sign of the Hub.
func loginNotAllowed(c *Case) causes.Answer {
	s := c.Attempt.Callback()
	if s == nil {
		return causes.Excluded("nobody was seen to come back to the Hub")
	}
	equal, known := statesEqual(s)
	switch {
	case s.NotAllowedSaid():
		return causes.Matched(c.notAllowed(s, finding.Proven))
	case s.Status != 403:
		return causes.Excluded(fmt.Sprintf("the Hub answered %d, not 403", s.Status))
	case s.NoTokenSaid() || !s.Problem.IsZero():
		return causes.Excluded("the provider did not say who the user is")
	case known && !equal:
		return causes.Excluded("the state of the cookie is not that of the URL")
	case !s.FromHub():
		return causes.Open(causes.Missing("who made the 403: it bears no sign of the Hub", "the log of the proxy in front of the Hub, and the Hub's own"))
	case c.userNamed():
		return causes.Matched(c.notAllowed(s, finding.Proven))
	}
	// A fault of the state would be a 400: whether both are equal adds little.
	m := c.notAllowed(s, finding.Possible)
	if known {
		m.Confidence = finding.Likely
	}
	m.Missing = []finding.Missing{causes.Missing("the Hub's own words", causes.HowToReadOAuthLog)}
	if c.hubLogGiven() {
		m.Missing = []finding.Missing{causes.Missing("the lines of the Hub's log right before this request", "kubectl logs deploy/hub")}
	}
	return causes.Matched(m)
}

// userNamed reports whether the provider was seen to give the Hub a token and the user
// behind it.
func (c *Case) userNamed() bool {
	a := c.Attempt
	return a.Token != nil && a.Token.Granted() && a.UserInfo != nil && a.UserInfo.Status == 200
}

func (c *Case) notAllowed(s *oauth.Step, confidence finding.Confidence) causes.Match {
	m := causes.Match{
		Confidence: confidence, Origin: c.application(),
		Summary:  "the identity provider let the user in, and the Hub does not",
		Detail:   notAllowedUntold,
		Fixes:    []string{causes.FixNameUsers, fixAllowKnown, fixAllowGroups, fixAllowExisting, causes.FixUnblock, fixNamePattern},
		Evidence: c.answered(s, exchange.SaidNotAllowed, exchange.SaidBlocked, exchange.SaidNameInvalid),
	}
	if equal, known := statesEqual(s); known && equal {
		m.Evidence = append(m.Evidence, c.states(s)...)
	}
	if c.userNamed() {
		m.Evidence = append(m.Evidence,
			causes.PointAt(c.Attempt.Token.Ref, "answer", fmt.Sprint(c.Attempt.Token.Status), "the provider gave the Hub a token"),
			causes.PointAt(c.Attempt.UserInfo.Ref, "answer", fmt.Sprint(c.Attempt.UserInfo.Status), "and told it who the user is"))
	}
	c.tellWhich(s, &m)
	for _, again := range c.Attempt.Reloads() {
		m.Evidence = append(m.Evidence, causes.PointAt(again.Ref, "answer", fmt.Sprintf("%d %s", again.Status, again.Message), "the page was loaded again: this answer says nothing of the cause"))
		break
	}
	return m
}

// tellWhich says which rule it was, if the Hub's log tells. Its page is the same for all.
func (c *Case) tellWhich(s *oauth.Step, m *causes.Match) {
	_, blocked := s.Line(exchange.SaidBlocked)
	_, invalid := s.Line(exchange.SaidNameInvalid)
	_, refused := s.Line(exchange.SaidNotAllowed)
	switch {
	case blocked:
		m.Summary = "the identity provider let the user in, and the Hub's list of blocked users names this one"
		m.Detail, m.Fixes = causes.NotAllowedBlocked, []string{causes.FixUnblock}
	case invalid:
		m.Summary = "the identity provider let the user in, and the Hub takes the name for no valid one"
		m.Detail, m.Fixes = "The Hub's log says so: the name does not fit Authenticator.username_pattern.", []string{fixNamePattern}
	case refused:
		m.Summary = "the identity provider let the user in, and no rule of the Hub does"
		m.Detail = causes.NotAllowedByRules
		m.Fixes = slices.DeleteFunc(m.Fixes, func(title string) bool { return title == causes.FixUnblock || title == fixNamePattern })
	default:
		m.Missing = append(m.Missing, causes.Missing("which of these it was", causes.HowToReadOAuthLog))
	}
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/capture/exchange"
)

// loginNotAllowed matches when the provider had named the user and the Hub did not let
// them in: in the Hub's words, or by the 403 that comes after all else was in order. A
// proxy can answer 403, too, so the answer must bear a sign of the Hub.
func loginNotAllowed(c *OAuthCase) answer {
	s := c.Attempt.Callback()
	if s == nil {
		return excluded("nobody was seen to come back to the Hub")
	}
	equal, known := statesEqual(s)
	switch {
	case s.NotAllowedSaid():
		return matched(c.notAllowed(s, finding.Proven))
	case s.Status != 403:
		return excluded(fmt.Sprintf("the Hub answered %d, not 403", s.Status))
	case s.NoTokenSaid() || !s.Problem.IsZero():
		return excluded("the provider did not say who the user is")
	case known && !equal:
		return excluded("the state of the cookie is not that of the URL")
	case !s.FromHub():
		return open(missing("who made the 403: it bears no sign of the Hub", "the log of the proxy in front of the Hub, and the Hub's own"))
	case c.userNamed():
		return matched(c.notAllowed(s, finding.Proven))
	}
	// A fault of the state would be a 400: whether both are equal adds little.
	m := c.notAllowed(s, finding.Possible)
	if known {
		m.confidence = finding.Likely
	}
	m.missing = []finding.Missing{missing("the Hub's own words", howToReadOAuthLog)}
	if c.hubLogGiven() {
		m.missing = []finding.Missing{missing("the lines of the Hub's log right before this request", "kubectl logs deploy/hub")}
	}
	return matched(m)
}

// userNamed reports whether the provider was seen to give the Hub a token and the user
// behind it.
func (c *OAuthCase) userNamed() bool {
	a := c.Attempt
	return a.Token != nil && a.Token.Granted() && a.UserInfo != nil && a.UserInfo.Status == 200
}

func (c *OAuthCase) notAllowed(s *oauth.Step, confidence finding.Confidence) match {
	m := match{
		confidence: confidence, origin: c.application(),
		summary:  "the identity provider let the user in, and no rule of the Hub does",
		fixes:    []string{fixNameUsers, fixAllowKnown, fixAllowGroups, fixAllowExisting},
		evidence: c.answered(s, exchange.SaidNotAllowed, exchange.SaidBlocked, exchange.SaidNameInvalid),
	}
	if equal, known := statesEqual(s); known && equal {
		m.evidence = append(m.evidence, c.states(s)...)
	}
	if c.userNamed() {
		m.evidence = append(m.evidence,
			pointAt(c.Attempt.Token.Ref, "answer", fmt.Sprint(c.Attempt.Token.Status), "the provider gave the Hub a token"),
			pointAt(c.Attempt.UserInfo.Ref, "answer", fmt.Sprint(c.Attempt.UserInfo.Status), "and told it who the user is"))
	}
	if _, blocked := s.Line(exchange.SaidBlocked); blocked {
		m.detail = "The Hub's log says that this user is blocked: the name stands in blocked_users."
		m.fixes = []string{fixUnblock}
	}
	if _, invalid := s.Line(exchange.SaidNameInvalid); invalid {
		m.detail = "The Hub's log says that the name is no valid user name: username_pattern does not fit it."
	}
	for _, again := range c.Attempt.Reloads() {
		m.evidence = append(m.evidence, pointAt(again.Ref, "answer", fmt.Sprintf("%d %s", again.Status, again.Message), "the page was loaded again: this answer says nothing of the cause"))
		break
	}
	return m
}

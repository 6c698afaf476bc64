// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// formNotAllowed matches when the Hub's own log says of this very submit that the
// password was right and no rule lets the user in, or one keeps them out. The answer
// is that to a wrong password, so nothing but the log can tell.
func formNotAllowed(c *Case) causes.Answer {
	if c.Attempt.Kind() != login.KindLogin {
		return causes.Answer{} // nobody asks who may come in
	}
	for _, s := range c.Attempt.Submits() {
		if s.Rejected == nil {
			continue
		}
		m := causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
			Summary:    "the Hub knows the user and the password is right, but no rule lets this user in",
			Detail:     causes.NotAllowedByRules,
			Evidence:   []finding.Evidence{c.answerEvidence(), rejectedEvidence(s.Rejected)},
			Fixes:      []string{causes.FixNameUsers, causes.FixAllowAll, causes.FixAddUser},
		}
		if s.Rejected.Code == exchange.SaidBlocked {
			m.Summary = "the Hub knows the user and the password is right, but its list of blocked users names this one"
			m.Fixes = []string{causes.FixUnblock}
			m.Detail = causes.NotAllowedBlocked
		}
		return causes.Matched(m)
	}
	return causes.Answer{}
}

// rejectedEvidence points at the Hub's line. The name in it is the user's, and people
// need it to mend the list.
func rejectedEvidence(said *exchange.Statement) finding.Evidence {
	return causes.PointAt(said.Ref, "log", said.Text, "of this submit")
}

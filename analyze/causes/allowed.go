// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// formNotAllowed matches when the Hub's own log says of this very submit that the
// password was right and no rule lets the user in, or one keeps them out. The answer
// is that to a wrong password, so nothing but the log can tell.
func formNotAllowed(c *Case) answer {
	if c.Attempt.Kind() != login.KindLogin {
		return answer{} // nobody asks who may come in
	}
	for _, s := range c.Attempt.Submits() {
		if s.Rejected == nil {
			continue
		}
		m := match{
			confidence: finding.Proven,
			origin:     finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
			summary:    "the Hub knows the user and the password is right, but no rule lets this user in",
			evidence:   []finding.Evidence{c.answerEvidence(), rejectedEvidence(s.Rejected)},
			fixes:      []string{fixNameUsers, fixAllowAll, fixAddUser},
		}
		if s.Rejected.Code == exchange.SaidBlocked {
			m.summary = "the Hub knows the user and the password is right, but its list of blocked users names this one"
			m.fixes = []string{fixUnblock}
			m.detail = "The user is in Authenticator.blocked_users, which outweighs every rule that lets somebody in."
		}
		return matched(m)
	}
	return answer{}
}

// rejectedEvidence points at the Hub's line. The name in it is the user's, and people
// need it to mend the list.
func rejectedEvidence(said *exchange.Statement) finding.Evidence {
	return pointAt(said.Ref, "log", said.Text, "of this submit")
}

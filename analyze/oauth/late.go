// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
)

// withoutLate takes out attempts that are another one's late answer: a proxy gave up on
// the application and told the browser so, and the application finished its work and
// logged an answer that nobody got. The line is kept with the attempt.
func (a *assembly) withoutLate() {
	a.attempts = slices.DeleteFunc(a.attempts, func(late *Attempt) bool {
		s := late.Callback()
		if s == nil || !s.Ref.HasLine || len(s.Seen) != 1 || !s.fromHub || len(late.Callbacks) > 1 {
			return false
		}
		var given []*Attempt
		for _, one := range a.attempts {
			if c := one.Callback(); c != nil && c.givenUp() && c.Path == s.Path && hops.AtOneTime(c.Time, s.Time) {
				given = append(given, one)
			}
		}
		if len(given) != 1 {
			return false
		}
		given[0].Late = s
		return true
	})
}

// givenUp reports whether a gateway answered for an application that did not (RFC 9110,
// 15.6).
func (s *Step) givenUp() bool {
	return !s.FromHub() && (s.Status == 502 || s.Status == 503 || s.Status == 504)
}

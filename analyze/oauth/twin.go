// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
)

// withoutTwins puts the line of a Hub's log, which hides the state, to the callback that
// the log of a proxy in front of it tells of. Two logs have nothing in common but path,
// answer and time; so it must be the only one.
func (a *assembly) withoutTwins() {
	a.attempts = slices.DeleteFunc(a.attempts, func(twin *Attempt) bool {
		s := twin.Callback()
		if s == nil || !twin.State.IsZero() || !s.Ref.HasLine || !s.fromHub || len(twin.Callbacks) > 1 {
			return false
		}
		var found []*Attempt
		for _, one := range a.attempts {
			if c := one.Callback(); c != nil && c.isLineOfProxy() && c.Path == s.Path && c.Status == s.Status && hops.AtOneTime(c.Time, s.Time) {
				found = append(found, one)
			}
		}
		if len(found) != 1 {
			return false
		}
		found[0].take(twin)
		return true
	})
}

// isLineOfProxy reports whether nothing but logs of proxies tell of a request.
func (s *Step) isLineOfProxy() bool {
	return !s.fromHub && !slices.ContainsFunc(s.Seen, func(seen *Step) bool { return !seen.Ref.HasLine || seen.fromHub })
}

// take adds what another attempt knows that is the same one.
func (a *Attempt) take(twin *Attempt) {
	c, s := a.Callback(), twin.Callback()
	c.fillFrom(s)
	c.Seen = append(slices.Clone(c.Seen), s.Seen...)
	if a.Start == nil {
		a.Start = twin.Start
	}
}

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
		s := twin.end()
		if s == nil || twin.Start != nil && !twin.Start.State.IsZero() || !s.Ref.HasLine || !s.fromHub || len(twin.Callbacks) > 1 {
			return false
		}
		var found []*Attempt
		for _, one := range a.attempts {
			if c := one.end(); c != nil && one != twin && c.isLineOfProxy() && c.Path == s.Path && c.Status == s.Status && hops.AtOneTime(c.Time, s.Time) {
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

// end is the request by which it was decided; nil if none was seen.
func (a *Attempt) end() *Step {
	if s := a.Callback(); s != nil {
		return s
	}
	return a.RefusedAtProvider()
}

// isLineOfProxy reports whether nothing but logs of proxies tell of a request.
func (s *Step) isLineOfProxy() bool {
	return !s.fromHub && !slices.ContainsFunc(s.Seen, func(seen *Step) bool { return !seen.Ref.HasLine || seen.fromHub })
}

// ByProxyAlone reports whether nothing but the log of a proxy tells of the end, and that
// was no refusal: such a log does not say whether somebody is logged in.
func (a *Attempt) ByProxyAlone() bool {
	s := a.end()
	return s != nil && s.Status < 400 && s.isLineOfProxy()
}

// take adds what another attempt knows that is the same one.
func (a *Attempt) take(twin *Attempt) {
	c, s := a.end(), twin.end()
	c.fillFrom(s)
	c.Seen = append(slices.Clone(c.Seen), s.Seen...)
	if a.Start == nil {
		a.Start = twin.Start
	}
}

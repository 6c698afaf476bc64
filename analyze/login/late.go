// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/hops"
)

// withoutLate takes out attempts that are another one's late answer: a proxy gave up
// on the application and told the client so, and the application finished its work
// and logged an answer that nobody got. The line is kept with the attempt.
func withoutLate(attempts []*Attempt) []*Attempt {
	return slices.DeleteFunc(attempts, func(late *Attempt) bool {
		if !late.Submit.IsLogged() || len(late.Submits()) > 1 || !late.Submit.fromApplicationsLog {
			return false
		}
		var given []*Attempt
		for _, a := range attempts {
			if a.givenUp() && a.Submit.Path == late.Submit.Path && hops.AtOneTime(a.Submit.Time, late.Submit.Time) {
				given = append(given, a)
			}
		}
		if len(given) != 1 {
			return false
		}
		given[0].Late = late.Submit
		return true
	})
}

// givenUp reports whether a gateway answered for an application that did not (RFC
// 9110, 15.6).
func (a *Attempt) givenUp() bool {
	s := a.Submit
	return !s.IsLogged() && !s.FromHub() && (s.Status == 502 || s.Status == 503 || s.Status == 504)
}

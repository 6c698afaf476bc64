// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// What is kept of an input, however long it is. Somebody who tries passwords makes
// thousands of logins, and a probe asks for the page every second; neither may take
// the memory of the machine. A login that is reported takes about 8 KB.
const (
	mostSteps   = 8_000
	reviewEvery = 256
)

// retention decides which steps are kept, and knows of each capture what was not.
type retention struct {
	latest map[*exchange.Capture]time.Time
	added  int // since the last review
	passed map[*exchange.Capture]int
}

// retain makes room for a step and reports whether there is any. Pages that nobody
// submitted within keepSteps go first, by the clock of their own capture.
func (a *Analyzer) retain(s *login.Step) bool {
	r := &a.retention
	if r.latest == nil {
		r.latest, r.passed = map[*exchange.Capture]time.Time{}, map[*exchange.Capture]int{}
	}
	if s.Time.After(r.latest[s.Ref.Capture]) {
		r.latest[s.Ref.Capture] = s.Time
	}
	if r.added++; r.added >= reviewEvery {
		r.added = 0
		a.steps = login.WithoutUnused(a.steps, r.old, func(s *login.Step) { delete(a.selector.named, s) })
	}
	if len(a.steps) < mostSteps {
		return true
	}
	r.passed[s.Ref.Capture]++
	return false
}

// old reports whether a step lies so far back in its capture that its form must have
// been given up.
func (r *retention) old(s *login.Step) bool {
	return r.latest[s.Ref.Capture].Sub(s.Time) > keepSteps
}

// note says how many requests of a capture were not looked at.
func (r *retention) note(c *exchange.Capture) (finding.Note, bool) {
	return passedNote(r.passed[c], "at login pages", mostSteps)
}

// passedNote says that n requests were not looked at, after the most that are; ok is
// false if all were.
func passedNote(n int, which string, most int) (note finding.Note, ok bool) {
	if n == 0 {
		return finding.Note{}, false
	}
	return finding.Note{Code: exchange.NoteLimit, Text: fmt.Sprintf(
		"%s %s were not looked at, after %d others: split the capture, such as with editcap -A and -B",
		plural(n, "request"), which, most)}, true
}

// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
)

// LoopSeen are the rounds of one client that was sent to the login again and again.
type LoopSeen struct {
	Rounds   int
	Took     time.Duration  // from the first round to the last
	Cause    finding.Code   // why the first of them failed; "" if that is undecided
	Origin   finding.Origin // of that cause
	Evidence []finding.Evidence
}

// Loop is the finding on them. It is a symptom: the cause stands beside it, and so do
// the fixes unless it is undecided.
func Loop(l LoopSeen) finding.Finding {
	text, _ := causes.Lookup(finding.LoginLoop)
	f := finding.Finding{
		Code: finding.LoginLoop, Severity: text.Severity, Confidence: finding.Proven, Origin: l.Origin,
		Summary:  fmt.Sprintf("the browser was sent to the login %d times within %s, and each token that it got there was of no use", l.Rounds, causes.Rounded(max(l.Took, time.Second))),
		Evidence: l.Evidence, Rejected: []finding.Rejected{}, Missing: []finding.Missing{}, Fixes: []finding.Fix{},
	}
	if l.Cause == "" {
		f.Explanation, f.Fixes, f.NotCures = causes.Explanation("", text), text.Fixes, text.NoHelp
	}
	return f
}

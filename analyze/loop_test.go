// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// A loop is said of exactly the recordings in which the lab saw one, and by the
// browser's own recording, too.
func TestLoopsEqualTruth(t *testing.T) {
	seen := 0
	for _, truth := range otherTruths(t) {
		wanted := false
		for _, l := range truth.Logins {
			wanted = wanted || slices.Contains(l.Notes, "login-loop")
		}
		for _, p := range partsOf(truth) {
			report := diagnosePart(t, truth, p)
			loop := slices.ContainsFunc(report.Findings, func(f finding.Finding) bool { return f.Code == finding.LoginLoop })
			switch {
			case loop && !wanted:
				t.Errorf("%s, %s: a loop that was none", truth.Scenario, p.name)
			case !loop && wanted && (p.name == everything || p.kind == "har" || p.host == "client"):
				t.Errorf("%s, %s: no loop was seen", truth.Scenario, p.name)
			}
			if loop {
				seen++
			}
		}
	}
	if seen < 9 {
		t.Errorf("only %d parts show a loop", seen)
	}
}

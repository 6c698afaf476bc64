// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"slices"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

// TestTrueCauseStaysPossible holds what a report leaves open or rules out to what really
// happened: whatever part of a recording is read, causes that are called possible hold the
// true one, and those that are excluded do not.
func TestTrueCauseStaysPossible(t *testing.T) {
	t.Parallel()
	truths, err := fixtures.LoadTruths(committedFixtures)
	if err != nil {
		t.Fatal(err)
	}
	possible, ruledOut := 0, 0
	for _, truth := range truths {
		for _, p := range partsOf(truth) {
			if len(p.files) == 0 {
				continue
			}
			t.Run(truth.Kind()+"/"+truth.Scenario+"/"+p.name, func(t *testing.T) {
				report := diagnosePart(t, truth, p)
				for i := range report.Logins {
					open, out := holdToPossible(t, truth, &report.Logins[i])
					possible, ruledOut = possible+open, ruledOut+out
				}
			})
		}
	}
	if possible < 100 || ruledOut < 100 {
		t.Errorf("only %d lists of possible causes and %d of excluded ones were held to the truth", possible, ruledOut)
	}
}

// holdToPossible returns how many lists the report on a login has of causes that are
// possible, and of those that are not.
func holdToPossible(t *testing.T, truth fixtures.Truth, l *finding.Login) (possible, ruledOut int) {
	t.Helper()
	wanted := codesAt(truth, l.Time.Time)
	if len(wanted) == 0 {
		return 0, 0
	}
	if u := l.Undecided; u != nil {
		if len(u.Between) > 0 {
			possible++
			if !slices.ContainsFunc(wanted, func(code finding.Code) bool { return slices.Contains(u.Between, code) }) {
				t.Errorf("%s: possible are %v, and the truth is %v", l.ID, u.Between, wanted)
			}
		}
		ruledOut += holdToRejected(t, l, u.Rejected, wanted)
	}
	for _, f := range l.Findings {
		ruledOut += holdToRejected(t, l, f.Rejected, wanted)
	}
	return possible, ruledOut
}

func holdToRejected(t *testing.T, l *finding.Login, rejected []finding.Rejected, wanted []finding.Code) int {
	t.Helper()
	for _, r := range rejected {
		if len(wanted) == 1 && r.Code == wanted[0] {
			t.Errorf("%s: rules out %s, which is the truth: %s", l.ID, r.Code, r.Why)
		}
	}
	return min(len(rejected), 1)
}

// codesAt are the causes of the logins that a recording has about that time; of all its
// failed ones, if none is near. Clocks of logs have whole seconds.
func codesAt(truth fixtures.Truth, at time.Time) []finding.Code {
	const near = 2 * time.Second
	var all, here []finding.Code
	for _, l := range truth.Logins {
		code := finding.Code(l.Cause)
		if code == "" {
			continue
		}
		if !slices.Contains(all, code) {
			all = append(all, code)
		}
		if !l.Submit.Time.IsZero() && l.Submit.Time.Sub(at).Abs() < near && !slices.Contains(here, code) {
			here = append(here, code)
		}
	}
	if len(here) > 0 {
		return here
	}
	return all
}

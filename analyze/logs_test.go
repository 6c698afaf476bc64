// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

// hubLog is the Hub's own log of a recording; nil if nothing reached the Hub.
func hubLog(t *testing.T, truth fixtures.Truth) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(truth.Dir, "hub.log"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// said is what a report says of its logins: all that a log beside the captures may
// not change.
func said(report *finding.Report) (list []string) {
	for _, l := range report.Logins {
		words := string(l.Outcome)
		if f := l.CauseFinding(); f != nil {
			words += " " + string(f.Code) + " " + string(f.Origin.Kind) + " " + f.Origin.Address
		}
		list = append(list, words)
	}
	return list
}

// The Hub's own log beside the captures is one more view of the same logins, in any
// order of the files: nothing else comes out, and the address that it has is the
// one of the truth.
func TestLogBesideCaptures(t *testing.T) {
	t.Parallel()
	for _, truth := range loadTruths(t) {
		log := hubLog(t, truth)
		if len(log) == 0 {
			continue
		}
		t.Run(truth.Scenario, func(t *testing.T) {
			var all []file
			for _, in := range inputsOf(t, truth) {
				if in.name == everything {
					all = in.files
				}
			}
			want := said(diagnose(t, all, quick(t, truth)))
			for _, files := range [][]file{append(slices.Clone(all), file{"hub.log", log}), append([]file{{"hub.log", log}}, all...)} {
				report := diagnose(t, files, quick(t, truth))
				if got := said(report); !slices.Equal(got, want) {
					t.Errorf("with the log\n%q\nwithout\n%q", got, want)
				}
				for i, l := range report.Logins {
					logged := l.Steps[len(l.Steps)-1].ClientIP.AppSaw.Logged.Value
					if saw := truth.Logins[i].Submit.ClientIP.AppSaw; logged != saw {
						t.Errorf("%s: the log has %q, the report %q", l.ID, saw, logged)
					}
				}
			}
		})
	}
}

// A log alone gives the outcome, and accuses nobody of what did not happen.
func TestLogAlone(t *testing.T) {
	decided := 0
	for _, truth := range loadTruths(t) {
		log := hubLog(t, truth)
		if len(log) == 0 {
			continue
		}
		t.Run(truth.Scenario, func(t *testing.T) {
			report := diagnose(t, []file{{"hub.log", log}}, quick(t, truth))
			if len(report.Logins) != len(truth.Logins) {
				t.Fatalf("%d logins, the truth has %d", len(report.Logins), len(truth.Logins))
			}
			for i, l := range report.Logins {
				if string(l.Outcome) != truth.Logins[i].Outcome {
					t.Errorf("%s: %s, the truth is %s", l.ID, l.Outcome, truth.Logins[i].Outcome)
				}
				// identity-changed names no party: a log shows no hop.
				f := l.CauseFinding()
				if f != nil && string(f.Code) != truth.Logins[i].Cause && f.Code != finding.XSRFIdentityChanged {
					t.Errorf("%s: accuses %s, the truth is %q", l.ID, f.Code, truth.Logins[i].Cause)
				}
				if f != nil {
					decided++
				}
			}
		})
	}
	if decided < 20 {
		t.Errorf("only %d causes were decided", decided)
	}
}

// A log of another day, or of other logins, is not taken for one of the captures'.
func TestLogOfAnotherHub(t *testing.T) {
	truths := loadTruths(t)
	find := func(scenario string) fixtures.Truth {
		i := slices.IndexFunc(truths, func(truth fixtures.Truth) bool { return truth.Scenario == scenario })
		if i < 0 {
			t.Skipf("no recording %s here", scenario)
		}
		return truths[i]
	}
	for capture, log := range map[string]string{
		"wrong-password-5.5.4":          "cookie-path-rewritten-4.1.6",
		"submit-to-other-host-4.1.6":    "client-ipv6-then-ipv4-4.1.6",
		"node-snat-two-nodes-4.1.6":     "client-ipv6-then-ipv4-4.1.6",
		"two-ingresses-x-real-ip-4.1.6": "healthy-4.1.6",
	} {
		t.Run(capture+" with the log of "+log, func(t *testing.T) {
			packets, err := os.ReadFile(filepath.Join(find(capture).Dir, "hub.pcap"))
			if err != nil {
				t.Fatal(err)
			}
			report := diagnose(t, []file{{"hub.pcap", packets}, {"hub.log", hubLog(t, find(log))}}, quick(t, find(capture)))
			if len(report.Logins) != 2 {
				t.Errorf("%d logins, want 2", len(report.Logins))
			}
		})
	}
}

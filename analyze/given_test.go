// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// allMissing is everything that a report asks for, in words.
func allMissing(report *finding.Report) (list []string) {
	add := func(missing []finding.Missing) {
		for _, m := range missing {
			list = append(list, m.What+": "+m.How)
		}
	}
	for _, l := range report.Logins {
		if l.Undecided != nil {
			add(l.Undecided.Missing)
		}
	}
	for _, f := range concluded(report) {
		add(f.Missing)
	}
	return list
}

// never are words of advice that make no sense to who gave logs alone, and those that
// send people for what they have given, by the beginning of its name.
var never = map[string][]string{
	"":               {"keep all entries", "record whole packets (tcpdump -s 0)", "sensitive data", "tick Preserve log, or record with Playwright"},
	"ingress.access": {"the access and error log of each proxy"},
	"ingress.log":    {"the access and error log of each proxy", "error log"},
	"hub":            {"kubectl logs deploy/hub | grep"},
}

// What is missing fits what was given.
func TestMissingFitsLogs(t *testing.T) {
	asked := 0
	for _, truth := range otherTruths(t) {
		for _, p := range partsOf(truth) {
			if p.kind != "log" || len(p.files) == 0 {
				continue
			}
			for _, text := range allMissing(diagnosePart(t, truth, p)) {
				asked++
				for beginning, words := range never {
					for _, word := range words {
						if strings.HasPrefix(p.name, beginning) && strings.Contains(text, word) {
							t.Errorf("%s/%s: %s", truth.Scenario, p.name, text)
						}
					}
				}
			}
		}
	}
	if asked < 50 {
		t.Errorf("only %d things were asked for", asked)
	}
}

// The logs of everybody on the way tell of one login once, and what the innermost of
// them says of it stands.
func TestLogsTogetherTellOfOneLogin(t *testing.T) {
	seen := 0
	for _, truth := range otherTruths(t) {
		if truth.Kind() != "site" {
			continue
		}
		for _, p := range partsOf(truth) {
			if p.name != allLogs || len(p.files) < 2 || strings.Contains(truth.Scenario, "timeout") {
				continue // the Hub answered something else, when nobody waited any more
			}
			seen++
			if report := diagnosePart(t, truth, p); len(report.Logins) > len(truth.Logins) {
				t.Errorf("%s: %d logins were %d: %s", truth.Scenario, len(truth.Logins), len(report.Logins), report.Summary)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d recordings have several logs", seen)
	}
	for _, scenario := range []string{"haproxy-login-below-limit-5.5.4", "user-allowed-wrong-password-5.5.4"} {
		report := onePart(t, scenario, allLogs)
		if found := accused(report); len(found) != 1 || found[0].Code != finding.LoginRefused {
			t.Errorf("%s: %s", scenario, report.Summary)
		}
	}
}

// A proxy's log tells that the answer came from the server behind it.
func TestProxysLogTellsWhoAnswered(t *testing.T) {
	report := onePart(t, "user-allowed-wrong-password-5.5.4", "ingress.access.log")
	if len(report.Logins) != 1 || report.Logins[0].Undecided == nil || !strings.Contains(report.Logins[0].Undecided.Why, "10.244.1.9:8000, to which it passed the form, answered 403") {
		t.Errorf("%+v", report.Logins)
	}
}

// A Hub's log names the Hub's version where it says so, and no other log does.
func TestVersionOfTheHubsLog(t *testing.T) {
	for scenario, want := range map[string]string{"hub-restarted-in-time-5.5.4": "5.5.4", "user-allowed-wrong-password-5.5.4": ""} {
		report := onePart(t, scenario, "hub.log")
		if len(report.Logins) != 1 || report.Logins[0].Application.Version != want || want != "" && len(report.Logins[0].Application.Evidence) == 0 {
			t.Errorf("%s: %+v", scenario, report.Logins)
		}
	}
}

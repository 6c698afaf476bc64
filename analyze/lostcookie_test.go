// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

const (
	recipeBegin, recipeHand, recipeHost = "begin again", "let the proxy hand cookies on", "come back to the host name"
	recipeChart, recipeFile             = "give the chart a fixed secret", "keep the secret's file"
)

// A recipe for a state that was lost is printed where it can cure what the input shows.
func TestRecipesForLostStatesFitTheirInput(t *testing.T) {
	t.Parallel()
	everything := []string{recipeBegin, recipeHand, recipeHost, recipeChart, recipeFile}
	for _, c := range []struct {
		scenario, file string
		want           []string
	}{
		// No cookie came to the Hub, so its secret is not at fault.
		{"oauth-state-other-browser-5.2.1", "chp.pcap", []string{recipeBegin, recipeHand, recipeHost}},
		{"oauth-state-other-browser-5.2.1", "client.devtools.har", []string{recipeBegin, recipeHand, recipeHost}},
		// A log shows neither cookies nor hosts.
		{"oauth-state-other-browser-5.2.1", "hub.log", everything},
		// A sanitized recording shows hosts, and no cookies.
		{"oauth-state-cookie-dropped-5.2.1", "client.devtools-sanitized.har", []string{recipeBegin, recipeHand, recipeChart, recipeFile}},
		{"oauth-callback-at-other-name-5.2.1", "chp.pcap", []string{recipeHost}},
		{"oauth-callback-at-other-name-5.2.1", "client.devtools-sanitized.har", []string{recipeHost}},
		// The cookie that came is the right one; the log tells of the restart.
		{"oauth-hub-restarted-new-secret-4.1.6", "hub.pcap", []string{recipeChart, recipeFile, recipeBegin}},
		{"oauth-hub-restarted-new-secret-4.1.6", "client.playwright.har", []string{recipeChart, recipeFile, recipeHand, recipeBegin}},
		{"oauth-hub-restarted-new-secret-4.1.6", "hub.log", []string{recipeChart, recipeFile, recipeBegin, recipeHand, recipeHost}},
	} {
		truth := otherTruth(t, c.scenario)
		report := diagnosePart(t, truth, part{name: c.file, files: []string{c.file}})
		var got []string
		for _, f := range accused(report) {
			for _, fix := range f.Fixes {
				got = append(got, fix.Title)
				if fix.Tried == "" {
					t.Errorf("%s/%s: %q was not tried", c.scenario, c.file, fix.Title)
				}
			}
		}
		if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s/%s: recipes %q, want %q", c.scenario, c.file, got, c.want)
		}
	}
}

// What the log of a Hub tells of its restart is said, also where an earlier callback may be
// unseen: who reads the line among the proof reads why it is there.
func TestRestartInTheLogIsSaidOfALostState(t *testing.T) {
	t.Parallel()
	for scenario, said := range map[string]bool{"oauth-hub-restarted-new-secret-4.1.6": true, "oauth-state-other-browser-5.2.1": false} {
		list := accused(diagnosePart(t, otherTruth(t, scenario), part{files: []string{"hub.log"}}))
		if len(list) != 1 {
			t.Fatalf("%s: %d accusations", scenario, len(list))
		}
		f := list[0]
		if proof := slices.ContainsFunc(f.Evidence, func(e finding.Evidence) bool { return strings.Contains(e.Value, "Running JupyterHub") }); proof != said {
			t.Errorf("%s: the start among the proof: %v", scenario, proof)
		}
		if strings.Contains(f.Explanation, "started again while the user was at the provider") != said || !strings.Contains(f.Explanation, "Not all of this login was seen") {
			t.Errorf("%s: %s", scenario, f.Explanation)
		}
	}
}

// Where a callback is at an address of the site's own, Host comes first.
func TestCallbackOfInsideNamesHost(t *testing.T) {
	t.Parallel()
	for scenario, first := range map[string]string{
		"oauth-host-not-handed-on-5.2.1": "hand Host on", "oauth-redirect-not-registered-5.2.1": "name the callback",
	} {
		report := diagnosePart(t, otherTruth(t, scenario), part{files: []string{"client.playwright.har"}})
		for _, f := range accused(report) {
			if f.Fixes[0].Title != first || f.Origin.Kind != finding.OriginUnknown {
				t.Errorf("%s: the first recipe is %q and the origin %q", scenario, f.Fixes[0].Title, f.Origin.Kind)
			}
		}
		if len(accused(report)) != 1 {
			t.Errorf("%s: %s", scenario, report.Summary)
		}
	}
}

func otherTruth(t *testing.T, scenario string) fixtures.Truth {
	t.Helper()
	for _, truth := range otherTruths(t) {
		if truth.Scenario == scenario {
			return truth
		}
	}
	t.Fatalf("no recording %s", scenario)
	return fixtures.Truth{}
}

// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/fixtures"
)

const committedFixtures = "../fixtures"

// Recordings made a moment ago are held to their truth by
// go test ./analyze -args -fixtures DIR.
var fixturesDir = flag.String("fixtures", committedFixtures, "folder with the recordings to diagnose")

func loadTruths(t testing.TB) []fixtures.Truth {
	t.Helper()
	truths, err := fixtures.LoadTruths(*fixturesDir)
	if err != nil {
		t.Fatal(err)
	}
	if *fixturesDir == committedFixtures && len(truths) < 19 {
		t.Fatalf("only %d fixtures were found", len(truths))
	}
	return truths
}

// TestDiagnosisEqualsTruth holds the report on every recording, whole and cut to
// the submit alone, to what the Hub's own log said.
func TestDiagnosisEqualsTruth(t *testing.T) {
	for _, truth := range loadTruths(t) {
		for _, in := range inputs {
			t.Run(truth.Scenario+"/"+in.name, func(t *testing.T) {
				report := diagnose(t, recording(t, truth, in), analyze.Options{})
				compare(t, report, truth, expect(truth, in))
			})
		}
	}
}

// With the client's address named, addresses of logins that passed are known too,
// and the cause stays what it is.
func TestDiagnosisWithClientAddress(t *testing.T) {
	for _, truth := range loadTruths(t) {
		for _, in := range inputs {
			if in.onlyPost {
				continue // says no more than above, and its searches take long
			}
			t.Run(truth.Scenario+"/"+in.name, func(t *testing.T) {
				options := analyze.Options{ClientAddresses: []string{truth.Logins[0].Form.ClientIP.True}}
				report := diagnose(t, recording(t, truth, in), options)
				in.clientSeen = true
				compare(t, report, truth, expect(truth, in))
			})
		}
	}
}

func compare(t *testing.T, report *finding.Report, truth fixtures.Truth, want expectation) {
	t.Helper()
	if len(report.Logins) != len(truth.Logins) {
		t.Fatalf("%d logins, the truth has %d", len(report.Logins), len(truth.Logins))
	}
	holdToSchema(t, report)
	got := whatItSays(&report.Logins[0])
	if got != want {
		t.Errorf("\n got %+v\nwant %+v\n%s", got, want, explainUndecided(&report.Logins[0]))
	}
	if report.Logins[0].Application.Version != truth.Application.Version {
		t.Errorf("version %q, want %q", report.Logins[0].Application.Version, truth.Application.Version)
	}
	if want.outcome != finding.Succeeded {
		return
	}
	for _, f := range append(report.Findings, report.Logins[0].Findings...) {
		if f.Severity == finding.Error {
			t.Errorf("a healthy login has the error finding %s", f.Code)
		}
	}
	if report.Verdict != finding.Pass {
		t.Errorf("the verdict on a healthy login is %s", report.Verdict)
	}
}

func whatItSays(l *finding.Login) expectation {
	says := expectation{outcome: l.Outcome}
	if f := l.CauseFinding(); f != nil {
		says.cause = f.Code
	}
	for _, s := range l.Steps {
		switch s.Role {
		case finding.RoleForm:
			says.form = s.ClientIP.AppSaw.Value
		case finding.RoleSubmit:
			says.submit = s.ClientIP.AppSaw.Value
		}
	}
	return says
}

func explainUndecided(l *finding.Login) string {
	if l.Undecided == nil {
		return ""
	}
	return "undecided: " + l.Undecided.Why
}

// diagnose analyzes one HAR as the command line does.
func diagnose(t testing.TB, har []byte, options analyze.Options) *finding.Report {
	t.Helper()
	a := analyze.New(options)
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	if err := loader.Read(t.Context(), "recording.har", bytes.NewReader(har)); err != nil {
		t.Fatal(err)
	}
	return a.Close(t.Context(), loader.Close())
}

// recording reads an input of a fixture, cut as the input says.
func recording(t testing.TB, truth fixtures.Truth, in input) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(truth.Dir, in.file))
	if err != nil {
		t.Fatal(err)
	}
	if !in.onlyPost {
		return data
	}
	return keepPosts(t, data)
}

// keepPosts cuts a HAR down to the entry of the submit, as a user does who
// copies the failed request alone.
func keepPosts(t testing.TB, data []byte) []byte {
	t.Helper()
	var har struct {
		Log struct {
			Version jsontext.Value   `json:"version"`
			Creator jsontext.Value   `json:"creator"`
			Pages   jsontext.Value   `json:"pages,omitzero"`
			Entries []jsontext.Value `json:"entries"`
		} `json:"log"`
	}
	if err := json.Unmarshal(data, &har); err != nil {
		t.Fatal(err)
	}
	var posts []jsontext.Value
	for _, entry := range har.Log.Entries {
		var e struct {
			Request struct {
				Method string `json:"method"`
			} `json:"request"`
		}
		if err := json.Unmarshal(entry, &e); err != nil {
			t.Fatal(err)
		}
		if e.Request.Method == "POST" {
			posts = append(posts, entry)
		}
	}
	if len(posts) != 1 {
		t.Fatalf("%d POST entries, want 1", len(posts))
	}
	har.Log.Entries = posts
	cut, err := json.Marshal(har)
	if err != nil {
		t.Fatal(err)
	}
	return cut
}

// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/fixtures"
)

// tokenInputs are the parts of a recording of Airflow that are analyzed, by the
// beginnings of their file names. Only the whole with the servers' logs carries
// every cause: a signature, an issuer and an audience are refused alike.
var tokenInputs = map[string][]string{
	"everything":   {"client.pcap", "client.playwright", "ingress", "api"},
	"traffic":      {"client.pcap", "client.playwright", "ingress", "apiA.pcap", "apiB.pcap"},
	"logs":         {"apiA.log", "apiB.log"},
	"client":       {"client.pcap"},
	"browser":      {"client.playwright"},
	"ingress":      {"ingress"},
	"one server":   {"apiA.pcap"},
	"other server": {"apiB.pcap", "apiB.log"},
}

// undecidedYet are scenarios whose cause logintrace does not know.
var undecidedYet = []string{}

func tokenTruths(t *testing.T) []fixtures.Truth {
	t.Helper()
	truths, err := fixtures.LoadTruths(committedFixtures)
	if err != nil {
		t.Fatal(err)
	}
	truths = slices.DeleteFunc(truths, func(truth fixtures.Truth) bool { return truth.Application.Name != "airflow" })
	if len(truths) < 20 {
		t.Fatalf("only %d recordings of Airflow were found", len(truths))
	}
	return truths
}

// No part of a recording accuses anybody of what did not happen, and the whole
// names the cause and the party.
func TestTokensEqualTruth(t *testing.T) {
	for _, truth := range tokenTruths(t) {
		for name, beginnings := range tokenInputs {
			t.Run(truth.Scenario+"/"+name, func(t *testing.T) {
				report, ok := diagnoseFiles(t, truth, beginnings)
				if !ok {
					return // nothing of that kind was recorded
				}
				holdToSchema(t, report)
				causes := causesOf(truth)
				named := false
				for _, l := range report.Logins {
					f := l.CauseFinding()
					if f == nil {
						continue
					}
					if !slices.Contains(causes, string(f.Code)) {
						t.Errorf("accuses %s, the truth is %v", f.Code, causes)
					}
					named = named || rightOrigin(truth, f.Origin)
				}
				if name == "everything" && len(causes) > 0 && !named && !slices.Contains(undecidedYet, truth.Scenario) {
					t.Errorf("no login with %v of %v", causes, truth.Logins[0].Origin)
				}
				if len(causes) == 0 && report.Verdict == finding.Fail {
					t.Errorf("fails a healthy login: %s", report.Summary)
				}
			})
		}
	}
}

func causesOf(truth fixtures.Truth) (causes []string) {
	for _, l := range truth.Logins {
		if l.Cause != "" {
			causes = append(causes, l.Cause)
		}
	}
	return causes
}

// rightOrigin reports whether an origin is the one of the truth; one of several
// tokens may have met one of the servers at fault only.
func rightOrigin(truth fixtures.Truth, o finding.Origin) bool {
	for _, l := range truth.Logins {
		if l.Cause == "" || l.Origin.Kind != string(o.Kind) {
			continue
		}
		within := true
		for address := range strings.SplitSeq(o.Address, ", ") {
			within = within && slices.Contains(l.Origin.Addresses, address)
		}
		if within {
			return true
		}
	}
	return false
}

// diagnoseFiles analyzes the files of a recording that begin so; ok is false if there
// is none.
func diagnoseFiles(t *testing.T, truth fixtures.Truth, beginnings []string) (*finding.Report, bool) {
	t.Helper()
	a := analyze.New(analyze.Options{})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	read := 0
	for _, c := range truth.Captures {
		if !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(c.File, b) }) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(truth.Dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		// A server that did not start has a log in which nothing is of a login.
		if err := loader.Read(t.Context(), c.File, bytes.NewReader(data)); err != nil && c.Kind != "log" {
			t.Fatal(err)
		}
		read++
	}
	return a.Close(t.Context(), loader.Close()), read > 0
}

// SPDX-License-Identifier: Apache-2.0

package answers_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/fixtures"
)

// What an application refused in a recording is never called a proxy's, whichever
// part of the recording somebody has.
func TestApplicationsAreNoProxies(t *testing.T) {
	truths, err := fixtures.LoadTruths("../../fixtures")
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, truth := range truths {
		if truth.Kind() == "site" || len(truth.Findings) > 0 || byProxy(truth) {
			continue // there a proxy did answer: it is what these recordings are of
		}
		for _, c := range truth.Captures {
			if c.Kind == "keys" {
				continue
			}
			requests, witness := load(t, filepath.Join(truth.Dir, c.File))
			for _, r := range requests {
				if r.Status() < 400 {
					continue
				}
				failed++
				if m, ok := r.Maker(witness); ok {
					t.Errorf("%s %s: %s %d was made by %+v", truth.Scenario, c.File, r.First().Path, r.Status(), m)
				}
			}
		}
	}
	if failed < 300 {
		t.Errorf("only %d requests that failed were seen", failed)
	}
}

// byProxy reports whether a login failed by what a proxy answered.
func byProxy(truth fixtures.Truth) bool {
	return slices.ContainsFunc(truth.Logins, func(l fixtures.TruthLogin) bool {
		return slices.Contains([]string{"header-too-large", "rate-limited", "app-unavailable", "refused-by-proxy"}, l.Cause)
	})
}

func load(t *testing.T, files ...string) ([]*answers.Request, *answers.Witness) {
	t.Helper()
	var steps []*answers.Step
	loader := &capture.Loader{
		Bodies: exchange.BodyPolicy{MaxBytes: 1 << 16, WantResponse: answers.WantResponse},
		Emit: func(x *exchange.Exchange) {
			if answers.Matters(x) {
				steps = append(steps, answers.NewStep(x, nil))
			}
		},
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_ = loader.Read(t.Context(), filepath.Base(file), bytes.NewReader(data)) // a log may tell of nothing
	}
	captures := loader.Close()
	requests, witness := answers.Requests(steps), &answers.Witness{}
	for _, r := range requests {
		witness.Look(r.Path)
	}
	answers.Attach(requests, captures)
	return requests, witness
}

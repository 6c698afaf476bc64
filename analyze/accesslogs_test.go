// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/logintrace/logintrace/fixtures"
)

// accessLogs are the logs of a recording's proxies.
func accessLogs(t *testing.T, truth fixtures.Truth) (list []file) {
	t.Helper()
	for _, c := range truth.Captures {
		if c.Kind != "log" || c.File == "hub.log" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(truth.Dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file{c.File, data})
	}
	return list
}

// The access logs of the ingresses tell when who asked for what. Alone they accuse
// nobody; with the Hub's log they are one login, and beside the captures they change
// nothing, in any order of the files.
func TestAccessLogs(t *testing.T) {
	checked := 0
	for _, truth := range loadTruths(t) {
		logs := accessLogs(t, truth)
		if len(logs) == 0 {
			continue
		}
		checked++
		t.Run(truth.Scenario, func(t *testing.T) {
			hub := file{"hub.log", hubLog(t, truth)}
			sets := [][]file{logs, append([]file{hub}, logs...), append(slices.Clone(logs), hub)}
			for _, one := range logs {
				sets = append(sets, []file{one})
			}
			for _, files := range sets {
				report := diagnose(t, files, quick(t, truth))
				if len(report.Logins) > len(truth.Logins) {
					t.Errorf("%d files: %d logins, the truth has %d", len(files), len(report.Logins), len(truth.Logins))
				}
				for _, one := range says(report) {
					if wrong := accusations(truth, truth.Logins[0], one); len(wrong) > 0 {
						t.Errorf("%d files, %+v: %q", len(files), one, wrong)
					}
				}
			}
			var all []file
			for _, in := range inputsOf(t, truth) {
				if in.name == everything {
					all = in.files
				}
			}
			want := said(diagnose(t, all, quick(t, truth)))
			for _, files := range [][]file{append(slices.Clone(all), logs...), append(slices.Clone(logs), append(slices.Clone(all), hub)...)} {
				if got := said(diagnose(t, files, quick(t, truth))); !slices.Equal(got, want) {
					t.Errorf("with the logs\n%q\nwithout\n%q", got, want)
				}
			}
		})
	}
	if checked < 8 {
		t.Errorf("only %d recordings have access logs", checked)
	}
}

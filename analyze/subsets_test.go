// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/fixtures"
)

// filesOf are all recordings of a fixture that hold anything: of browsers, of packets
// and of the Hub.
func filesOf(t testing.TB, truth fixtures.Truth) []file {
	t.Helper()
	var list []file
	for _, c := range truth.Captures {
		if c.Kind != "har" && c.Kind != "pcap" && !strings.HasSuffix(c.File, "hub.log") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(truth.Dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 {
			list = append(list, file{c.File, data})
		}
	}
	return list
}

// What a user has of a site is any two recordings, or all but the one that nobody
// made: that says nothing which is not so, and takes one login for one.
func TestSubsetsAccuseNobody(t *testing.T) {
	t.Parallel()
	pairs := map[string]bool{
		"page-cached-with-cookie-4.1.6": true, "cookie-foreign-between-4.0.2": true, "cookie-path-rewritten-4.1.6": true,
	}
	for k, truth := range loadTruths(t) {
		files := filesOf(t, truth)
		var subsets [][]file
		for i := range files {
			if kinds[truth.Scenario] != "" || (i+k)%2 == 0 { // a sample of the others
				subsets = append(subsets, slices.Concat(files[:i], files[i+1:]))
			}
			for j := i + 1; j < len(files) && (kinds[truth.Scenario] != "" || pairs[truth.Scenario]); j++ {
				subsets = append(subsets, []file{files[i], files[j]})
			}
		}
		for _, subset := range subsets {
			t.Run(truth.Scenario+"/"+strings.Join(namesOf(subset), "+"), func(t *testing.T) { holdSubset(t, truth, subset) })
		}
	}
}

func namesOf(files []file) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.name
	}
	return names
}

// holdSubset holds what is said of some recordings of a fixture to the truth of it.
func holdSubset(t *testing.T, truth fixtures.Truth, files []file) {
	t.Helper()
	report := diagnose(t, files, quick(t, truth))
	if len(report.Logins) > len(truth.Logins) {
		t.Errorf("%d logins, the truth has %d", len(report.Logins), len(truth.Logins))
	}
	for _, login := range says(report) {
		holdToSome(t, truth, login)
	}
}

// SPDX-License-Identifier: Apache-2.0

// Package causestest helps the tests of families.
package causestest

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
)

// InTexts fails if a fix that a check picks by its title is not in the text on its cause:
// it would be left out without a word.
func InTexts(t *testing.T, picked map[finding.Code][]string) {
	t.Helper()
	for code, titles := range picked {
		text, ok := causes.Lookup(code)
		if !ok {
			t.Fatalf("no text on %s", code)
		}
		if got := causes.Picked(text.Fixes, titles); len(got) != len(titles) {
			t.Errorf("%s has %d of the fixes %q", code, len(got), titles)
		}
	}
}

// AllInTexts fails also if a cause has a fix that is not in the list: nobody would ever
// see it.
func AllInTexts(t *testing.T, picked map[finding.Code][]string) {
	t.Helper()
	InTexts(t, picked)
	for code, titles := range picked {
		if text, _ := causes.Lookup(code); len(text.Fixes) != len(titles) {
			t.Errorf("%s: %d fixes, %d are picked", code, len(text.Fixes), len(titles))
		}
	}
}

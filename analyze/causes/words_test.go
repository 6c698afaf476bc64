// SPDX-License-Identifier: Apache-2.0

package causes_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
)

// What stood around a token can be read in a sentence.
func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		`""`:        "quotes",
		"undefined": "“undefined”",
		`a "b"`:     `“a "b"”`,
		"a\nb":      `“a\nb”`,
		"":          "“”",
	} {
		if got := causes.Visible(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

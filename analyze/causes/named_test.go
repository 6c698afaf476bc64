// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// A recipe names what was seen; what is no plain name of a site leaves the example.
func TestNamed(t *testing.T) {
	const text = "allow_origin = \"https://lab.example.org\""
	for _, test := range []struct{ seen, want string }{
		{"http://lab.example.test:8000", "allow_origin = \"http://lab.example.test:8000\""},
		{"", text},
		{"https://x\"; import os; \"", text},
		{"https://a\nb", text},
		{"javascript:alert(1)", text},
		{"https://" + string(make([]byte, 300)), text},
		{"//evil.example", text},
	} {
		fixes := []finding.Fix{{Config: text}}
		got := Named(fixes, []Example{{Text: ExampleLab, Seen: test.seen}})
		if got[0].Config != test.want {
			t.Errorf("%q: %s", test.seen, got[0].Config)
		}
		if fixes[0].Config != text {
			t.Fatal("the text that all share was changed")
		}
	}
	path := Named([]finding.Fix{{Config: "location /jupyter/ {"}}, []Example{{Text: ExamplePrefix, Seen: "/hubs/a/"}})
	if path[0].Config != "location /hubs/a/ {" {
		t.Error(path[0].Config)
	}
}

// Every example stands in some text, or nothing would ever be put in its place.
func TestExamplesAreUsed(t *testing.T) {
	for code, text := range map[finding.Code]string{
		finding.OAuthRedirectMismatch: ExampleCallback, finding.OAuthStateMismatch: ExampleCallback,
		finding.HostNotForwarded: ExampleLab, finding.CSRFOriginMismatch: ExampleDjango, finding.BaseURLMismatch: ExamplePrefix,
	} {
		cause, _ := Lookup(code)
		changed := Named(cause.Fixes, []Example{{Text: text, Seen: "/seen"}})
		used := false
		for i := range changed {
			used = used || changed[i].Config != cause.Fixes[i].Config
		}
		if !used {
			t.Errorf("no fix of %s has %q", code, text)
		}
	}
}

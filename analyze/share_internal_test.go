// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Findings of one code share what is equal, and keep what is their own.
func TestShare(t *testing.T) {
	of := func(title string) finding.Finding {
		return finding.Finding{Code: "c", Fixes: []finding.Fix{{Title: "same"}, {Title: title}}, NotCures: []string{"x"}, Missing: []finding.Missing{}}
	}
	shared := sharedTexts{}
	first, second, third := of("a"), of("a"), of("b")
	for _, f := range []*finding.Finding{&first, &second, &third} {
		shared.share(f)
	}
	if &first.Fixes[0] != &second.Fixes[0] || &second.NotCures[0] != &third.NotCures[0] {
		t.Error("what is equal is kept twice")
	}
	if !slices.Equal(third.Fixes, of("b").Fixes) || third.Missing == nil {
		t.Errorf("a finding lost what is its own: %+v", third)
	}
}

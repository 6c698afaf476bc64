// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// What was seen picks the fixes, and their order; what is not in the list is left out.
func TestCuring(t *testing.T) {
	all := []finding.Fix{{Title: "tab"}, {Title: "https", When: "x"}, {Title: "unchanged"}}
	if got := Curing(all, []string{"unchanged", "cookies", "https"}); len(got) != 2 || got[0].Title != "unchanged" || got[1].Title != "https" || got[1].When != "x" {
		t.Errorf("got %+v", got)
	}
	if got := Curing(all, []string{"cookies", "https"}); len(got) != 1 || got[0].Title != "https" || got[0].When != "" {
		t.Errorf("the one that is left %+v", got)
	}
	if got := Curing(all, nil); len(got) != 3 || got[1].When != "x" {
		t.Errorf("without titles %+v", got)
	}
	if got := Curing(all, []string{"template"}); len(got) != 3 {
		t.Errorf("with a title that was left out %+v", got)
	}
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/finding"
)

// sharedTexts lets findings of one code share what all say alike: of thousands of logins
// that fail for one cause each would keep its own copy of the recipes.
type sharedTexts map[finding.Code]finding.Finding

// share replaces lists of f that equal those of the finding before by these. Nobody may
// change their elements.
func (s sharedTexts) share(f *finding.Finding) {
	before, known := s[f.Code]
	if known {
		f.Fixes = same(f.Fixes, before.Fixes)
		f.NotCures = same(f.NotCures, before.NotCures)
		f.Rejected = same(f.Rejected, before.Rejected)
		f.Missing = same(f.Missing, before.Missing)
		if f.Explanation == before.Explanation {
			f.Explanation = before.Explanation
		}
	}
	s[f.Code] = *f
}

func same[E comparable](list, before []E) []E {
	if len(list) > 0 && slices.Equal(list, before) {
		return before
	}
	return list
}

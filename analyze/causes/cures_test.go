// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// A fix that a check picks by its title must be in the text on the cause.
func TestCuresAreInTheTexts(t *testing.T) {
	for code, titles := range map[finding.Code][]string{
		finding.XSRFCookieNotSent: {cureHTTPS, cureCookies, cureUnchanged},
		finding.XSRFFieldMissing:  {cureTemplate, cureNative, cureAPIToken, cureFinalAddress},

		finding.XSRFForwardingMixed:   {cureSingleWay},
		finding.XSRFIdentityChanged:   {cureRecordHub},
		finding.ProxyAPITokenMismatch: {fixOneToken, fixRestartBoth, fixLeftBehind},
	} {
		text, ok := Lookup(code)
		if !ok {
			t.Fatalf("no text on %s", code)
		}
		have := map[string]bool{}
		for _, fix := range text.Fixes {
			have[fix.Title] = true
		}
		for _, title := range titles {
			if !have[title] {
				t.Errorf("%s has no fix %q", code, title)
			}
		}
	}
}

// What was seen picks the fixes, and their order; what is not in the list is left out.
func TestCuring(t *testing.T) {
	all := []finding.Fix{{Title: "tab"}, {Title: cureHTTPS, When: "x"}, {Title: cureUnchanged}}
	if got := curing(all, []string{cureUnchanged, cureCookies, cureHTTPS}); len(got) != 2 || got[0].Title != cureUnchanged || got[1].Title != cureHTTPS || got[1].When != "" {
		t.Errorf("got %+v", got)
	}
	if got := curing(all, nil); len(got) != 3 || got[1].When != "x" {
		t.Errorf("without titles %+v", got)
	}
	if got := curing(all, []string{cureTemplate}); len(got) != 3 {
		t.Errorf("with a title that was left out %+v", got)
	}
}

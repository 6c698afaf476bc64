// SPDX-License-Identifier: Apache-2.0

package text

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Of many recipes the likeliest stand in full, and each other one is named; what is the
// same of all is said once. The wide page has everything.
func TestManyRecipesAreNamed(t *testing.T) {
	var fixes []finding.Fix
	for _, program := range []string{"nginx", "ingress-nginx", "Traefik", "HAProxy"} {
		fixes = append(fixes, finding.Fix{Title: "tell the Hub", For: program, When: "it is " + program, Tried: "JupyterHub 4.1.6",
			Config: strings.Repeat("line of "+program+"\n", 9), WhatIf: "the Hub sees the client."})
	}
	narrow := &page{report: &finding.Report{}, width: defaultWidth}
	left := narrow.fixList(fixes)
	text := narrow.out.String()
	for words, want := range map[string]int{
		"line of nginx": 9, "line of ingress-nginx": 9, "line of HAProxy": 0, "HAProxy: tell the Hub (if it is HAProxy)": 1,
		"what-if: the Hub sees the client.": 1, "tried with: JupyterHub 4.1.6": 1, "tried with: the same": 1,
	} {
		if got := strings.Count(text, words); got != want {
			t.Errorf("%q stands %d times, want %d, in\n%s", words, got, want, text)
		}
	}
	if !left {
		t.Error("nothing is said to be left")
	}
	wide := &page{report: &finding.Report{}, width: wideWidth, wide: true}
	if wide.fixList(fixes) || strings.Count(wide.out.String(), "tried with: JupyterHub 4.1.6") != 4 || !strings.Contains(wide.out.String(), "line of HAProxy") {
		t.Errorf("the wide page has\n%s", wide.out.String())
	}
	one := &page{report: &finding.Report{}, width: defaultWidth}
	if one.fixList([]finding.Fix{{Title: "long", For: "any", Config: strings.Repeat("line\n", 60)}}) || strings.Count(one.out.String(), "  line") != 60 {
		t.Errorf("the only recipe is not whole:\n%s", one.out.String())
	}
}

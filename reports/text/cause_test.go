// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

// A reader must never take a recipe that nobody tried for one that is known to cure,
// whatever its what-if promises.
func TestEachFixSaysWhetherItWasTried(t *testing.T) {
	for name, c := range map[string]struct {
		fix  finding.Fix
		want string
	}{
		"tried":                      {finding.Fix{Tried: "nginx 1.22", WhatIf: "this login passes."}, "tried with: nginx 1.22"},
		"not tried":                  {finding.Fix{WhatIf: "this login passes."}, "not tried in the lab"},
		"not tried, no promise":      {finding.Fix{WhatIf: "the form gets through."}, "not tried in the lab"},
		"changes something, untried": {finding.Fix{Does: finding.DoesSetRealIP}, "not tried in the lab"},
		"a look into the log":        {finding.Fix{Does: finding.DoesReadHubLog}, ""},
		"a look elsewhere":           {finding.Fix{Does: finding.DoesLook}, ""},
	} {
		var out bytes.Buffer
		if err := WriteCause(&out, catalogue.Cause{Fixes: []finding.Fix{c.fix}}, Options{}); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(text, c.want) || c.want == "" && strings.Contains(text, "tried") {
			t.Errorf("%s: want %q in\n%s", name, c.want, text)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/whatif"
)

// foresee replaces what the catalogue says of fixes in general by what they would
// have done to this login, as far as its path tells.
func (c *Case) foresee(fixes []finding.Fix, origin finding.Origin) {
	if c.Attempt.Form == nil || !c.Attempt.Confirmed() {
		return
	}
	for i := range fixes {
		form, ok1 := c.with(fixes[i], c.Attempt.Form.Hops, origin)
		submit, ok2 := c.with(fixes[i], c.submit().Hops, origin)
		if !ok1 || !ok2 {
			continue
		}
		fixes[i].When = "" // it was computed for these very proxies
		if form == submit {
			fixes[i].WhatIf = fmt.Sprintf("the Hub sees %s twice, this login passes.", submit)
		} else {
			fixes[i].WhatIf = fmt.Sprintf("%s the Hub then sees %s and %s.", notEnough, form, submit)
		}
	}
	// What would not have cured this login is named last.
	slices.SortStableFunc(fixes, func(a, b finding.Fix) int { return cmp.Compare(falls(a), falls(b)) })
}

const notEnough = "not enough alone:"

// falls ranks fixes by whether they fall short.
func falls(f finding.Fix) int {
	if strings.HasPrefix(f.WhatIf, notEnough) {
		return 1
	}
	return 0
}

// with is the address that the Hub would have believed of one request.
func (c *Case) with(fix finding.Fix, p hops.Path, origin finding.Origin) (string, bool) {
	switch fix.Does {
	case finding.DoesSetRealIP:
		for proxy := range strings.SplitSeq(origin.Address, ", ") {
			if address, ok := whatif.RealIPSet(p, proxy); ok {
				return address, true
			}
		}
		return whatif.Trusted(p, c.TrustedDownstream) // this request does not pass that proxy
	case finding.DoesTrustOuter:
		for proxy := range strings.SplitSeq(origin.Address, ", ") {
			if address, ok := whatif.OuterTrusted(p, proxy); ok {
				return address, true
			}
		}
	case finding.DoesKeepSource:
		return whatif.SourceKept(p)
	}
	return "", false
}

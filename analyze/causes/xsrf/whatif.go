// SPDX-License-Identifier: Apache-2.0

package xsrf

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
		if !c.bothPass(fixes[i], origin) {
			continue // what the same change at another proxy would do is not known
		}
		form, ok1 := c.with(fixes[i], c.Attempt.Form.Hops, origin)
		submit, ok2 := c.with(fixes[i], c.submit().Hops, origin)
		if !ok1 || !ok2 {
			continue
		}
		fixes[i].When = "" // it was computed for these very proxies
		switch {
		case form == submit && form == c.believedAtSubmit:
			fixes[i].WhatIf = fmt.Sprintf("%s the Hub still sees %s.", notEnough, form)
		case form == submit && c.Attempt.Outcome() == finding.Succeeded:
			fixes[i].WhatIf = fmt.Sprintf("the Hub sees %s twice.", submit)
		case form == submit:
			fixes[i].WhatIf = fmt.Sprintf("the Hub sees %s twice, this login passes.", submit)
		default:
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

// bothPass reports whether page and submit both went through a party at fault, or
// whether the other request needs no change: the Hub saw its client.
func (c *Case) bothPass(fix finding.Fix, origin finding.Origin) bool {
	if fix.Does == "" || fix.Does == finding.DoesKeepSource {
		return true
	}
	for _, side := range []struct {
		p        hops.Path
		believed string
	}{{c.Attempt.Form.Hops, c.Form.address()}, {c.submit().Hops, c.Submit.address()}} {
		passes := side.believed != "" && c.isClient(side.believed)
		for address := range strings.SplitSeq(origin.Address, ", ") {
			passes = passes || leaves(side.p, address)
		}
		if !passes {
			return false
		}
	}
	return true
}

// leaves reports whether a request was seen to leave an address.
func leaves(p hops.Path, address string) bool {
	for i := 1; i < len(p); i++ {
		if hops.SameAddress(p[i].From.Address, address) {
			return true
		}
	}
	return false
}

// with is the address that the Hub would have believed of one request.
func (c *Case) with(fix finding.Fix, p hops.Path, origin finding.Origin) (string, bool) {
	switch fix.Does {
	case finding.DoesSetRealIP:
		return whatif.RealIPSet(p, strings.Split(origin.Address, ", "), c.TrustedDownstream)
	case finding.DoesTrustOuter:
		return whatif.OuterTrusted(p, strings.Split(origin.Address, ", "), c.TrustedDownstream)
	case finding.DoesKeepRealIP:
		return whatif.RealIPKept(p, strings.Split(origin.Address, ", "), c.TrustedDownstream)
	case finding.DoesKeepSource:
		return whatif.SourceKept(p)
	}
	return "", false
}

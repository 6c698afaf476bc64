// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/login"
)

// Which proxy it is decides whose recipe is shown. Where none was recognised the four
// that stand in front of most Hubs are offered, and the rarer ones are not. Traefik and
// ingress-nginx send X-Real-IP by themselves: what is offered for them is to take away
// what keeps them from it, or to trust a proxy in front, and here there is none.
func TestFixesAreOfTheProxyInUse(t *testing.T) {
	for _, c := range []struct {
		name, path string
		want       []string
	}{
		{"nobody knows", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", []string{"nginx", "HAProxy"}},
		{"it writes its name", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 Via=1.1_Caddy ; 10.244.1.9>10.244.1.20 chp", []string{"Caddy"}},
	} {
		s := &login.Step{Hops: hopstest.Path(t, c.path)}
		s.Seen = []*login.Step{s}
		of := &Case{Attempt: &login.Attempt{Submit: s}}
		text, _ := causes.Lookup(finding.XSRFProxyIPChanged)
		var got []string
		for _, fix := range of.fitting(text.Fixes, finding.Origin{Kind: finding.OriginIngress, Address: "10.244.3.17"}) {
			if (slices.Contains(causes.Gateways, fix.For) || slices.Contains(rarer, fix.For)) && !slices.Contains(got, fix.For) {
				got = append(got, fix.For)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: recipes for %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.InTexts(t, map[finding.Code][]string{
		finding.XSRFCookieNotSent:   {fixHTTPS, fixCookies, fixUnchanged, fixOwnTab, fixFrame},
		finding.XSRFFieldMissing:    {fixTemplate, fixNative, fixAPIToken, fixFinalAddress},
		finding.XSRFForwardingMixed: {fixSingleWay},
		finding.XSRFIdentityChanged: {fixRecordHub, fixReadAddresses, fixRecordIngress},
		finding.XSRFSecretChanged:   {fixReload, fixOneHub},
		finding.XSRFIPSpelling:      {fixRealIP, fixProxyListens},
		finding.LoginRefused:        {fixAuthorize, fixCredentials},
		finding.LoginNotAllowed:     {causes.FixNameUsers, causes.FixAllowAll, causes.FixAddUser, causes.FixUnblock},
	})
}

// What was seen picks the fixes, and their order; what is not in the list is left out.
func TestCuring(t *testing.T) {
	all := []finding.Fix{{Title: "tab"}, {Title: "https", When: "x"}, {Title: "unchanged"}}
	if got := curing(all, []string{"unchanged", "cookies", "https"}); len(got) != 2 || got[0].Title != "unchanged" || got[1].Title != "https" || got[1].When != "x" {
		t.Errorf("got %+v", got)
	}
	if got := curing(all, []string{"cookies", "https"}); len(got) != 1 || got[0].Title != "https" || got[0].When != "" {
		t.Errorf("the one that is left %+v", got)
	}
	if got := curing(all, nil); len(got) != 3 || got[1].When != "x" {
		t.Errorf("without titles %+v", got)
	}
	if got := curing(all, []string{"template"}); len(got) != 3 {
		t.Errorf("with a title that was left out %+v", got)
	}
}

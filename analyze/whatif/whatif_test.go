// SPDX-License-Identifier: Apache-2.0

package whatif_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/whatif"
)

// The client is 198.51.100.23, the ingress 10.244.3.17, a balancer 10.0.0.5 and
// configurable-http-proxy 10.244.1.9. "" is not known.
func TestWhatIf(t *testing.T) {
	set := func(proxies ...string) func(hops.Path) (string, bool) {
		return func(p hops.Path) (string, bool) { return whatif.RealIPSet(p, proxies, nil) }
	}
	trust := func(proxies ...string) func(hops.Path) (string, bool) {
		return func(p hops.Path) (string, bool) { return whatif.OuterTrusted(p, proxies, nil) }
	}
	keep := func(proxies ...string) func(hops.Path) (string, bool) {
		return func(p hops.Path) (string, bool) { return whatif.RealIPKept(p, proxies, nil) }
	}
	ingress, balancer := "10.244.3.17", "10.0.0.5"
	for _, c := range []struct {
		name, path string
		what       func(hops.Path) (string, bool)
		want       string
	}{
		{"the ingress writes it", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), "198.51.100.23"},
		{"the ingress writes it once, and not twice",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp", set(ingress), "198.51.100.23"},
		{"it writes the node's address behind a translation",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), "10.0.0.11"},
		{"the Hub's own hop was not seen", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Forwarded-For=198.51.100.23", set(ingress), ""},
		{"what came in at the ingress was not seen", "10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), ""},
		{"a gap in front of the ingress", "198.51.100.23>10.0.0.5 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), ""},
		{"a gap behind the ingress: somebody there may write it, too",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.8.8 ; 10.244.1.9>10.244.1.20 chp", set(ingress), ""},
		{"a proxy behind it writes over the field",
			"198.51.100.23>10.0.0.5 X-Real-IP=1.1.1.1 ; 10.0.0.5>10.244.3.17 X-Real-IP=1.1.1.1 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", set(balancer), "10.0.0.5"},
		{"a proxy behind it added the field: what would it do if it were there?",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", set(balancer), ""},
		{"both write it, the inner one its peer's address",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(balancer, ingress), "10.0.0.5"},
		{"a proxy that left the field alone may have removed it",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(balancer), ""},
		{"a proxy that handed the field on does so again",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Real-IP=10.9.9.9 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.9.9.9 ; 10.244.1.9>10.244.1.20 chp", set(balancer), "198.51.100.23"},
		{"it held its peer's address: handed on, or written?",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Real-IP=10.0.0.5 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", set(balancer), ""},
		{"a request that does not pass the ingress is as it was",
			"198.51.100.23>10.244.5.42 ; 10.244.5.42>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), "10.244.5.42"},
		{"unless it has a gap", "198.51.100.23>203.0.113.80 ; 10.244.5.42>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", set(ingress), ""},
		{"or the Hub's head is cut", "198.51.100.23>10.244.5.42 ; 10.244.5.42>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp cut", set(ingress), ""},

		{"the balancer is believed",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", trust(ingress), "198.51.100.23"},
		{"the last of several",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=192.0.2.9,_198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", trust(ingress), "198.51.100.23"},
		{"its X-Real-IP is kept",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Real-IP=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", keep(ingress), "198.51.100.23"},
		{"it sends one, and that is kept: the client that it names",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", keep(ingress), "198.51.100.23"},
		{"it names nobody that could be kept",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", keep(ingress), ""},
		{"a balancer that tells of nobody",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp", trust(ingress), ""},

		{"the source is kept",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp", whatif.SourceKept, "198.51.100.23"},
		{"nobody told of the source",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", whatif.SourceKept, ""},
		{"only the destination is translated",
			"198.51.100.23>203.0.113.80 = 198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp", whatif.SourceKept, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.what(hopstest.Path(t, c.path))
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, c.want)
			}
		})
	}
	if _, ok := whatif.RealIPSet(nil, nil, nil); ok {
		t.Error("a path without hops")
	}
}

// What the Hub is told to trust counts where nothing changes.
func TestUnchangedByTrust(t *testing.T) {
	p := hopstest.Path(t, "198.51.100.23>10.244.5.42 ; 10.244.5.42>10.244.1.9 X-Forwarded-For=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp")
	if got, _ := whatif.RealIPSet(p, []string{"10.244.3.17"}, []string{"10.244.5.42"}); got != "198.51.100.23" {
		t.Errorf("got %q", got)
	}
}

// SPDX-License-Identifier: Apache-2.0

package roles_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/roles"
)

// Who stands where is read from a path; what nobody saw has no role.
func TestOf(t *testing.T) {
	for _, c := range []struct{ name, path, want, server string }{
		{"from the client to the Hub",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"client>ingress ingress>app-proxy app-proxy>application", "10.244.1.20"},
		{"two proxies before the Hub's own",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"client>outer-proxy outer-proxy>ingress ingress>app-proxy app-proxy>application", "10.244.1.20"},
		{"the client's side alone", "198.51.100.23>10.244.3.17", "client>", ""},
		{"behind an ingress that was not captured", "10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", ">app-proxy app-proxy>application", "10.244.1.20"},
		{"two captures with a gap between", "198.51.100.23>10.244.7.7 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "client> >app-proxy app-proxy>application", "10.244.1.20"},
	} {
		p := hopstest.Path(t, c.path)
		var got []string
		for i := range p {
			from, to := roles.Of(p, i)
			got = append(got, fmt.Sprintf("%s>%s", from, to))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, strings.Join(got, " "), c.want)
		}
		if server := roles.LastServer(p); server != c.server {
			t.Errorf("%s: the last server is %q, want %q", c.name, server, c.server)
		}
	}
}

// A client is at the public address at which an untouched path begins, and nowhere else.
func TestClientOn(t *testing.T) {
	for path, want := range map[string]string{
		"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9":                             "198.51.100.23",
		"198.51.100.23>10.244.3.17 X-Forwarded-For=203.0.113.9 ; 10.244.3.17>10.244.1.9": "",
		"10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp":    "",
	} {
		got, ok := roles.ClientOn(hopstest.Path(t, path))
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", path, got, ok)
		}
	}
}

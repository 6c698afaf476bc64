// SPDX-License-Identifier: Apache-2.0

package bearer_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A token of the vectors of RFC 7515, A.1.
const jws = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// Only Airflow's own cookie, deleted for good and not by a logout, was refused.
func TestDeletedCookie(t *testing.T) {
	const deleted = `_token=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax`
	for name, test := range map[string]struct {
		path, cookie string
		set          []string
		want         bool
		given        int
	}{
		"refused":                   {"/", "_token", []string{deleted}, true, 0},
		"refused, and a new one":    {"/auth/", "_token", []string{"_token=" + jws + "; Path=/", deleted}, true, 0},
		"renewed, old path cleared": {"/", "_token", []string{"_token=" + jws + "; Path=/airflow", `_token=""; Max-Age=0; Path=/`}, false, 1},
		"logout":                    {"/auth/logout", "_token", []string{deleted}, false, 0},
		"nothing was sent":          {"/", "other", []string{deleted}, false, 0},
		"of an identity provider":   {"/realms/x/login", "KC_RESTART", []string{"KC_RESTART=; Max-Age=0; Path=/"}, false, 0},
	} {
		x := &exchange.Exchange{
			Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: test.path}, Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Cookie", Value: test.cookie + "=" + jws}}}},
			Response: &exchange.Response{Status: 302},
		}
		for _, line := range test.set {
			x.Response.Fields.Lines = append(x.Response.Fields.Lines, exchange.Field{Name: "Set-Cookie", Value: line})
		}
		if s := bearer.NewStep(x); s.TookAway != test.want || s.Refused() != test.want || len(s.Given) != test.given {
			t.Errorf("%s: took away %v, refused %v, given %d", name, s.TookAway, s.Refused(), len(s.Given))
		}
	}
}

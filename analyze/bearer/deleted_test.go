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

// The tokens of an identity provider are not Airflow's, whoever shows or keeps them.
func TestTokensOfProviders(t *testing.T) {
	post := func(path, content string) *exchange.Exchange {
		x := &exchange.Exchange{
			Request:  exchange.Request{Method: "POST", URL: exchange.URL{Path: path}},
			Response: &exchange.Response{Status: 200},
		}
		x.Response.Body.State, x.Response.Body.Bytes = exchange.Known, []byte(content)
		return x
	}
	get := func(path, field, value string) *exchange.Exchange {
		return &exchange.Exchange{
			Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: path}, Fields: exchange.Fields{Lines: []exchange.Field{{Name: field, Value: value}}}},
			Response: &exchange.Response{Status: 200},
		}
	}
	set := get("/auth/login_callback", "Accept", "*/*")
	set.Response.Fields.Lines = []exchange.Field{{Name: "Set-Cookie", Value: "_id_token=" + jws + "; Path=/"}}
	for name, test := range map[string]struct {
		x    *exchange.Exchange
		want bool
	}{
		"Airflow gives one out":          {post("/auth/token", `{"access_token":"`+jws+`"}`), true},
		"Keycloak gives one out":         {post("/realms/airflow/protocol/openid-connect/token", `{"access_token":"`+jws+`","token_type":"Bearer"}`), false},
		"another provider gives one out": {post("/oauth2/v1/token", `{"access_token":"`+jws+`","token_type":"Bearer"}`), false},
		"Airflow asks who the user is":   {get("/realms/airflow/protocol/openid-connect/userinfo", "Authorization", "Bearer "+jws), false},
		"a client shows one":             {get("/api/v2/dags", "Authorization", "Bearer "+jws), true},
		"a browser shows Airflow's":      {get("/ui/config", "Cookie", "_token="+jws), true},
		"a browser shows the provider's": {get("/ui/config", "Cookie", "_id_token="+jws), false},
		"Airflow keeps the provider's":   {set, false},
	} {
		if got := bearer.Matters(test.x); got != test.want {
			t.Errorf("%s: matters %v, want %v", name, got, test.want)
		}
	}
}

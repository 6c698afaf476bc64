// SPDX-License-Identifier: Apache-2.0

package bearer_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A second token, of RFC 7515, A.1 with another signature.
const second = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.AAAAtJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// Only what a server asks a token for tells that it took the token.
func TestTakenWhereItIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		path, field, value string
		status             int
		want               bool
	}{
		"the API":                         {"/api/v2/dags", "Authorization", "Bearer " + jws, 200, true},
		"the API of the pages":            {"/airflow/ui/config", "Cookie", "_token=" + jws, 200, true},
		"the API of tasks":                {"/execution/task-instances/1/run", "Authorization", "Bearer " + jws, 200, true},
		"the page":                        {"/", "Cookie", "_token=" + jws, 200, false},
		"any path of the page":            {"/airflow/dags/hello", "Cookie", "_token=" + jws, 200, false},
		"a script":                        {"/static/assets/index.js", "Cookie", "_token=" + jws, 200, false},
		"the way to a page":               {"/auth/", "Cookie", "_token=" + jws, 302, false},
		"the version is for everybody":    {"/api/v2/version", "Authorization", "Bearer " + jws, 200, false},
		"health is for everybody":         {"/airflow/api/v2/monitor/health", "Cookie", "_token=" + jws, 200, false},
		"the way to the login":            {"/api/v2/auth/login", "Cookie", "_token=" + jws, 307, false},
		"a page of another application":   {"/reports", "Authorization", "Bearer " + jws, 200, true},
		"the root of another":             {"/", "Authorization", "Bearer " + jws, 200, true},
		"the API, and a proxy refused it": {"/api/v2/dags", "Authorization", "Bearer " + jws, 502, false},
	} {
		x := &exchange.Exchange{
			Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: test.path}, Fields: exchange.Fields{Lines: []exchange.Field{{Name: test.field, Value: test.value}}}},
			Response: &exchange.Response{Status: test.status},
		}
		if got := bearer.NewStep(x).Accepted(); got != test.want {
			t.Errorf("%s: taken %v, want %v", name, got, test.want)
		}
	}
}

// A form answers with a token, and the page that it leads to with another one: that is one
// login, unless a server said in between what it thinks of the first.
func TestReplacedOnTheWay(t *testing.T) {
	start := time.Date(2026, 11, 28, 1, 39, 22, 0, time.UTC)
	step := func(after int, method, path string, status int, shows, gives string) *bearer.Step {
		at := start.Add(time.Duration(after) * time.Second)
		x := &exchange.Exchange{
			Ref: exchange.Ref{Frame: after + 1}, Started: at, Answered: at.Add(time.Second / 10),
			Client: exchange.Endpoint{Address: "198.51.100.23", Port: 40000}, Server: exchange.Endpoint{Address: "203.0.113.80", Port: 80},
			Request:  exchange.Request{Method: method, URL: exchange.URL{Path: path, Host: "airflow.example.test"}},
			Response: &exchange.Response{Status: status},
		}
		if shows != "" {
			x.Request.Fields.Lines = []exchange.Field{{Name: "Cookie", Value: "_token=" + shows}}
		}
		if gives != "" {
			x.Response.Fields.Lines = []exchange.Field{{Name: "Set-Cookie", Value: "_token=" + gives + "; Path=/"}}
		}
		return bearer.NewStep(x)
	}
	for name, test := range map[string]struct {
		middle *bearer.Step
		logins int
	}{
		"nobody looked at it": {step(1, "GET", "/", 200, jws, ""), 1},
		"it was taken":        {step(1, "GET", "/ui/config", 200, jws, ""), 2},
	} {
		attempts, _ := bearer.Assemble([]*bearer.Step{
			step(0, "POST", "/auth/login/", 302, "", jws), test.middle,
			step(2, "GET", "/auth/", 302, jws, second), step(3, "GET", "/ui/config", 200, second, ""),
		})
		if len(attempts) != test.logins {
			t.Errorf("%s: %d logins, want %d", name, len(attempts), test.logins)
			continue
		}
		last := attempts[len(attempts)-1]
		if last.Outcome() != finding.Succeeded || last.Birth == nil || last.Birth.Path != "/auth/" || test.logins == 1 && last.Before == nil {
			t.Errorf("%s: the last login is %+v", name, last)
		}
	}
}

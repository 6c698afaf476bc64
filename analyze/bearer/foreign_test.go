// SPDX-License-Identifier: Apache-2.0

package bearer_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/capture/exchange"
)

// What Airflow calls an invalid token is followed also where it is none. The opaque tokens of
// other applications are not.
func TestForeignToken(t *testing.T) {
	const invalid = `{"detail": "Invalid JWT token"}`
	for name, test := range map[string]struct {
		path, authorization, content string
		status, attempts             int
	}{
		"the word undefined":         {"/api/v2/dags", "Bearer undefined", invalid, 403, 1},
		"a password":                 {"/api/v2/dags", "Basic YWxpY2U6b3BlbiBzZXNhbWU=", invalid, 403, 0},
		"nothing behind the scheme":  {"/api/v2/dags", "Bearer ", invalid, 403, 0},
		"opaque, without permission": {"/api/v2/dags", "Bearer glpat-0123", `{"detail": "Forbidden"}`, 403, 0},
		"opaque, and unknown":        {"/api/v2/dags", "Bearer glpat-0123", `{"detail": "Unauthorized"}`, 401, 0},
		"somewhere else":             {"/report", "Bearer glpat-0123", invalid, 403, 0},
	} {
		x := &exchange.Exchange{
			Ref:      exchange.Ref{Capture: &exchange.Capture{}},
			Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: test.path}, Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Authorization", Value: test.authorization}}}},
			Response: &exchange.Response{Status: test.status},
		}
		x.Response.Body.State, x.Response.Body.Bytes = exchange.Known, []byte(test.content)
		var steps []*bearer.Step
		if bearer.Matters(x) {
			steps = append(steps, bearer.NewStep(x))
		}
		if attempts, _ := bearer.Assemble(steps); len(attempts) != test.attempts {
			t.Errorf("%s: %d attempts, want %d", name, len(attempts), test.attempts)
		}
	}
}

// What a client sent in the place of the token that it had got is of the login of that token;
// what another client sends is not.
func TestForeignOfTheSameLogin(t *testing.T) {
	capture := &exchange.Capture{ID: "c1", Kind: exchange.KindPcap}
	at := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	step := func(second int, client, method, path, authorization string, status int, content string) *bearer.Step {
		x := &exchange.Exchange{
			Ref: exchange.Ref{Capture: capture, Frame: second + 1}, Vantage: exchange.Vantage{Capture: capture},
			Client: exchange.Endpoint{Address: client, Port: 40000 + second}, Server: exchange.Endpoint{Address: "203.0.113.80", Port: 80},
			Started: at.Add(time.Duration(second) * time.Second), Answered: at.Add(time.Duration(second) * time.Second),
			Request:  exchange.Request{Method: method, URL: exchange.URL{Host: "airflow.example.test", Path: path}},
			Response: &exchange.Response{Status: status},
		}
		if authorization != "" {
			x.Request.Fields.Lines = []exchange.Field{{Name: "Authorization", Value: authorization}}
		}
		x.Response.Body = exchange.Body{State: exchange.Known, Bytes: []byte(content), MediaType: "application/json"}
		return bearer.NewStep(x)
	}
	const alice, bob = "198.51.100.23", "198.51.100.24"
	for name, test := range map[string]struct {
		first  int // second of the first request with no token
		client string
		logins int
	}{
		"the same client":   {1, alice, 1},
		"before it had one": {0, alice, 2},
		"another client":    {1, bob, 2},
	} {
		steps := []*bearer.Step{step(1-test.first, alice, "POST", "/auth/token", "", 201, `{"access_token":"`+jws+`"}`)}
		for _, second := range []int{test.first, 2} {
			if name == "before it had one" && second == 2 {
				continue
			}
			steps = append(steps, step(second, test.client, "GET", "/api/v2/dags", "Bearer undefined", 403, `{"detail": "Invalid JWT token"}`))
		}
		attempts, _ := bearer.Assemble(steps)
		if len(attempts) != test.logins {
			t.Errorf("%s: %d logins, want %d", name, len(attempts), test.logins)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package bearer_test

import (
	"testing"

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

// SPDX-License-Identifier: Apache-2.0

package apitokens

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

const refused = `{"status": 403, "message": "Missing or invalid credentials."}`

func asked(path, authorization, forwarded, body string) *exchange.Exchange {
	x := &exchange.Exchange{
		Client:   exchange.Endpoint{Address: "10.244.1.60"},
		Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: path}},
		Response: &exchange.Response{Status: 403, Body: exchange.Body{State: exchange.Known, Bytes: []byte(body), MediaType: "application/json"}},
	}
	for _, line := range [][2]string{{"Authorization", authorization}, {"X-Forwarded-For", forwarded}} {
		if line[1] != "" {
			x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: line[0], Value: line[1]})
		}
	}
	return x
}

// Only a token that is shown, and that the Hub says it does not know, is a refusal.
func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		x    *exchange.Exchange
		want bool
	}{
		"an unknown token":            {asked("/hub/api/users", "token abc", "", refused), true},
		"below a prefix":              {asked("/jupyter/hub/api/users/alice/activity", "Bearer abc", "", refused), true},
		"no token":                    {asked("/hub/api/users", "", "", refused), false},
		"a password":                  {asked("/hub/api/users", "Basic abc", "", refused), false},
		"a user's own, which ran out": {asked("/hub/api/user", "token abc", "", refused), false},
		"a scope that lacks":          {asked("/hub/api/users", "token abc", "", `{"status": 403, "message": "Action is not authorized with current scopes"}`), false},
		"no JSON":                     {asked("/hub/api/users", "token abc", "", "<h1>403</h1>"), false},
		"another API":                 {asked("/api/users", "token abc", "", refused), false},
	} {
		var c Collector
		c.Add(test.x)
		if got := len(c.Refusals) == 1; got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}

// The same request at another hop is no second one, and the hop at which its author is
// the sender tells more.
func TestOneOfEachToken(t *testing.T) {
	var c Collector
	c.Add(asked("/hub/api/users", "token abc", "10.244.1.60", refused))
	c.Add(asked("/hub/api/users", "token abc", "", refused))
	if len(c.Refusals) != 1 || !c.Refusals[0].Direct || c.Refusals[0].Times != 2 {
		t.Errorf("%+v", c.Refusals)
	}
	for i := range 100 {
		x := asked("/hub/api/users", "token "+strings.Repeat("x", i), "", refused)
		x.Client.Address = strings.Repeat("1", i)
		c.Add(x)
	}
	if len(c.Refusals) > most {
		t.Errorf("%d refusals are kept", len(c.Refusals))
	}
}

// FuzzAdd reads hostile answers of an API.
func FuzzAdd(f *testing.F) {
	f.Add("/hub/api/users", "token a", refused)
	f.Add("/hub/api/", "Bearer", `{"message": {"message": []}}`)
	f.Fuzz(func(t *testing.T, path, authorization, body string) {
		var c Collector
		c.Add(asked(path, authorization, "", body))
		for _, r := range c.Refusals {
			if r.Secret != "" && strings.Contains(authorization, r.Secret) {
				t.Error("a token is kept")
			}
		}
	})
}

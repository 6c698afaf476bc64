// SPDX-License-Identifier: Apache-2.0

package hubapi_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/hubapi"
	"github.com/logintrace/logintrace/capture/exchange"
)

type call struct {
	hub, path, authorization string
	status                   int
	log                      bool
}

func (c call) exchange() *exchange.Exchange {
	x := &exchange.Exchange{
		Client: exchange.Endpoint{Address: c.hub}, Server: exchange.Endpoint{Address: "10.244.1.9", Port: 8001},
		Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: c.path}},
		Response: &exchange.Response{Status: c.status},
	}
	if c.authorization != "" {
		x.Request.Fields.Lines = []exchange.Field{{Name: "Authorization", Value: c.authorization}}
	}
	if c.log {
		x.Client, x.Server = exchange.Endpoint{}, exchange.Endpoint{}
		x.Logged = &exchange.Logged{Program: exchange.ProgramCHP}
	}
	return x
}

// A proxy also refuses who names no token, and another program may have such a path.
func TestRefused(t *testing.T) {
	refused := call{"10.244.1.20", "/api/routes", "token a", 403, false}
	served := call{"10.244.1.20", "/api/routes", "token b", 200, false}
	for name, c := range map[string]struct {
		calls []call
		times []int
	}{
		"refused":              {[]call{refused, refused}, []int{2}},
		"served":               {[]call{served}, nil},
		"refused, then served": {[]call{refused, served}, nil},
		"served, then refused": {[]call{served, refused}, []int{1}},
		"again after that":     {[]call{refused, served, refused}, []int{1}},
		"without a token":      {[]call{{"10.244.1.7", "/api/routes", "", 403, false}}, nil},
		"Basic":                {[]call{{"10.244.1.7", "/api/routes", "Basic a", 403, false}}, nil},
		"another path":         {[]call{{"10.244.1.7", "/hub/api/users", "token a", 403, false}}, nil},
		"no answer but 502":    {[]call{{"10.244.1.7", "/api/routes", "token a", 502, false}}, nil},
		"two Hubs":             {[]call{refused, {"10.244.1.21", "/api/routes/", "Token b", 403, false}}, []int{1, 1}},
		"the proxy's log":      {[]call{{"", "/api/routes", "", 403, true}}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			var calls hubapi.Calls
			for _, one := range c.calls {
				calls.Add(one.exchange())
			}
			got := calls.Refused()
			if len(got) != len(c.times) {
				t.Fatalf("%d, want %d", len(got), len(c.times))
			}
			for i, r := range got {
				if r.Times != c.times[i] {
					t.Errorf("%d times, want %d", r.Times, c.times[i])
				}
			}
		})
	}
}

// What strangers send is bounded.
func TestBounded(t *testing.T) {
	var calls hubapi.Calls
	for i := range 5000 {
		calls.Add(call{string(rune('a' + i)), "/api/routes", "token a", 403, false}.exchange())
	}
	if n := len(calls.Refused()); n > 256 {
		t.Errorf("%d were kept", n)
	}
}

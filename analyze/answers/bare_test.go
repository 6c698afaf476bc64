// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Two words without a Content-Type, where a Hub should be, are its own proxy's; whatever
// differs in one thing names nobody.
func TestBareWordsAreOfTheHubsProxy(t *testing.T) {
	server := exchange.Field{Name: "Server", Value: "nginx/1.22.1"}
	for _, test := range []struct {
		name, path, body string
		status           int
		fields           exchange.Fields
		want             party.Name
	}{
		{"configurable-http-proxy", "/hub/login", "Service Unavailable", 503, exchange.Fields{Lines: []exchange.Field{server}}, party.CHP},
		{"below a prefix", "/jupyter/hub/login", "Service Unavailable", 503, exchange.Fields{}, party.CHP},
		{"no path of a Hub", "/auth/token", "Service Unavailable", 503, exchange.Fields{}, ""},
		{"a type", "/hub/login", "Service Unavailable", 503, exchange.Fields{Lines: []exchange.Field{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}}}, ""},
		{"a line end", "/hub/login", "Service Unavailable\n", 503, exchange.Fields{}, ""},
		{"another status", "/hub/login", "Service Unavailable", 500, exchange.Fields{}, ""},
		{"fields that may be missing", "/hub/login", "Service Unavailable", 503, exchange.Fields{Incomplete: true}, ""},
		{"a limit", "/hub/login", "Too Many Requests", 429, exchange.Fields{}, ""},
	} {
		s := NewStep(&exchange.Exchange{
			Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: test.path}},
			Response: &exchange.Response{Status: test.status, Fields: test.fields,
				Body: exchange.Body{State: exchange.Known, Bytes: []byte(test.body)}},
		}, nil)
		if s.Page.Name != test.want {
			t.Errorf("%s: %q, want %q", test.name, s.Page.Name, test.want)
		}
	}
}

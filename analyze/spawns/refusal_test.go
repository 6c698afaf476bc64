// SPDX-License-Identifier: Apache-2.0

package spawns

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/logintrace/logintrace/capture/exchange"
)

func answered(path string, status int, page string) *exchange.Exchange {
	return &exchange.Exchange{
		Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: path}},
		Response: &exchange.Response{Status: status, Body: exchange.Body{State: exchange.Known, Bytes: []byte(page), MediaType: "text/html"}},
	}
}

// Only the Hub's own words of a server that it did not start count.
func TestRefusals(t *testing.T) {
	const failed = `<h1>500 : Internal Server Error</h1><p>Unhandled error starting server o&#39;neil</p>`
	for name, test := range map[string]struct {
		x    *exchange.Exchange
		want string
	}{
		"a start that failed":  {answered("/hub/spawn", 500, failed), "Unhandled error starting server o'neil"},
		"below a prefix":       {answered("/jupyter/hub/spawn/alice", 500, failed), "Unhandled error starting server o'neil"},
		"a limit":              {answered("/hub/spawn", 429, "<p>Active user limit exceeded. Try again in a few minutes.</p>"), "Active user limit exceeded. Try again in a few minutes."},
		"one that failed late": {answered("/hub/spawn-pending/alice", 500, "<p>\n The latest attempt to start your server  has failed.\n Would"), "The latest attempt to start your server has failed."},
		"a hook's own words":   {answered("/hub/spawn", 403, "<h1>403 : Forbidden</h1>\n<p>Your quota is used up.</p>\n<p>"+tried+"<a href='/hub/home'>home page</a>.</p>"), "Your quota is used up."},
		"the XSRF check":       {answered("/hub/spawn", 403, "<p>XSRF cookie does not match POST argument</p>"), ""},
		"a proxy's page":       {answered("/hub/spawn", 503, "<h1>503 Service Unavailable</h1>"), ""},
		"not running":          {answered("/hub/user/alice/", 424, "<p>Your server is not running.</p>"), ""},
		"another path":         {answered("/hub/login", 500, failed), ""},
		"an answer that went":  {answered("/hub/spawn", 200, failed), ""},
	} {
		var c Collector
		c.Add(test.x)
		got := ""
		if len(c.Refusals) == 1 {
			got = c.Refusals[0].Words
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What a page and the log say of one request is one refusal, in either order.
func TestPageAndLogAreOne(t *testing.T) {
	page := answered("/hub/spawn", 403, "<p>Failed to start your server.</p><p>"+tried+"home")
	logged := answered("/hub/spawn", 403, "")
	logged.Logged = &exchange.Logged{Program: exchange.ProgramJupyterHub, Said: []exchange.Statement{
		{Code: exchange.SaidSpawnFailed, Ref: exchange.Ref{Capture: &exchange.Capture{}, Line: 1}, Text: "Error starting alice's server: HTTP 403"},
		{Code: exchange.SaidRefused, Values: exchange.Values{Reason: "Your quota is used up."}},
	}}
	for _, order := range [][]*exchange.Exchange{{page, logged}, {logged, page}} {
		var c Collector
		for _, x := range order {
			c.Add(x)
		}
		if len(c.Refusals) != 1 {
			t.Fatalf("%d refusals", len(c.Refusals))
		}
		if r := c.Refusals[0]; r.Words != "Failed to start your server." || r.Reason != "Your quota is used up." || r.Logged.Ref.Line != 1 {
			t.Errorf("%+v", r)
		}
	}
}

// FuzzAdd reads hostile pages.
func FuzzAdd(f *testing.F) {
	f.Add("/hub/spawn", "<p>Unhandled error starting server \xff&#0;")
	f.Add("/hub/spawn", "<p><p>"+tried)
	f.Add("/hub/spawn-pending/a", failedPage+strings.Repeat(" x", 4096))
	f.Fuzz(func(t *testing.T, path, page string) {
		var c Collector
		for range 2 * most {
			c.Add(answered(path, 500, page))
		}
		for _, r := range c.Refusals {
			if len(c.Refusals) > most || !utf8.ValidString(r.Words) || utf8.RuneCountInString(r.Words) > mostWords+1 {
				t.Errorf("%d refusals, %q", len(c.Refusals), r.Words)
			}
		}
	})
}

// SPDX-License-Identifier: Apache-2.0

package clientip_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture/exchange"
)

var start = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

// seen is a GET of /login from one address to another, begun and answered at a second.
func seen(from, to string, begun, answered int, lines ...exchange.Field) *exchange.Exchange {
	x := &exchange.Exchange{
		Client: exchange.Endpoint{Address: from, Port: 4711}, Server: exchange.Endpoint{Address: to, Port: 80},
		Started: start.Add(time.Duration(begun) * time.Second), Answered: start.Add(time.Duration(answered) * time.Second),
	}
	x.Request.Method, x.Request.URL.Path, x.Request.Fields.Lines = "GET", "/login", lines
	return x
}

// Only the hop behind which a request is not seen again is the application's own.
func TestLastHops(t *testing.T) {
	app, err := clientip.Parse("express:trust=1")
	if err != nil {
		t.Fatal(err)
	}
	forwarded := fields("X-Forwarded-For", "198.51.100.23")
	har := seen("10.0.0.5", "10.0.0.9", 0, 1, forwarded...)
	har.Ref.HasEntry = true
	logged := seen("10.0.0.5", "10.0.0.9", 0, 1, forwarded...)
	logged.Logged = &exchange.Logged{}
	cut := seen("10.0.0.5", "10.0.0.9", 0, 1)
	cut.Request.Fields.Incomplete = true
	announced := seen("198.51.100.1", "10.0.0.9", 0, 1)
	announced.Announced = &exchange.ProxyHeader{}
	other := seen("10.0.0.5", "10.0.0.9", 0, 4, forwarded...)
	other.Request.URL.Path = "/other"

	for name, c := range map[string]struct {
		before []*exchange.Exchange
		x      *exchange.Exchange
		want   string
	}{
		"at the application":          {nil, seen("10.0.0.5", "10.0.0.9", 0, 1, forwarded...), "198.51.100.23"},
		"seen to go on":               {[]*exchange.Exchange{seen("10.0.0.9", "10.0.0.7", 1, 2, forwarded...)}, seen("10.0.0.5", "10.0.0.9", 0, 3, forwarded...), ""},
		"another request at a time":   {[]*exchange.Exchange{seen("10.0.0.6", "10.0.0.9", 1, 2, forwarded...)}, seen("10.0.0.5", "10.0.0.9", 0, 3, forwarded...), "198.51.100.23"},
		"another path":                {[]*exchange.Exchange{seen("10.0.0.9", "10.0.0.7", 1, 2, forwarded...)}, other, "198.51.100.23"},
		"before it":                   {[]*exchange.Exchange{seen("10.0.0.9", "10.0.0.7", 1, 2, forwarded...)}, seen("10.0.0.5", "10.0.0.9", 3, 4, forwarded...), "198.51.100.23"},
		"straight from a client":      {nil, seen("198.51.100.23", "10.0.0.9", 0, 1), ""},
		"a client that names another": {nil, seen("198.51.100.23", "10.0.0.9", 0, 1, fields("X-Forwarded-For", "6.6.6.6")...), "6.6.6.6"},
		"a balancer that announces":   {nil, announced, "198.51.100.1"},
		"a browser's recording":       {nil, har, ""},
		"a log":                       {nil, logged, ""},
		"a cut head":                  {nil, cut, ""},
	} {
		l := &clientip.LastHops{App: app}
		for _, x := range c.before {
			l.Compute(x)
		}
		if got := l.Compute(c.x); got.Address != c.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

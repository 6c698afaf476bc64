// SPDX-License-Identifier: Apache-2.0

package redirects_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/capture/exchange"
)

var start = time.Date(2026, 11, 28, 1, 46, 0, 0, time.UTC)

// visit is a request and its answer, at the n-th second unless it says otherwise.
type visit struct {
	from, to string // addresses; a browser's recording has none
	at, took time.Duration
	url      string
	status   int
	location string
	hub      string // what the answer says of the Hub's prefix
	told     string // X-Forwarded-Proto
	cookie   bool   // is set by the answer
	cut      bool   // the heads
	page     string
}

func trail(kind exchange.Kind, visits ...visit) *redirects.Trail {
	capture := &exchange.Capture{ID: "c1", Kind: kind}
	t := &redirects.Trail{}
	for i, v := range visits {
		t.Add(v.exchange(capture, i))
	}
	return t
}

func (v visit) exchange(capture *exchange.Capture, n int) *exchange.Exchange {
	scheme, rest, _ := strings.Cut(v.url, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, query, _ := strings.Cut("/"+path, "?")
	at := v.at
	if at == 0 {
		at = time.Duration(n) * time.Second
	}
	if v.took == 0 {
		v.took = time.Millisecond
	}
	x := &exchange.Exchange{
		Ref:    exchange.Ref{Capture: capture, Frame: n + 1},
		Client: exchange.Endpoint{Address: v.from}, Server: exchange.Endpoint{Address: v.to},
		Started: start.Add(at), Answered: start.Add(at + v.took),
		Request: exchange.Request{Method: "GET", URL: exchange.URL{Scheme: scheme, Host: host, Path: path, RawQuery: query}, Fields: exchange.Fields{Incomplete: v.cut}},
	}
	if v.told != "" {
		x.Request.Fields.Lines = []exchange.Field{{Name: "X-Forwarded-Proto", Value: v.told}}
	}
	if v.status == 0 {
		return x
	}
	x.Response = &exchange.Response{Status: v.status, Ref: x.Ref, Fields: exchange.Fields{Incomplete: v.cut}, Body: exchange.Body{State: exchange.Known, Bytes: []byte(v.page)}}
	add := func(name, value string) {
		if value != "" {
			x.Response.Fields.Lines = append(x.Response.Fields.Lines, exchange.Field{Name: name, Value: value})
		}
	}
	add("Location", v.location)
	if v.hub != "" {
		add("X-JupyterHub-Version", "5.5.4")
		add("Content-Security-Policy", "frame-ancestors 'none'; report-uri "+v.hub+"hub/security/csp-report")
	}
	if v.cookie {
		add("Set-Cookie", "a=b")
	}
	return x
}

const site = "http://h"

// healthy are chains in which nothing is wrong.
var healthy = map[string][]visit{
	"a login": {
		{url: site + "/", status: 302, location: "/hub/", hub: "/"},
		{url: site + "/hub/", status: 302, location: "/hub/home", hub: "/"},
		{url: site + "/hub/home", status: 302, location: "/hub/login?next=%2Fhub%2Fhome", hub: "/"},
	},
	"a login below a path": {
		{url: site + "/jupyter/", status: 302, location: "/jupyter/hub/", hub: "/jupyter/"},
		{url: site + "/jupyter/hub/", status: 302, location: "/jupyter/hub/login?next=", hub: "/jupyter/"},
	},
	"a wrong address": {
		{url: site + "/wiki/", status: 302, location: "/hub/wiki/", hub: "/"},
		{url: site + "/hub/wiki/", status: 404, hub: "/"},
	},
	"a picture that nobody has": {
		{url: site + "/favicon.ico", status: 302, location: "/hub/favicon.ico", hub: "/"},
		{url: site + "/hub/favicon.ico", status: 404},
	},
	"a page of the Hub that a proxy hides": {
		{url: site + "/hub/", status: 302, location: "/hub/home", hub: "/"},
		{url: site + "/hub/home", status: 404},
	},
	"the 404 is not whole": {
		{url: site + "/jupyter/", status: 302, location: "/hub/", hub: "/"},
		{url: site + "/hub/", status: 404, cut: true},
	},
	"the 404 is another user's, later": {
		{url: site + "/jupyter/", status: 302, location: "/hub/", hub: "/"},
		{url: site + "/hub/", status: 404, at: time.Hour},
	},
	"a proxy without routes, which shows the Hub's page": {
		{from: "198.51.100.23", to: "10.0.0.1", url: site + "/jupyter/", status: 404, page: `base_url: "/jupyter/hub/"`},
	},
	"http to https": {
		{from: "198.51.100.23", to: "10.0.0.1", url: site + "/", status: 301, location: "https://h/"},
		{from: "198.51.100.23", to: "10.0.0.1", url: "https://h/", status: 302, location: "/hub/", hub: "/"},
	},
	"to itself, with a cookie each time": {
		{url: "https://h/", status: 302, location: "https://h/", cookie: true}, {url: "https://h/", status: 302, location: "https://h/", cookie: true},
		{url: "https://h/", status: 302, location: "https://h/", cookie: true}, {url: "https://h/", status: 302, location: "https://h/", cookie: true},
	},
	"to itself twice": {
		{url: "https://h/", status: 302, location: "https://h/"}, {url: "https://h/", status: 302, location: "https://h/"},
	},
	"to itself now and then": {
		{url: "https://h/", status: 302, location: "https://h/", at: time.Minute}, {url: "https://h/", status: 302, location: "https://h/", at: time.Hour},
		{url: "https://h/", status: 302, location: "https://h/", at: 2 * time.Hour}, {url: "https://h/", status: 302, location: "https://h/", at: 3 * time.Hour},
	},
	"asked every five seconds": {
		{url: "https://h/", status: 302, location: "https://h/", at: time.Second}, {url: "https://h/", status: 302, location: "https://h/", at: 6 * time.Second},
		{url: "https://h/", status: 302, location: "https://h/", at: 11 * time.Second}, {url: "https://h/", status: 302, location: "https://h/", at: 16 * time.Second},
	},
	"each time another query": {
		{url: "https://h/?n=1", status: 302, location: "https://h/?n=2"}, {url: "https://h/?n=2", status: 302, location: "https://h/?n=3"},
		{url: "https://h/?n=3", status: 302, location: "https://h/?n=4"}, {url: "https://h/?n=4", status: 302, location: "https://h/?n=5"},
	},
	"to http of another host": {
		{url: "https://h/", status: 302, location: "http://idp/"}, {url: "http://idp/"},
	},
	"to http, where somebody answers": {
		{url: "https://h/a", status: 302, location: "http://h/a/"}, {url: "http://h/a/", status: 301, location: "https://h/a/"},
	},
}

// said is what a trail says, in short.
func said(t *redirects.Trail) string {
	var words []string
	if s, ok := t.Stripped(); ok {
		words = append(words, fmt.Sprintf("stripped %s of %s, %d times", s.Taken, s.Prefix, s.Times))
	}
	if o, ok := t.Outside(); ok {
		words = append(words, fmt.Sprintf("at %s not %s, taken %v", o.Place, o.Prefix, o.Taken))
	}
	for _, l := range t.Loops() {
		words = append(words, fmt.Sprintf("loop of %d", l.Times))
	}
	if h, ok := t.ToHTTP(); ok {
		words = append(words, fmt.Sprintf("to http, browser %v, server %v", h.Browser != nil, h.Server != nil))
	}
	return strings.Join(words, "; ")
}

func TestHealthyChainsAreClean(t *testing.T) {
	for name, visits := range healthy {
		for _, kind := range []exchange.Kind{exchange.KindHAR, exchange.KindPcap} {
			if got := said(trail(kind, visits...)); got != "" {
				t.Errorf("%s (%s): %s", name, kind, got)
			}
		}
	}
}

func TestWhatIsWrong(t *testing.T) {
	const ms = time.Millisecond
	hubSends := func(path string) visit {
		return visit{url: site + path, status: 302, location: "/jupyter/hub" + path, hub: "/jupyter/"}
	}
	loop := visit{url: "https://h/", status: 301, location: "https://h/"}
	again := visit{url: "https://h/", status: 301, location: "https://h/", cut: true} // a browser's own repetition
	for name, c := range map[string]struct {
		visits []visit
		want   string
	}{
		"path taken away, seen on both sides": {[]visit{
			{from: "10.0.0.1", to: "10.0.0.2", url: site + "/", status: 404, at: 1001 * ms, took: 2 * ms, page: `base_url: "/jupyter/hub/"`},
			{from: "198.51.100.23", to: "10.0.0.1", url: site + "/jupyter/", status: 404, at: 1000 * ms, took: 9 * ms, page: `base_url: "/jupyter/hub/"`},
		}, "stripped /jupyter of /jupyter/, 1 times"},
		"seen on both sides, and two can be it": {[]visit{
			{from: "10.0.0.1", to: "10.0.0.2", url: site + "/", status: 404, at: 1001 * ms, took: 2 * ms, page: `base_url: "/jupyter/hub/"`},
			{from: "10.0.0.1", to: "10.0.0.2", url: site + "/", status: 404, at: 1002 * ms, took: 2 * ms},
			{from: "198.51.100.23", to: "10.0.0.1", url: site + "/jupyter/", status: 404, at: 1000 * ms, took: 9 * ms},
		}, ""},
		"the Hub of this path is another one": {[]visit{
			{from: "10.0.0.1", to: "10.0.0.2", url: site + "/", status: 404, at: 1001 * ms, took: 2 * ms, page: `base_url: "/hub/"`},
			{from: "198.51.100.23", to: "10.0.0.1", url: site + "/jupyter/", status: 404, at: 1000 * ms, took: 9 * ms},
		}, ""},
		"each redirect longer, seen by the browser": {[]visit{
			{url: site + "/jupyter/", status: 302, location: "/jupyter/hub/", hub: "/jupyter/"},
			{url: site + "/jupyter/hub/", status: 302, location: "/jupyter/hub/hub/", hub: "/jupyter/"},
			{url: site + "/jupyter/hub/hub/", status: 302, location: "/jupyter/hub/hub/hub/", hub: "/jupyter/"},
		}, "stripped /jupyter of /jupyter/, 2 times"},
		"each redirect longer, seen by the Hub": {[]visit{
			hubSends("/"), hubSends("/hub/"), hubSends("/hub/hub/"),
		}, "stripped /jupyter of /jupyter/, 2 times"},
		"the Hub is asked in full, and does not know": {[]visit{
			{url: site + "/jupyter/", status: 302, location: "/hub/jupyter/", hub: "/"}, {url: site + "/hub/jupyter/", status: 404},
		}, "at /jupyter/ not /, taken false"},
		"the Hub is asked for less, and does not know": {[]visit{
			{url: site + "/jupyter/", status: 302, location: "/hub/", hub: "/"}, {url: site + "/hub/", status: 404},
		}, "at /jupyter/ not /, taken true"},
		"a loop":                {[]visit{loop, loop, loop, loop}, "loop of 4"},
		"a permanent redirect":  {[]visit{loop, again, again, again}, "loop of 4"},
		"a loop, then a cookie": {[]visit{loop, loop, loop, {url: "https://h/", status: 302, location: "https://h/", cookie: true}}, "loop of 3"},
		"to http, where nobody is": {[]visit{
			{url: "https://h/a", status: 301, location: "http://h/a/"}, {url: "http://h/a/"},
		}, "to http, browser true, server false"},
		"to http, by one who was told of https": {[]visit{
			{from: "10.0.0.7", to: "10.0.0.1", url: site + "/a", status: 301, location: "http://h/a/", told: "https"},
		}, "to http, browser false, server true"},
	} {
		kind := exchange.KindHAR
		if c.visits[0].from != "" {
			kind = exchange.KindPcap
		}
		if got := said(trail(kind, c.visits...)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The innermost of several servers that hand an answer on has made it.
func TestSource(t *testing.T) {
	browser := visit{url: "https://h/", status: 301, location: "https://h/"}
	outer, inner := browser, browser
	outer.url, outer.from, outer.to = site+"/", "10.0.0.7", "10.0.0.1"
	inner.url, inner.from, inner.to = site+"/", "10.0.0.1", "10.0.0.2"
	tr := trail(exchange.KindPcap, outer, inner)
	loop := redirects.Loop{First: redirects.NewVisit(browser.exchange(&exchange.Capture{Kind: exchange.KindHAR}, 9)), Times: 3}
	if got := tr.Source(loop); got == nil || got.Server.Address != "10.0.0.2" {
		t.Errorf("got %+v", got)
	}
}

// What is kept does not grow with the recording.
func TestBounded(t *testing.T) {
	var visits []visit
	for i := range 20000 {
		visits = append(visits, visit{url: fmt.Sprintf("%s/%d", site, i), status: 404, hub: fmt.Sprintf("/%d/", i)})
	}
	if got := said(trail(exchange.KindHAR, visits...)); got != "" {
		t.Error(got)
	}
}

// Whatever a server sends as Location, policy and page, nothing breaks, and a path
// that is said to be taken away was there.
func FuzzTrail(f *testing.F) {
	f.Add("/jupyter/", "/jupyter/hub/", "/jupyter/", "")
	f.Add("/hub/", "https://h/hub/", "/", `base_url: "/jupyter/hub/"`)
	f.Add("/a//b", "//[::1", "/;", "")
	f.Fuzz(func(t *testing.T, path, location, hub, page string) {
		if !strings.HasPrefix(path, "/") {
			path = "/" + path
		}
		one := visit{url: site + path, status: 302, location: location, hub: hub, page: page}
		two := visit{from: "10.0.0.1", to: "10.0.0.2", url: site + location, status: 404, page: page}
		tr := trail(exchange.KindPcap, one, one, two, one, two)
		said(tr)
		if s, ok := tr.Stripped(); ok && (s.Taken == "" || !strings.HasPrefix(s.Prefix, s.Taken)) {
			t.Errorf("%q taken from %q", s.Taken, s.Prefix)
		}
	})
}

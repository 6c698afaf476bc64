// SPDX-License-Identifier: Apache-2.0

package login_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

var start = time.Date(2026, 11, 22, 7, 28, 0, 0, time.UTC)

// message is a request for the login page or a submit, and its answer.
type message struct {
	at       time.Duration
	method   string
	path     string // "/hub/login" if empty
	content  string // of the submit
	status   int    // 0 for no answer
	page     string
	fields   []exchange.Field
	location string
}

func (m message) step(c *exchange.Capture) *login.Step {
	path := m.path
	if path == "" {
		path = "/hub/login"
	}
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: c}, Started: start.Add(m.at),
		Request: exchange.Request{
			Method: m.method, URL: exchange.URL{Scheme: "http", Host: "h", Path: path},
			Body: exchange.Body{State: exchange.Known, Bytes: []byte(m.content), MediaType: "application/x-www-form-urlencoded"},
		},
	}
	if m.status == 0 {
		x.NoResponse = "aborted"
		return login.NewStep(x)
	}
	fields := m.fields
	if m.location != "" {
		fields = append(fields, exchange.Field{Name: "Location", Value: m.location})
	}
	x.Response = &exchange.Response{
		Status: m.status, Fields: exchange.Fields{Lines: fields, Origin: c},
		Body: exchange.Body{State: exchange.Known, Bytes: []byte(m.page)},
	}
	return login.NewStep(x)
}

var (
	hub   = []exchange.Field{{Name: "X-JupyterHub-Version", Value: "5.5.4"}}
	hub41 = []exchange.Field{{Name: "X-JupyterHub-Version", Value: "4.1.6"}}
)

func withCookie(fields []exchange.Field, line string) []exchange.Field {
	return append(slices.Clone(fields), exchange.Field{Name: "Set-Cookie", Value: line + "; Path=/hub/"})
}

const formPage = `<input name="_xsrf" value="tok"><input type="password" name="password">`

// A failure and its cause are two things, and so are an answer of the Hub and one
// of a proxy.
func TestOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		submit message
		want   finding.Outcome
	}{
		"redirect with a login cookie":   {message{status: 302, fields: withCookie(hub, "jupyterhub-hub-login=x"), location: "/hub/home"}, finding.Succeeded},
		"redirect with one, to the form": {message{status: 302, fields: withCookie(hub, "jupyterhub-hub-login=x"), location: "/hub/login"}, finding.Succeeded},
		"redirect without one":           {message{status: 302, fields: hub, location: "https://idp.example.test/authorize"}, finding.OutcomeUnknown},
		"redirect back to the form":      {message{status: 302, fields: hub, location: "/hub/login"}, finding.Failed},
		"redirect by a proxy to https":   {message{status: 301, location: "https://h/hub/login"}, finding.OutcomeUnknown},
		"403 by the Hub":                 {message{status: 403, fields: hub}, finding.Failed},
		"403 by a proxy":                 {message{status: 403}, finding.Failed},
		"502":                            {message{status: 502}, finding.Failed},
		"200 with the form and an error": {message{status: 200, fields: hub, page: formPage + `<p class="login_error">no</p>`}, finding.Failed},
		"200 with a form, 5.5":           {message{status: 200, fields: hub, page: formPage}, finding.OutcomeUnknown},
		"200 with the form again, 4.1":   {message{status: 200, fields: hub41, page: formPage}, finding.Failed},
		"200 with another page":          {message{status: 200, fields: hub, page: "<p>enter your one-time code</p>"}, finding.OutcomeUnknown},
		"no answer":                      {message{}, finding.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			c.submit.method = "POST"
			attempts, _ := login.Assemble([]*login.Step{c.submit.step(&exchange.Capture{Kind: exchange.KindHAR})})
			if len(attempts) != 1 || attempts[0].Outcome() != c.want {
				t.Errorf("got %s, want %s", attempts[0].Outcome(), c.want)
			}
		})
	}
}

// A submit belongs to the page whose token it carries, however many other pages
// were opened; order alone ties nothing in the capture of a proxy.
func TestAssembleFindsThePage(t *testing.T) {
	page := func(at time.Duration, token string) message {
		return message{at: at, method: "GET", status: 200, page: `<input name="_xsrf" value="` + token + `">`}
	}
	submit := message{at: time.Minute, method: "POST", content: "_xsrf=one&username=u", status: 403}
	minted := time.Unix(1716000000, 0).UTC()
	const stock = "2|d6b491b6|d6a5b38592e1f7c15e2d3b0d1a697f49|1716000000"
	dated := func(at time.Duration, date time.Time) message {
		return message{at: at, method: "GET", status: 200, fields: []exchange.Field{{Name: "Date", Value: date.Format(http.TimeFormat)}}}
	}
	for name, c := range map[string]struct {
		kind  exchange.Kind
		pages []message
		want  login.Link
		at    time.Duration
	}{
		"by its token, not by order":     {exchange.KindHAR, []message{page(1, "one"), page(2, "two")}, login.LinkPage, 1},
		"reloaded: the latest with it":   {exchange.KindHAR, []message{page(1, "one"), page(2, "one")}, login.LinkPage, 2},
		"by its cookie":                  {exchange.KindHAR, []message{{at: 1, method: "GET", status: 200, fields: []exchange.Field{{Name: "Set-Cookie", Value: "_xsrf=one"}}}}, login.LinkCookie, 1},
		"by the second of its token":     {exchange.KindHAR, []message{dated(1, minted)}, login.LinkMint, 1},
		"a second later":                 {exchange.KindHAR, []message{dated(1, minted.Add(time.Second))}, login.LinkMint, 1},
		"two seconds later: by order":    {exchange.KindHAR, []message{dated(1, minted.Add(2*time.Second))}, login.LinkOrder, 1},
		"by order in a browser":          {exchange.KindHAR, []message{page(1, "two")}, login.LinkOrder, 1},
		"not by order at a proxy":        {exchange.KindPcap, []message{page(1, "two")}, login.LinkNone, 0},
		"not a page that came later":     {exchange.KindHAR, []message{page(2*time.Minute, "one")}, login.LinkNone, 0},
		"not a redirect":                 {exchange.KindHAR, []message{{at: 1, method: "GET", status: 302}}, login.LinkNone, 0},
		"not the page of another prefix": {exchange.KindHAR, []message{{at: 1, method: "GET", path: "/b/hub/login", status: 200, page: formPage}}, login.LinkNone, 0},
	} {
		t.Run(name, func(t *testing.T) {
			capture := &exchange.Capture{Kind: c.kind}
			submit := submit
			if c.want == login.LinkMint || strings.Contains(name, "seconds later") {
				submit.content = "_xsrf=" + url.QueryEscape(stock)
			}
			steps := []*login.Step{submit.step(capture)}
			for _, p := range c.pages {
				steps = append(steps, p.step(capture))
			}
			attempts, _ := login.Assemble(steps)
			if len(attempts) != 1 || attempts[0].Link != c.want {
				t.Fatalf("%d attempts, link %q, want %q", len(attempts), attempts[0].Link, c.want)
			}
			if c.want != login.LinkNone && !attempts[0].Form.Time.Equal(start.Add(c.at)) {
				t.Errorf("the page of %s", attempts[0].Form.Time)
			}
		})
	}
}

// Where tornado looks for the token, and what leaves the question open.
func TestSubmittedToken(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*exchange.Exchange)
		raw    string
		state  exchange.Knowledge
	}{
		"field":                {func(x *exchange.Exchange) {}, "a b", exchange.Known},
		"the last one counts":  {func(x *exchange.Exchange) { x.Request.Body.Bytes = []byte("_xsrf=one&_xsrf=two") }, "two", exchange.Known},
		"field before query":   {func(x *exchange.Exchange) { x.Request.URL.RawQuery = "_xsrf=q" }, "a b", exchange.Known},
		"query":                {func(x *exchange.Exchange) { x.Request.URL.RawQuery = "_xsrf=q"; x.Request.Body.Bytes = nil }, "q", exchange.Known},
		"empty is missing":     {func(x *exchange.Exchange) { x.Request.Body.Bytes = []byte("_xsrf=") }, "", exchange.Absent},
		"missing":              {func(x *exchange.Exchange) { x.Request.Body.Bytes = []byte("username=u") }, "", exchange.Absent},
		"content not recorded": {func(x *exchange.Exchange) { x.Request.Body = exchange.Body{} }, "", exchange.Unknown},
		"content cut off":      {func(x *exchange.Exchange) { x.Request.Body.Bytes = []byte("user"); x.Request.Body.Truncated = true }, "", exchange.Unknown},
		"multipart":            {func(x *exchange.Exchange) { x.Request.Body.MediaType = "multipart/form-data; boundary=x" }, "", exchange.Unknown},
		"field in its place": {func(x *exchange.Exchange) {
			x.Request.Body.Bytes = nil
			x.Request.Fields.Lines = []exchange.Field{{Name: "X-XSRFToken", Value: "h"}}
		}, "h", exchange.Known},
	} {
		t.Run(name, func(t *testing.T) {
			x := &exchange.Exchange{Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: "/hub/login"}, Body: exchange.Body{
				State: exchange.Known, Bytes: []byte("username=u&_xsrf=a%20b"), MediaType: "application/x-www-form-urlencoded",
			}}}
			c.change(x)
			s := login.NewStep(x)
			if s.Form.Raw != c.raw || s.FormState != c.state {
				t.Errorf("got %q, %s; want %q, %s", s.Form.Raw, s.FormState, c.raw, c.state)
			}
		})
	}
}

// The last Set-Cookie of a name is the one that a browser keeps.
func TestGivenIsTheLastOne(t *testing.T) {
	s := message{method: "POST", status: 403, fields: []exchange.Field{
		{Name: "Set-Cookie", Value: "_xsrf=first; Path=/hub/"}, {Name: "Set-Cookie", Value: "_xsrf=second; Path=/hub/"},
	}}.step(&exchange.Capture{})
	if got := s.Given().Raw; got != "second" {
		t.Errorf("got %q", got)
	}
}

// What the user typed does not come back in the words of the answer.
func TestWordsHideWhatWasPosted(t *testing.T) {
	s := message{
		method: "POST", content: "username=alice&password=open+sesame", status: 403,
		page: `<p class="login_error">No user alice with password open sesame</p>`,
	}.step(&exchange.Capture{})
	if got := s.Words(); got != "No user … with password …" {
		t.Errorf("got %q", got)
	}
}

// A signed token that two captures show is one submit, and one that a user sent
// twice is two; a token that anybody could have is not joined at all.
func TestCapturesAreJoinedByToken(t *testing.T) {
	const signed = "MnwxOjB8MTA6MTcxNjAwMDAwMHw1Ol94c3JmfDY4OlRtOXVaVHBDWW5CalNXeGtlVmhqWmpaVmIwdHRUM2Q1ZDB0WFVrdExaRTVsYlhoSlRFTXlTRmN5U0hVd1JuRnpQUT09fGYwNGJjNGE1NTQzZGFkYzhiZGM1MGU5ODhiZmI5NzMwZmQzZmY4MWVhMzk1YjM2ZjQ2YTlmYmE5ZWRkY2YwODk"
	browser := &exchange.Capture{Kind: exchange.KindHAR}
	proxy := &exchange.Capture{Kind: exchange.KindPcap}
	submit := func(c *exchange.Capture, at time.Duration, token string, status int) *login.Step {
		return message{at: at, method: "POST", content: "_xsrf=" + token, status: status}.step(c)
	}
	for name, c := range map[string]struct {
		steps []*login.Step
		want  int
	}{
		"in two captures, clocks apart":  {[]*login.Step{submit(browser, 0, signed, 403), submit(proxy, time.Hour, signed, 403)}, 1},
		"twice in each":                  {[]*login.Step{submit(browser, 0, signed, 403), submit(browser, 9, signed, 403), submit(proxy, 1, signed, 403), submit(proxy, 10, signed, 403)}, 2},
		"with another outcome":           {[]*login.Step{submit(browser, 0, signed, 403), submit(proxy, 1, signed, 302)}, 2},
		"a token that is not signed":     {[]*login.Step{submit(browser, 0, "x", 403), submit(proxy, 1, "x", 403)}, 2},
		"the answer seen in one of them": {[]*login.Step{submit(browser, 0, signed, 0), submit(proxy, 1, signed, 403)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			attempts, _ := login.Assemble(c.steps)
			if len(attempts) != c.want {
				t.Fatalf("%d attempts, want %d", len(attempts), c.want)
			}
			if c.want == 1 && attempts[0].Outcome() != finding.Failed {
				t.Errorf("outcome %s", attempts[0].Outcome())
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0

package proxied_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Pages as the programs write them (nginx 1.22.1 and HAProxy 2.6.12 run).
func nginxPage(title string) string {
	return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
}

func haproxyPage(title, text string) string {
	return "<html><body><h1>" + title + "</h1>\n" + text + "\n</body></html>\n"
}

// refusal is a form that was submitted and answered.
type refusal struct {
	status  int
	fields  []exchange.Field
	page    string
	cookies int // bytes
	log     *exchange.Logged
	said    []exchange.Statement // lines that stand by themselves
}

func (r refusal) decide() (causes.Decision, bool) {
	at := time.Date(2026, 11, 28, 1, 34, 50, 0, time.UTC)
	c := &exchange.Capture{ID: "c1", Name: "client.har", Kind: exchange.KindHAR}
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, HasEntry: true}, Vantage: exchange.Vantage{Capture: c}, Started: at, Answered: at, Logged: r.log,
		Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: "/hub/login"}, Proto: "HTTP/1.1",
			Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Cookie", Value: strings.Repeat("w", r.cookies)}}}},
		Response: &exchange.Response{Status: r.status, Fields: exchange.Fields{Lines: r.fields},
			Body: exchange.Body{State: exchange.Known, Bytes: []byte(r.page)}},
	}
	requests := answers.Requests([]*answers.Step{answers.NewStep(x, nil)})
	log := &exchange.Capture{ID: "c2", Kind: exchange.KindLog}
	for i, said := range r.said {
		said.Time, said.Ref = at, exchange.Ref{Capture: log, Line: i + 1, HasLine: true}
		if said.Code != exchange.SaidBadRequest {
			said.Values.Method, said.Values.Target = "POST", "/hub/login?next=%2Fhub%2F"
		}
		log.Statements = append(log.Statements, said)
	}
	answers.Attach(requests, []*exchange.Capture{log})
	return proxied.Decide(&proxied.Case{Request: requests[0], Witness: &answers.Witness{}, Application: proxied.TheHub})
}

func haproxyLine(state string) *exchange.Logged {
	return &exchange.Logged{Program: exchange.ProgramHAProxy, Believed: "198.51.100.23", Termination: state}
}

func line(code exchange.StatementCode, reason string) exchange.Statement {
	return exchange.Statement{Code: code, Program: exchange.ProgramNginx, Values: exchange.Values{Reason: reason}}
}

// Each cause stands before near twins in which nobody, or somebody else, is to blame.
func TestDecideProxied(t *testing.T) {
	tooLarge := strings.Replace(nginxPage("400 Bad Request"), "<hr>", "<center>Request Header Or Cookie Too Large</center>\r\n<hr>", 1)
	for _, test := range []struct {
		name       string
		given      refusal
		code       finding.Code // "" if nothing is decided
		confidence finding.Confidence
		between    []finding.Code
	}{
		{"403 on nginx' page", refusal{status: 403, page: nginxPage("403 Forbidden")}, finding.RefusedByProxy, finding.Likely, nil},
		{"401 on HAProxy's page", refusal{status: 401, page: haproxyPage("401 Unauthorized", "You need a valid user and password to access this content.")}, finding.RefusedByProxy, finding.Likely, nil},
		{"the same page, and the Hub's version", refusal{status: 403, page: nginxPage("403 Forbidden"), fields: []exchange.Field{{Name: "X-JupyterHub-Version", Value: "5.5.4"}}}, "", "", nil},
		{"the same page, and a cookie of the Hub's", refusal{status: 403, page: nginxPage("403 Forbidden"), fields: []exchange.Field{{Name: "Set-Cookie", Value: "_xsrf=x; Path=/hub/"}}}, "", "", nil},
		{"403 of tornado", refusal{status: 403, page: "<html><title>403: Forbidden</title><body>403: Forbidden</body></html>", fields: []exchange.Field{{Name: "Server", Value: "TornadoServer/6.5"}}}, "", "", nil},
		{"403 of nobody known, Server nginx", refusal{status: 403, page: "no", fields: []exchange.Field{{Name: "Server", Value: "nginx"}}}, "", "", nil},
		{"403 and the word of nginx' log", refusal{status: 403, said: []exchange.Statement{line(exchange.SaidForbiddenByRule, "access forbidden by rule")}}, finding.RefusedByProxy, finding.Proven, nil},
		{"404 on nginx' page", refusal{status: 404, page: nginxPage("404 Not Found")}, "", "", nil},

		{"400 on nginx' page that says why", refusal{status: 400, page: tooLarge, cookies: 9000}, finding.HeaderTooLarge, finding.Proven, nil},
		{"400 on nginx' page that does not", refusal{status: 400, page: nginxPage("400 Bad Request"), cookies: 9000}, "", "", nil},
		{"400 of nginx' log, which has no page", refusal{status: 400, log: &exchange.Logged{Program: exchange.ProgramNginx, AskedNobody: true}}, "", "", []finding.Code{finding.HeaderTooLarge}},
		{"431 of whomever", refusal{status: 431}, finding.HeaderTooLarge, finding.Proven, nil},
		{"400 of HAProxy to a long header", refusal{status: 400, page: haproxyPage("400 Bad request", "Your browser sent an invalid request."), cookies: 18000}, finding.HeaderTooLarge, finding.Likely, nil},
		{"400 of HAProxy to a short one", refusal{status: 400, page: haproxyPage("400 Bad request", "Your browser sent an invalid request."), cookies: 800}, "", "", []finding.Code{finding.HeaderTooLarge}},

		{"429 of whomever", refusal{status: 429}, finding.RateLimited, finding.Likely, nil},
		{"503 and the word of nginx' log", refusal{status: 503, page: nginxPage("503 Service Temporarily Unavailable"), said: []exchange.Statement{line(exchange.SaidRateLimited, "limiting requests, excess: 1.0")}}, finding.RateLimited, finding.Proven, nil},
		{"503 on nginx' page alone", refusal{status: 503, page: nginxPage("503 Service Temporarily Unavailable")}, "", "", []finding.Code{finding.RateLimited, finding.AppUnavailable}},

		{"502 of whomever", refusal{status: 502}, finding.AppUnavailable, finding.Likely, nil},
		{"502 of an application", refusal{status: 502, fields: []exchange.Field{{Name: "X-JupyterHub-Version", Value: "5.5.4"}}}, "", "", nil},
		{"504 and the word of nginx' log", refusal{status: 504, said: []exchange.Statement{line(exchange.SaidUpstreamFailed, "upstream timed out")}}, finding.AppUnavailable, finding.Proven, nil},
		{"503 on HAProxy's page without a server", refusal{status: 503, page: haproxyPage("503 Service Unavailable", "No server is available to handle this request.")}, finding.AppUnavailable, finding.Likely, nil},
		{"503 of nobody known", refusal{status: 503, page: "later"}, "", "", nil},
		{"500 on nginx' page", refusal{status: 500, page: nginxPage("500 Internal Server Error")}, "", "", nil},

		{"HAProxy denied it", refusal{status: 403, log: haproxyLine("PR--")}, finding.RefusedByProxy, finding.Proven, nil},
		{"HAProxy passed a 403 on", refusal{status: 403, log: haproxyLine("----")}, "", "", nil},
		{"the client left while HAProxy waited", refusal{status: 403, log: haproxyLine("CD--")}, "", "", nil},
		{"HAProxy could not connect", refusal{status: 503, log: haproxyLine("SC--")}, finding.AppUnavailable, finding.Proven, nil},
		{"HAProxy waited in vain", refusal{status: 504, log: haproxyLine("sH--")}, finding.AppUnavailable, finding.Proven, nil},
		{"HAProxy denied it with 429", refusal{status: 429, log: haproxyLine("PR--")}, finding.RateLimited, finding.Proven, nil},
		{"nginx asked nobody", refusal{status: 403, log: &exchange.Logged{Program: exchange.ProgramNginx, AskedNobody: true}}, finding.RefusedByProxy, finding.Proven, nil},
		{"nginx asked somebody", refusal{status: 403, log: &exchange.Logged{Program: exchange.ProgramNginx, PassedTo: "10.244.1.9:8000", PassedStatus: 403}}, "", "", nil},
		{"the Hub's own log", refusal{status: 403, log: &exchange.Logged{Program: exchange.ProgramJupyterHub}}, "", "", nil},
		{"configurable-http-proxy's log", refusal{status: 503, log: &exchange.Logged{Program: exchange.ProgramCHP}}, finding.AppUnavailable, finding.Proven, nil},
		{"it went well", refusal{status: 302, log: haproxyLine("PR--")}, "", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := test.given.decide()
			switch {
			case test.code == "" && d.Finding != nil:
				t.Errorf("accuses: %s (%s)", d.Finding.Code, d.Finding.Summary)
			case test.code == "":
				var between []finding.Code
				if d.Undecided != nil {
					between = d.Undecided.Between
				}
				if !slices.Equal(between, test.between) {
					t.Errorf("undecided between %v, want %v", between, test.between)
				}
			case d.Finding == nil:
				t.Errorf("undecided, want %s: %+v", test.code, d.Undecided)
			case d.Finding.Code != test.code || d.Finding.Confidence != test.confidence:
				t.Errorf("%s (%s), want %s (%s)", d.Finding.Code, d.Finding.Confidence, test.code, test.confidence)
			case len(d.Finding.Evidence) == 0 || len(d.Finding.Fixes) == 0 || d.Finding.Summary == "":
				t.Errorf("%d places of evidence, %d fixes, %q", len(d.Finding.Evidence), len(d.Finding.Fixes), d.Finding.Summary)
			}
		})
	}
}

// A line of a log that fits two requests of one capture proves nothing of either.
func TestDoubtfulLinesAreDropped(t *testing.T) {
	at := time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)
	c := &exchange.Capture{ID: "c1", Kind: exchange.KindHAR}
	var steps []*answers.Step
	for entry := range 2 {
		x := &exchange.Exchange{Ref: exchange.Ref{Capture: c, Entry: entry, HasEntry: true}, Started: at,
			Request:  exchange.Request{Method: "POST", URL: exchange.URL{Path: "/hub/login"}},
			Response: &exchange.Response{Status: 403}}
		steps = append(steps, answers.NewStep(x, nil))
	}
	requests := answers.Requests(steps)
	said := line(exchange.SaidForbiddenByRule, "access forbidden by rule")
	said.Time, said.Values.Method, said.Values.Target = at, "POST", "/hub/login"
	left := answers.Attach(requests, []*exchange.Capture{{ID: "c2", Kind: exchange.KindLog, Statements: []exchange.Statement{said}}})
	for _, r := range requests {
		if len(r.Said) > 0 {
			t.Errorf("%v is said to be of %v", said.Values, r.First().Ref)
		}
	}
	if len(requests) != 2 || len(left) != 0 {
		t.Errorf("%d requests, %d lines left", len(requests), len(left))
	}
}

// A server that was late needs another cure than one that is gone, and a gateway that
// said no another than a list of networks.
func TestFixesForAnswersOfProxies(t *testing.T) {
	for _, test := range []struct {
		name  string
		given refusal
		want  []string
	}{
		{"HAProxy waited in vain", refusal{status: 504, log: haproxyLine("sH--")}, []string{"find out what the login waits for", "let HAProxy wait longer"}},
		{"HAProxy could not connect", refusal{status: 503, log: haproxyLine("SC--")}, []string{"get the server up, and look why it was down", "tell the proxy the right address"}},
		{"nginx waited in vain", refusal{status: 504, said: []exchange.Statement{line(exchange.SaidUpstreamFailed, "upstream timed out (110: Connection timed out) while reading response header from upstream")}},
			[]string{"find out what the login waits for", "let nginx wait longer", "let the ingress wait longer"}},
		{"nginx could not connect", refusal{status: 504, said: []exchange.Statement{line(exchange.SaidUpstreamFailed, "upstream timed out (110: Connection timed out) while connecting to upstream")}},
			[]string{"get the server up, and look why it was down", "tell the proxy the right address"}},
		{"nginx has a rule", refusal{status: 403, said: []exchange.Statement{line(exchange.SaidForbiddenByRule, "access forbidden by rule")}},
			[]string{"let the client's network, or POST, through", "change the Ingress that refuses"}},
		{"HAProxy, and Node.js behind it", refusal{status: 400, page: haproxyPage("400 Bad request", "Your browser sent an invalid request."), cookies: 18000},
			[]string{"get rid of the cookies", "make room in HAProxy", "make room in Node.js"}},
	} {
		d, ok := test.given.decide()
		if !ok || d.Finding == nil {
			t.Errorf("%s: nothing found", test.name)
			continue
		}
		var titles []string
		for _, fix := range d.Finding.Fixes {
			titles = append(titles, fix.Title)
		}
		if !slices.Equal(titles, test.want) {
			t.Errorf("%s: %q", test.name, titles)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// asked is a request of a browser's, seen at its own side. The answer's fields are
// "Name: value", and so are the request's beyond the usual ones.
type asked struct {
	method, target string
	fields         []string
	status         int
	answer         []string
	body           string
}

const uA = "User-Agent: Mozilla/5.0"

var (
	capture = &exchange.Capture{ID: "c1", Kind: exchange.KindPcap}
	start   = time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)
)

func lines(list []string) (f exchange.Fields) {
	for _, line := range list {
		name, value, _ := strings.Cut(line, ": ")
		f.Lines = append(f.Lines, exchange.Field{Name: name, Value: value})
	}
	return f
}

func (a asked) exchange(n int) *exchange.Exchange {
	path, query, _ := strings.Cut(a.target, "?")
	ref := exchange.Ref{Capture: capture, Frame: 2*n + 1, FirstFrame: 2*n + 1}
	x := &exchange.Exchange{
		Ref: ref, Vantage: exchange.Vantage{Capture: capture},
		Client: exchange.Endpoint{Address: "198.51.100.23", Port: 40000 + n}, Server: exchange.Endpoint{Address: "203.0.113.80", Port: 80},
		TCP:     exchange.TCP{Sequence: uint32(n + 1), Acknowledgement: 1, Known: true},
		Started: start.Add(time.Duration(n) * time.Second), Answered: start.Add(time.Duration(n)*time.Second + 50*time.Millisecond),
		Request: exchange.Request{Method: a.method, URL: exchange.URL{Host: "lab.example.test", Path: path, RawQuery: query}, Proto: "HTTP/1.1",
			Fields: lines(append([]string{"Host: lab.example.test", uA}, a.fields...))},
	}
	if a.status != 0 {
		ref.Frame++
		x.Response = &exchange.Response{Ref: ref, Status: a.status, Fields: lines(a.answer)}
		x.Response.Body = exchange.Body{State: exchange.Known, Bytes: []byte(a.body), MediaType: "text/html"}
	}
	return x
}

func visits(requests ...asked) []*Visit {
	var steps []*Step
	for n, a := range requests {
		if x := a.exchange(n); Matters(x) {
			steps = append(steps, NewStep(x))
		}
	}
	return Assemble(steps)
}

var (
	basic     = []string{"Authorization: Basic YTpi"}
	token     = []string{"Authorization: token abc"}
	challenge = []string{`WWW-Authenticate: Basic realm="lab"`}
	tornado   = []string{"Server: TornadoServer/6.6.1"}
	socket    = []string{"Origin: http://lab.example.test", "Upgrade: websocket", "Sec-WebSocket-Key: a2V5"}

	labPage  = asked{"GET", "/lab", basic, 200, tornado, string(page(`{"appVersion": "4.6.6", "token": "abc"}`))}
	labNone  = asked{"GET", "/lab", basic, 200, tornado, string(page(`{"appVersion": "4.6.6", "token": ""}`))}
	contents = asked{"GET", "/api/contents", token, 200, tornado, ""}
)

func TestOutcome(t *testing.T) {
	for _, test := range []struct {
		name     string
		requests []asked
		want     string
	}{
		{"the page, and what it asks for", []asked{labPage, contents}, "succeeded, 0 broken"},
		{"first a challenge", []asked{{"GET", "/lab", nil, 401, challenge, ""}, labPage, contents}, "succeeded, 0 broken"},
		{"a challenge for what is then taken", []asked{labNone,
			{"GET", "/api/contents", nil, 401, challenge, ""}, {"GET", "/api/contents", basic, 200, tornado, ""}}, "succeeded, 0 broken"},
		{"the page's token is refused by who wants a password", []asked{labPage, {"GET", "/api/contents", token, 401, challenge, ""}}, "failed, 1 broken"},
		{"and then taken", []asked{labPage, {"GET", "/api/contents", token, 401, challenge, ""}, contents}, "succeeded, 0 broken"},
		{"a wrong token is refused by Jupyter", []asked{labNone, {"GET", "/api/contents", token, 403, tornado, ""}}, "failed, 0 broken"},
		{"one thing is forbidden", []asked{labNone, {"GET", "/api/contents", basic, 200, tornado, ""}, {"GET", "/api/contents/x", basic, 403, tornado, ""}}, "succeeded, 0 broken"},
		{"a file is not there", []asked{labNone, {"GET", "/api/contents", basic, 200, tornado, ""}, {"PUT", "/api/contents/x", append(basic, "Origin: http://lab.example.test"), 404, tornado, ""}}, "succeeded, 0 broken"},
		{"another site's page asks", []asked{labNone, {"GET", "/api/contents", basic, 200, tornado, ""}, {"PUT", "/api/contents/x", append(basic, "Origin: http://other.example.test", "Referer: http://other.example.test/"), 404, tornado, ""}}, "succeeded, 0 broken"},
		{"its own page asks behind a proxy that changes Host", []asked{labNone, {"GET", "/api/contents", basic, 200, tornado, ""}, {"PUT", "/api/contents/x", append(basic, "Origin: http://other.example.test", "Referer: http://other.example.test/lab/tree/x"), 404, tornado, ""}}, "failed, 1 broken"},
		{"another site's page may ask", []asked{labNone, {"PUT", "/api/contents/y", append(basic, "Origin: http://other.example.test"), 200, tornado, ""},
			{"PUT", "/api/contents/x", append(basic, "Origin: http://other.example.test"), 404, tornado, ""}}, "succeeded, 0 broken"},
		{"no WebSocket", []asked{labNone, contents, {"GET", "/api/events/subscribe", socket[:1], 400, tornado, ""}}, "failed, 1 broken"},
		{"each WebSocket is forbidden", []asked{labNone, contents, {"GET", "/api/events/subscribe", socket, 403, tornado, ""}, {"GET", "/api/kernels/1/channels", socket, 403, tornado, ""}}, "failed, 0 broken"},
		{"the second WebSocket opens", []asked{labNone, contents, {"GET", "/api/events/subscribe", socket, 403, tornado, ""}, {"GET", "/api/events/subscribe", socket, 101, tornado, ""}}, "succeeded, 0 broken"},
		{"no answer to a WebSocket, three times", []asked{labNone, contents, {"GET", "/api/events/subscribe", socket, 0, nil, ""},
			{"GET", "/api/events/subscribe", socket, 0, nil, ""}, {"GET", "/api/events/subscribe", socket, 0, nil, ""}}, "unknown, 0 broken"},
		{"the page alone", []asked{labPage}, "unknown, 0 broken"},
	} {
		list := visits(test.requests...)
		if len(list) != 1 {
			t.Errorf("%s: %d visits", test.name, len(list))
			continue
		}
		if got := fmt.Sprintf("%s, %d broken", list[0].Outcome(), len(list[0].Broken())); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestExposure(t *testing.T) {
	cookie := []string{`Cookie: _xsrf=1; username-lab-example-test="2|1:0"`}
	for _, test := range []struct {
		name     string
		requests []asked
		want     bool
	}{
		{"a password for the proxy", []asked{labPage, contents}, true},
		{"the script had the token from an earlier page", []asked{contents, labPage, contents}, true},
		{"the token in the address", []asked{{"GET", "/lab?token=abc", nil, 200, tornado, labPage.body}, contents}, false},
		{"another one in the address", []asked{{"GET", "/lab?token=old", basic, 200, tornado, labPage.body}, contents}, true},
		{"the cookie of a login with Jupyter", []asked{{"GET", "/lab", cookie, 200, tornado, labPage.body}, contents}, false},
		{"Jupyter's own form", []asked{{"POST", "/login", nil, 302, tornado, ""}, labPage, contents}, false},
		{"no token in the page", []asked{labNone, contents}, false},
	} {
		list := visits(test.requests...)
		if len(list) != 1 {
			t.Errorf("%s: %d visits", test.name, len(list))
		} else if got := list[0].Exposure() != nil; got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// Others have such paths, and such tokens, too.
func TestNoVisit(t *testing.T) {
	for _, test := range []struct {
		name    string
		request asked
	}{
		{"a Hub's API", asked{"GET", "/hub/api/users", token, 403, tornado, ""}},
		{"a server of a Hub's", asked{"GET", "/user/alice/api/contents", token, 200, tornado, ""}},
		{"the API of configurable-http-proxy", asked{"GET", "/api/routes", token, 403, nil, ""}},
		{"another application's sessions", asked{"GET", "/api/sessions", token, 401, challenge, ""}},
		{"a page of another application", asked{"GET", "/lab", basic, 200, nil, "<html>our laboratory</html>"}},
		{"of a Hub's by what its page says", asked{"GET", "/lab", nil, 200, tornado, string(page(`{"hubPrefix": "/hub/"}`))}},
	} {
		if list := visits(test.request); len(list) != 0 {
			t.Errorf("%s: %d visits, %s", test.name, len(list), list[0].Outcome())
		}
	}
	if got := len(visits(asked{"GET", "/api/kernelspecs", token, 200, tornado, ""})); got != 1 {
		t.Errorf("%d visits of a client of Jupyter's API", got)
	}
}

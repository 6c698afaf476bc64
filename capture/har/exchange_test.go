// SPDX-License-Identifier: Apache-2.0

package har

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// one reads a single entry: members of request and response, without braces.
func one(t *testing.T, request, response string) *exchange.Exchange {
	t.Helper()
	_, exchanges := loadText(t, fmt.Sprintf(
		`{"request":{"method":"POST","url":"https://h/p?q=1#f",%s},"response":{"status":200,%s}}`, request, response))
	if len(exchanges) != 1 {
		t.Fatalf("got %d exchanges", len(exchanges))
	}
	return exchanges[0]
}

const (
	hostField = `"headers":[{"name":"Host","value":"h"}]`
	someField = `"headers":[{"name":"Date","value":"today"}]`
)

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 22, 7, 28, 7, 0, time.UTC)
	for text, fraction := range map[string]time.Duration{
		"2026-11-22T07:28:07Z":                 0,
		"2026-11-22T07:28:07.25Z":              250 * time.Millisecond,
		"2026-11-22T08:28:07.250+01:00":        250 * time.Millisecond,
		"2026-11-22T02:28:07.123456789-0500":   123456789,
		"2026-11-22T07:28:07":                  0,
		"2026-11-22 07:28:07,5":                500 * time.Millisecond,
		" 2026-11-22T07:28:07.000123+00:00 \n": 123 * time.Microsecond,
	} {
		if got := parseTime(text); !got.Equal(want.Add(fraction)) || got.Location() != time.UTC {
			t.Errorf("%q: got %s", text, got)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-11-22", "1790000000"} {
		if got := parseTime(text); !got.IsZero() {
			t.Errorf("%q: got %s, want none", text, got)
		}
	}
}

func TestAnswered(t *testing.T) {
	for timings, want := range map[string]string{
		`{"blocked":1,"dns":2,"connect":3,"ssl":2,"send":4,"wait":5.5,"receive":9}`: "15.5ms",
		`{"blocked":-1,"dns":-1,"connect":-1,"send":0,"wait":"7"}`:                  "7ms",
		`{"wait":0}`:    "0s",
		`{"wait":-1}`:   "none",
		`{"send":1}`:    "none",
		`{"wait":1e99}`: "none",
		`{"wait":null}`: "none",
		`null`:          "none",
	} {
		_, exchanges := loadText(t, `{"startedDateTime":"2026-11-22T07:28:07Z","timings":`+timings+","+entryText[1:])
		x, got := exchanges[0], "none"
		if !x.Answered.IsZero() {
			got = x.Answered.Sub(x.Started).String()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", timings, got, want)
		}
	}
}

func TestParseURL(t *testing.T) {
	for _, test := range []struct {
		raw, method string
		want        exchange.URL
		kind        target
	}{
		{"http://h/a%2Fb?c=%7C&d#e?f", "GET", exchange.URL{Scheme: "http", Host: "h", Path: "/a%2Fb", RawQuery: "c=%7C&d"}, targetHTTP},
		{"HTTPS://u:p@[2001:db8::1]:8443", "GET", exchange.URL{Scheme: "HTTPS", Host: "[2001:db8::1]:8443"}, targetHTTP},
		{"wss://h?x", "GET", exchange.URL{Scheme: "wss", Host: "h", RawQuery: "x"}, targetHTTP},
		{"/hub/login?next=http://x/", "GET", exchange.URL{Path: "/hub/login", RawQuery: "next=http://x/"}, targetHTTP},
		{"h:443", "CONNECT", exchange.URL{Host: "h:443"}, targetHTTP},
		{"data:text/plain,x", "GET", exchange.URL{}, targetOther},
		{"moz-extension://x/y", "GET", exchange.URL{}, targetOther},
		{"http:h", "GET", exchange.URL{}, targetUnknown},
		{"", "GET", exchange.URL{}, targetUnknown},
	} {
		if got, kind := parseURL(test.raw, test.method); got != test.want || kind != test.kind {
			t.Errorf("%q: got %+v, %d, want %+v, %d", test.raw, got, kind, test.want, test.kind)
		}
	}
}

func TestHostFromHead(t *testing.T) {
	for head, want := range map[string]string{
		`[{"name":":authority","value":"a"},{"name":":scheme","value":"https"}]`: "https://a/p",
		`[{"name":"host","value":"b:8000"}]`:                                     "://b:8000/p",
	} {
		_, exchanges := loadText(t, `{"request":{"method":"GET","url":"/p","headers":`+head+`}}`)
		if got := exchanges[0].Request.URL.String(); got != want {
			t.Errorf("%s: got %q, want %q", head, got, want)
		}
	}
}

// TestIncomplete checks when a missing field is unknown rather than absent.
func TestIncomplete(t *testing.T) {
	for _, test := range []struct {
		name, creator, proto, request string
		want                          exchange.Knowledge
	}{
		{"host", "WebInspector", "HTTP/1.1", `[{"name":"Host","value":"h"}]`, exchange.Absent},
		{"authority", "WebInspector", "h3", `[{"name":":authority","value":"h"}]`, exchange.Absent},
		{"provisional", "WebInspector", "h2", `[{"name":"referer","value":"h"}]`, exchange.Unknown},
		{"provisional in Playwright", "Playwright", "HTTP/1.1", `[{"name":"referer","value":"h"}]`, exchange.Unknown},
		{"HTTP/2 by mitmproxy", "mitmproxy 12", "HTTP/2.0", `[]`, exchange.Absent},
		{"HTTP/2 by Safari", "WebKit Web Inspector", "h2", `[]`, exchange.Absent},
		{"HTTP/1 by Safari", "WebKit Web Inspector", "HTTP/1.1", `[]`, exchange.Unknown},
		{"headers null", "Firefox", "HTTP/1.1", `null`, exchange.Unknown},
		{"headers of another type", "Firefox", "HTTP/1.1", `{"Host":"h"}`, exchange.Unknown},
		{"a line without value", "Firefox", "HTTP/1.1", `[{"name":"Host","value":"h"},{"name":"Cookie"}]`, exchange.Unknown},
		{"a line of another type", "Firefox", "HTTP/1.1", `[{"name":"Host","value":"h"},7,["X"]]`, exchange.Unknown},
	} {
		_, exchanges, err := load(strings.NewReader(fmt.Sprintf(
			`{"log":{"creator":{"name":%q},"entries":[{"request":{"method":"GET","url":"https://h/","httpVersion":%q,"headers":%s},"response":{"status":200,%s}}]}}`,
			test.creator, test.proto, test.request, someField)), exchange.BodyPolicy{})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if _, got := exchanges[0].Request.Fields.Get("cookie"); got != test.want {
			t.Errorf("%s: cookie is %s, want %s", test.name, got, test.want)
		}
	}
}

func TestNoResponse(t *testing.T) {
	long := strings.Repeat("é", 500)
	for response, want := range map[string]string{
		`{"status":0,"_error":"net::ERR_FAILED"}`:     `fail: "net::ERR_FAILED"`,
		`{"status":0,"_error":"net::ERR_\u001b[31m"}`: "saw the request fail",
		`{"status":-1,"_failureText":"` + long + `"}`: "saw the request fail",
		`{"status":0,"_error":"h/?token=secret"}`:     "saw the request fail",
		`{"status":0}`:   "blocked, cancelled or still running",
		`{"status":"x"}`: "blocked, cancelled or still running",
		`null`:           "holds no response",
	} {
		_, exchanges := loadText(t, `{"request":{"method":"GET","url":"http://h/"},"response":`+response+`}`)
		x := exchanges[0]
		if x.Response != nil || !strings.Contains(x.NoResponse, want) || len(x.NoResponse) > 300 || strings.Contains(x.NoResponse, "secret") {
			t.Errorf("%s: got %q, want %q", response, x.NoResponse, want)
		}
	}
}

func TestSplitAtCookies(t *testing.T) {
	for joined, want := range map[string][]string{
		"a=1": {"a=1"},
		"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=2": {"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"},
		"a=1,2,3; Path=/,b=x,y":                           {"a=1,2,3; Path=/", "b=x,y"},
		"":                                                {""},
	} {
		if got := splitAtCookies(joined); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", joined, got, want)
		}
	}
}

func TestLimitsOfAHead(t *testing.T) {
	field := func(value string) string { return `{"name":"X","value":"` + value + `"}` }
	for name, fields := range map[string]string{
		"too many":      strings.Repeat(field("1")+",", maxFields) + field("1"),
		"too much":      strings.Repeat(field(strings.Repeat("1", 50_000))+",", 6) + field("1"),
		"one too long":  field(strings.Repeat("1", maxText+1)),
		"one very long": field(strings.Repeat("1", 1<<21)),
		"joined":        field(strings.Repeat(`\n`, maxFields)),
	} {
		c, exchanges := loadText(t, `{"request":{"method":"GET","url":"http://h/","headers":[`+fields+`]}}`)
		got := exchanges[0].Request.Fields
		if !got.Incomplete || len(got.Lines) > maxFields || !c.HasNote(exchange.NoteLimit) {
			t.Errorf("%s: %d lines, incomplete %v, notes %q", name, len(got.Lines), got.Incomplete, c.Notes)
		}
	}
	c, exchanges := loadText(t, `{"request":{"method":"GET","url":"http://h/`+strings.Repeat("x", maxText)+`"}}`)
	if len(exchanges) != 1 || !c.HasNote(exchange.NoteLimit) {
		t.Errorf("long URL: %d exchanges, notes %q", len(exchanges), c.Notes)
	}
}

// TestNotSanitized checks recordings without cookies that are complete.
func TestNotSanitized(t *testing.T) {
	const head = `"headers":[{"name":"Host","value":"h"},{"name":"User-Agent","value":"Chrome/%d.0"}],"cookies":[],"httpVersion":"%s","headersSize":%d`
	for _, test := range []struct {
		name, creator, proto string
		version, size        int
		want                 bool
	}{
		{"sizes are right", "WebInspector", "HTTP/1.1", 156, 68, false},
		{"a field is missing", "WebInspector", "HTTP/1.1", 156, 98, true},
		{"counted in another way", "WebInspector", "HTTP/1.1", 156, 20, true}, // judged by its path
		{"cannot be measured", "WebInspector", "h2", 156, -1, true},
		{"older than the sanitized export", "WebInspector", "h2", 129, -1, false},
		{"not by DevTools", "Firefox", "HTTP/1.1", 156, 98, false},
	} {
		text := fmt.Sprintf(`{"log":{"creator":{"name":%q},"entries":[{"request":{"method":"GET","url":"http://h/hub/login",`+head+
			`},"response":{"status":200,"statusText":"OK","httpVersion":%q,"headersSize":32,"headers":[["Date","today"]]}}]}}`,
			test.creator, test.version, test.proto, test.size, test.proto)
		c, _, err := load(strings.NewReader(text), exchange.BodyPolicy{})
		if got := c.HasNote(exchange.NoteSanitized); err != nil || got != test.want {
			t.Errorf("%s: %v, sanitized %v, want %v: %q", test.name, err, got, test.want, c.Notes)
		}
	}
}

// TestFormTokenWithoutBodies checks that the judgement does not hang on whether
// anybody wants bodies.
func TestFormTokenWithoutBodies(t *testing.T) {
	text := `{"log":{"creator":{"name":"WebInspector"},"entries":[{"request":{"method":"POST","url":"https://h/login",` +
		`"httpVersion":"h2","headers":[[":authority","h"]],"postData":{"params":[{"name":"_xsrf","value":"1"}]}},"response":{"status":403}}]}}`
	for _, policy := range []exchange.BodyPolicy{{}, keepAll(0), keepAll(100)} {
		if c, _, err := load(strings.NewReader(text), policy); err != nil || !c.HasRemoved("Set-Cookie") {
			t.Errorf("policy %+v: %v, removed %q", policy, err, c.Removed)
		}
	}
}

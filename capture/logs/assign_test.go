// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

const (
	idA = "None:lC3OksbdLyD39GwcsW4kHg1sBSIPGv1A4Ydta4cKbwY="
	idB = "None:bFjVegdEicdtuDRK-jjFMpTJ9ZxkXeuWT1Kg5cGThzI="
)

// hubLog writes lines of a Hub; each is the seconds and the message.
func hubLog(lines ...string) []byte {
	var b strings.Builder
	for _, line := range lines {
		seconds, message, _ := strings.Cut(line, " ")
		source := "x:1"
		if strings.HasSuffix(message, "ms") {
			source = "log:192"
		}
		fmt.Fprintf(&b, "[I 2026-11-22 22:19:%s JupyterHub %s] %s\n", seconds, source, message)
	}
	return []byte(b.String())
}

// Each line of a test says of which request it must stand: that is its last word.
func TestAssignment(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  []string // codes by exchange, then of the capture
	}{
		{"one after the other", []string{
			"10.010 Setting new xsrf cookie for b'" + idA + "' {'path': '/hub/'}",
			"10.020 200 GET /hub/login (@10.0.0.1) 20.00ms",
			"11.010 Failed login for alice",
			"11.020 403 POST /hub/login (@10.0.0.1) 20.00ms",
		}, []string{"xsrf-cookie-set", "login-failed", ""}},
		{"two at once: nothing tells them apart", []string{
			"10.010 Setting new xsrf cookie for b'" + idA + "' {'path': '/hub/'}",
			"10.020 200 GET /hub/login (@10.0.0.1) 20.00ms",
			"10.030 200 GET /hub/login (@10.0.0.2) 29.00ms",
		}, []string{"xsrf-cookie-set?", "xsrf-cookie-set?", ""}},
		{"two at once: the refusal names its request", []string{
			"10.010 xsrf id mismatch b'" + idA + "' != b'" + idB + "'",
			"10.010 Setting new xsrf cookie for b'" + idB + "' {'path': '/hub/'}",
			"10.010 403 POST /hub/login (10.0.0.2): XSRF cookie does not match POST argument",
			"10.020 200 GET /hub/login (@10.0.0.1) 20.00ms",
			"10.030 403 POST /hub/login (@10.0.0.2) 29.00ms",
		}, []string{"", "xsrf-mismatch xsrf-cookie-set refused", ""}},
		{"two at once: the user tells", []string{
			"10.010 User logged in: alice",
			"10.015 302 POST /hub/login -> /hub/ (bob@10.0.0.1) 20.00ms",
			"10.020 302 POST /hub/login -> /hub/ (alice@10.0.0.1) 20.00ms",
		}, []string{"", "logged-in", ""}},
		{"a long request around a short one", []string{
			"10.500 Failed login for alice",
			"10.510 403 POST /hub/login (@10.0.0.1) 20.00ms",
			"15.000 200 GET /hub/api/users/bob/server/progress (bob@10.0.0.2) 14000.00ms",
		}, []string{"login-failed", "", ""}},
		{"the request is not in the log", []string{
			"10.010 Failed login for alice",
			"12.000 200 GET /hub/login (@10.0.0.1) 20.00ms",
		}, []string{"", "login-failed"}},
		{"the Hub speaks of itself while it serves", []string{
			"10.010 Writing cookie_secret to /srv/x",
			"10.020 200 GET /hub/login (@10.0.0.1) 20.00ms",
		}, []string{"", "cookie-secret-written"}},
		{"minutes later", []string{
			"00.010 Failed login for alice", "00.020 403 POST /hub/login (@10.0.0.1) 20.00ms",
			"20.010 Failed login for bob", "20.020 403 POST /hub/login (@10.0.0.1) 20.00ms",
			"59.010 Failed login for eve", "59.020 403 POST /hub/login (@10.0.0.1) 20.00ms",
		}, []string{"login-failed", "login-failed", "login-failed", ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, list, err := load(t, hubLog(test.lines...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range list {
				got = append(got, strings.Join(codes(x), " "))
			}
			var alone []string
			for _, s := range c.Statements {
				alone = append(alone, string(s.Code))
			}
			if got = append(got, strings.Join(alone, " ")); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What Jupyter Server says of a path is of the request for it.
func TestOriginBlockedIsOfItsPath(t *testing.T) {
	const log = `[W 2026-11-28 01:42:10.575 LabApp] Blocking Cross Origin API request for /lab/api/workspaces/default.  Origin: http://lab.example.test, Host: 10.244.1.40:8888
[D 2026-11-28 01:42:10.580 ServerApp] 200 GET /api/contents (abc@10.244.3.17) 30.00ms
[W 2026-11-28 01:42:10.596 LabApp] 404 PUT /lab/api/workspaces/default?1795830130504 (abc@10.244.3.17) 21.53ms referer=http://lab.example.test/lab
`
	_, list, err := load(t, []byte(log))
	if err != nil || len(list) != 2 {
		t.Fatalf("%d exchanges, %v", len(list), err)
	}
	for i, want := range []string{"", "origin-blocked"} {
		if got := strings.Join(codes(list[i]), " "); got != want {
			t.Errorf("%s: %q, want %q", list[i].Ref, got, want)
		}
	}
}

// Lines of two Hubs in one log are not mixed up.
func TestContainers(t *testing.T) {
	const log = `[pod/hub-a/hub] 2026-11-22T22:19:10.010Z [W 2026-11-22 22:19:10.010 JupyterHub x:1] Failed login for alice
[pod/hub-b/hub] 2026-11-22T22:19:10.012Z [I 2026-11-22 22:19:10.012 JupyterHub log:192] 200 POST /hub/login (@10.0.0.1) 10.00ms
[pod/proxy-c/chp] 2026-11-22T22:19:10.013Z 2026-11-22T22:19:10.013Z [ConfigProxy] error: 503 GET /hub/login connect ECONNREFUSED 10.0.0.1:8081
[pod/ingress-d/controller] 2026-11-22T22:19:10.014Z 10.0.0.9 - - [22/Nov/2026:22:19:10 +0000] "GET / HTTP/1.1" 302 0 "-" "curl"
[pod/hub-a/hub] 2026-11-22T22:19:10.015Z [I 2026-11-22 22:19:10.015 JupyterHub log:192] 200 POST /hub/login (@10.0.0.1) 10.00ms
`
	c, list, err := load(t, []byte(log))
	if err != nil || len(list) != 4 || c.ZoneUnknown {
		t.Fatalf("%d exchanges, %v, %+v", len(list), err, c.Notes)
	}
	for i, want := range []struct{ container, codes string }{
		{"pod/hub-b/hub", ""}, {"pod/proxy-c/chp", "upstream-failed"}, {"pod/ingress-d/controller", ""}, {"pod/hub-a/hub", "login-failed"},
	} {
		if x := list[i]; x.Logged.Container != want.container || strings.Join(codes(x), " ") != want.codes {
			t.Errorf("%s: %s said %v", x.Ref, x.Logged.Container, codes(x))
		}
	}
}

// For an answer of 500 a Hub dumps the head of the request.
func TestDump(t *testing.T) {
	const log = `[E 2026-11-22 22:19:10.010 JupyterHub log:184] {
      "Host": "hub.example.test",
      "X-Forwarded-For": "198.51.100.23, 10.0.0.1",
      "Cookie": "_xsrf=[secret]",
      "User-Agent": "curl \"x\""
    }
[E 2026-11-22 22:19:10.011 JupyterHub log:192] 500 GET /hub/oauth_callback?code=[secret]&state=[secret] (@198.51.100.23) 10.00ms
`
	c, list, err := load(t, []byte(log))
	if err != nil || len(list) != 1 || c.Ledger.Used != 7 {
		t.Fatalf("%d exchanges, %v, %+v", len(list), err, c.Ledger)
	}
	f := list[0].Request.Fields
	if f.First("X-Forwarded-For") != "198.51.100.23, 10.0.0.1" || f.First("User-Agent") != `curl "x"` || !list[0].Logged.Scrubbed {
		t.Errorf("fields %+v", f.Lines)
	}
	if _, state := f.Get("Cookie"); state != exchange.Unknown {
		t.Errorf("the cookie is %s", state)
	}
}

// A session id must not be shown, and the identity of who is not logged in may be.
func TestSecretsInStatements(t *testing.T) {
	const session = "0123456789abcdef0123456789abcdef"
	_, list, _ := load(t, hubLog(
		"10.010 xsrf id mismatch b'"+idA+"' != b'"+session+":"+session+"'",
		"10.020 200 GET /hub/home (alice@10.0.0.1) 20.00ms"))
	s := list[0].Logged.Said[0]
	if strings.Contains(s.Text, session) || !strings.Contains(s.Text, idA) || s.Values.Identity != session+":"+session || s.Values.CookieIdentity != idA {
		t.Errorf("%+v", s)
	}
	for text, want := range map[string]string{
		"Authorization: Bearer abc123def456":                         "Authorization: [secret] [secret]",
		"got token=abc123":                                           "got token=[secret]",
		"Error fetching 400 POST https://u:p@idp/token?code=1&x=2":   "Error fetching 400 POST https://[secret]@idp/token?code=[secret]&x=2",
		`{"error":"invalid_grant","access_token": "abc"}`:            `{"error":"invalid_grant","access_token": [secret]}`,
		"Invalid auth token: Signature has expired":                  "Invalid auth token: Signature has expired",
		"XSRF cookie does not match POST argument":                   "XSRF cookie does not match POST argument",
		"password: hunter":                                           "password: [secret]",
		"_xsrf 2|1:0|10:1716000000|5:_xsrf|88:Tm9uZ|ab is no cookie": "_xsrf [secret] is no cookie",
	} {
		if got := redact(text); got != want && !strings.HasPrefix(text, "Authorization") || strings.Contains(got, "abc") {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// one reads a log of one request.
func one(t *testing.T, line string) *exchange.Exchange {
	t.Helper()
	_, list, err := load(t, []byte(line))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d exchanges, %v: %s", len(list), err, line)
	}
	return list[0]
}

// outline is what a test compares of an exchange.
func outline(x *exchange.Exchange) string {
	status := 0
	if x.Response != nil {
		status = x.Response.Status
	}
	l := x.Logged
	s := fmt.Sprintf("%s: %d %s %s", l.Program, status, x.Request.Method, x.Request.URL)
	add := func(name, value string) {
		if value != "" && value != "0" {
			s += " " + name + "=" + value
		}
	}
	add("client", x.Client.Address)
	add("port", fmt.Sprint(x.Client.Port))
	add("believed", l.Believed)
	add("user", l.User)
	add("location", l.Location)
	add("passed", l.PassedTo)
	add("passed-status", fmt.Sprint(l.PassedStatus))
	add("id", l.RequestID)
	add("state", l.Termination)
	for _, f := range x.Request.Fields.Lines {
		add(f.Name, f.Value)
	}
	if !x.Started.IsZero() {
		s += " " + x.Started.Format("15:04:05.999999")
		if !l.StartUnknown {
			s += "+" + x.Answered.Sub(x.Started).Round(time.Microsecond).String()
		}
		if l.ZoneUnknown {
			s += "?"
		}
	}
	return s
}

// The lines were written by the programs themselves: in the lab, or on loopback
// (nginx 1.22.1, HAProxy 2.6.12, configurable-http-proxy 5.3.0, Airflow 3.0.6 and 3.2.2
// with uvicorn). Traefik's are those of its tests and documentation.
func TestLines(t *testing.T) {
	for _, test := range []struct{ name, line, want string }{
		{"hub 4.0.2", `[I 2026-11-22 22:18:18.134 JupyterHub log:191] 302 POST /hub/login?next=%2Fhub%2Fhome -> /hub/home (alice@198.51.100.23) 41.81ms`,
			"jupyterhub: 302 POST /hub/login?next=%2Fhub%2Fhome believed=198.51.100.23 user=alice location=/hub/home 22:18:18.09219+41.81ms?"},
		{"hub 4.1.6", `[W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login?next=%2Fhub%2Fhome (@10.244.5.42) 41.10ms`,
			"jupyterhub: 403 POST /hub/login?next=%2Fhub%2Fhome believed=10.244.5.42 22:19:47.6079+41.1ms?"},
		{"hub 4.1.6, not modified", `[D 2026-11-23 22:30:00.000 JupyterHub log:192] 304 GET /hub/login?next=%2Fhub%2Fhome (@198.51.100.23) 1.00ms`,
			"jupyterhub: 304 GET /hub/login?next=%2Fhub%2Fhome believed=198.51.100.23 22:29:59.999+1ms?"},
		{"hub, IPv6", `[I 2026-11-22 22:19:41.517 JupyterHub log:192] 302 GET / -> /hub/ (@2001:db8:1::23) 0.68ms`,
			"jupyterhub: 302 GET / believed=2001:db8:1::23 location=/hub/ 22:19:41.51632+680µs?"},
		{"hub, hidden values", `[W 2026-11-22 22:19:41.517 JupyterHub log:192] 403 GET /hub/oauth_callback?code=[secret]&state=[secret] (@10.0.0.1) 5.00ms`,
			"jupyterhub: 403 GET /hub/oauth_callback?code=[secret]&state=[secret] believed=10.0.0.1 22:19:41.512+5ms?"},
		{"hub, odd user", `[I 2026-11-22 22:19:41.517 JupyterHub log:192] 200 GET /hub/home (Bob (x) y@z.org@10.0.0.1) 5.00ms`,
			"jupyterhub: 200 GET /hub/home believed=10.0.0.1 user=Bob (x) y@z.org 22:19:41.512+5ms?"},
		{"hub, kubectl --timestamps", `2026-11-22T23:19:47.649123456+01:00 [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608123+41ms"},
		{"hub, kubectl --prefix --timestamps", `[pod/hub-6d4f5c-x2/hub] 2026-11-22T22:19:47.649123456Z [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608123+41ms"},
		{"hub, containerd's file", `2026-11-22T22:19:47.649123456Z stderr F [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608123+41ms"},
		{"hub, docker's file", `{"log":"[W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms\n","stream":"stderr","time":"2026-11-22T22:19:47.649123456Z"}`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608123+41ms"},
		{"hub, docker compose", `hub-1    | [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608+41ms?"},
		{"hub, journald", `Nov 22 22:19:47 tljh python3[812]: [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`,
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608+41ms?"},
		{"hub, coloured", "\x1b[33m[W 2026-11-22 22:19:47.649 JupyterHub log:192]\x1b[m 403 POST /hub/login (@10.244.5.42) 41.00ms",
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608+41ms?"},
		{"hub, in a sentence", "the log says: `[W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms`",
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608+41ms?"},
		{"hub, in a reply", "> > [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST /hub/login (@10.244.5.42) 41.00ms",
			"jupyterhub: 403 POST /hub/login believed=10.244.5.42 22:19:47.608+41ms?"},
		{"hub, wrapped by mail", "> [W 2026-11-22 22:19:47.649 JupyterHub log:192] 403 POST\n> /hub/login?next=%2Fhub%2F (@10.244.5.42) 41.00ms\n",
			"jupyterhub: 403 POST /hub/login?next=%2Fhub%2F believed=10.244.5.42 22:19:47.608+41ms?"},
		{"single-user server", `[W 2026-11-22 22:19:47.649 ServerApp] 403 GET /user/alice/api/me (@10.244.5.42) 1.00ms referer=https://hub.example.test/`,
			"jupyter-server: 403 GET /user/alice/api/me believed=10.244.5.42 Referer=https://hub.example.test/ 22:19:47.648+1ms?"},

		{"chp", "2026-11-23T23:09:39.418Z [ConfigProxy] \x1b[31merror\x1b[39m: 503 GET /hub/login connect ECONNREFUSED 127.0.0.1:1",
			"configurable-http-proxy: 503 GET /hub/login 23:09:39.418"},
		{"chp, pasted", "2026-11-23T23:09:39.087Z [ConfigProxy] [33mwarn[39m: 403 GET /api/routes ",
			"configurable-http-proxy: 403 GET /api/routes 23:09:39.087"},
		{"chp, kubectl --timestamps", "2026-11-23T23:09:39.419000001Z 2026-11-23T23:09:39.418Z [ConfigProxy] error: 404 GET /hub/login ",
			"configurable-http-proxy: 404 GET /hub/login 23:09:39.419"},

		{"nginx combined", `127.0.0.1 - alice [23/Nov/2026:23:09:31 +0000] "POST /plain HTTP/1.1" 200 2 "-" "curl/7.88.1"`,
			": 200 POST /plain client=127.0.0.1 believed=127.0.0.1 user=alice User-Agent=curl/7.88.1 23:09:31"},
		{"nginx escapes", `127.0.0.1 - - [23/Nov/2026:23:09:30 +0000] "GET /hub/login?next=%2Fhub HTTP/1.1" 302 145 "http://x/" "Mozilla/5.0 \x22quoted\x5Cback"`,
			`: 302 GET /hub/login?next=%2Fhub client=127.0.0.1 believed=127.0.0.1 Referer=http://x/ User-Agent=Mozilla/5.0 "quoted\back 23:09:30`},
		{"nginx main", `127.0.0.1 - alice [23/Nov/2026:23:09:31 +0000] "POST /plain HTTP/1.1" 200 2 "-" "curl/7.88.1" "198.51.100.23, 10.0.0.1"`,
			"nginx: 200 POST /plain client=127.0.0.1 believed=127.0.0.1 user=alice User-Agent=curl/7.88.1 X-Forwarded-For=198.51.100.23, 10.0.0.1 23:09:31"},
		{"ingress-nginx", `127.0.0.1 - - [23/Nov/2026:23:09:30 +0000] "GET /hub/login?next=%2Fhub HTTP/1.1" 302 145 "-" "curl/7.88.1" 143 0.001 [jhub-proxy-public-http] [] 127.0.0.1:18091 145 0.000 302 60875ff731c39b6684749087bcdcd09f`,
			": 302 GET /hub/login?next=%2Fhub client=127.0.0.1 believed=127.0.0.1 passed=127.0.0.1:18091 passed-status=302 id=60875ff731c39b6684749087bcdcd09f User-Agent=curl/7.88.1 23:09:29.999+1ms"},
		{"ingress-nginx, two upstreams", `127.0.0.1 - - [23/Nov/2026:23:09:31 +0000] "GET /dead HTTP/1.1" 502 157 "-" "curl/7.88.1" 83 0.000 [jhub-proxy-public-http] [] 127.0.0.1:1, 127.0.0.1:2 0, 0 0.000, 0.001 502, 502 52ff989ca1b5cca2aafc72ca48307b21`,
			": 502 GET /dead client=127.0.0.1 believed=127.0.0.1 passed=127.0.0.1:2 passed-status=502 id=52ff989ca1b5cca2aafc72ca48307b21 User-Agent=curl/7.88.1 23:09:31+0s"},
		{"ingress-nginx, no upstream", `127.0.0.1 - alice [23/Nov/2026:23:09:31 +0000] "POST /plain HTTP/1.1" 200 2 "-" "curl/7.88.1" 162 0.000 [jhub-proxy-public-http] [] - - - - 6f02e24b0369393c6c645f27ba329253`,
			": 200 POST /plain client=127.0.0.1 believed=127.0.0.1 user=alice id=6f02e24b0369393c6c645f27ba329253 User-Agent=curl/7.88.1 23:09:31+0s"},
		{"common", `10.0.0.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326`,
			": 200 GET /a client=10.0.0.1 believed=10.0.0.1 20:55:36"},

		{"haproxy", `127.0.0.1:47830 [23/Nov/2026:23:09:34.696] http-in hub/hub1 0/0/0/0/12 302 318 - - ---- 1/1/0/0/0 0/0 {curl/7.88.1} "GET /hub/login?next=x HTTP/1.1"`,
			"haproxy: 302 GET /hub/login?next=x client=127.0.0.1 port=47830 believed=127.0.0.1 passed=hub/hub1 state=---- 23:09:34.696+12ms?"},
		{"haproxy, denied", `127.0.0.1:47820 [23/Nov/2026:23:09:31.313] http-in http-in/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- 1/1/0/0/0 0/0 "GET /deny HTTP/1.1"`,
			"haproxy: 403 GET /deny client=127.0.0.1 port=47820 believed=127.0.0.1 state=PR-- 23:09:31.313+0s?"},
		{"haproxy by syslog", `Nov 23 23:09:31 lb haproxy[14389]: 10.0.1.2:33317 [23/Nov/2026:23:09:31.345] http-in~ deadb/d1 0/0/-1/-1/3024 503 217 - - SC-- 1/1/0/0/3 0/0 "GET /dead HTTP/1.1"`,
			"haproxy: 503 GET /dead client=10.0.1.2 port=33317 believed=10.0.1.2 passed=deadb/d1 state=SC-- 23:09:31.345+3.024s?"},

		{"traefik", `10.0.0.1 - Client [10/Nov/2009:23:00:00 +0000] "GET /foo http" 123 132 "referer" "agent" - "foo" "http://10.0.0.2/toto" 123000ms`,
			"traefik: 123 GET /foo client=10.0.0.1 believed=10.0.0.1 user=Client passed=http://10.0.0.2/toto Referer=referer User-Agent=agent 23:00:00+2m3s"},
		{"traefik json", `{"ClientAddr":"10.244.0.1:41234","ClientHost":"10.244.0.1","ClientPort":"41234","ClientUsername":"-","DownstreamStatus":403,"Duration":5000000,"OriginStatus":403,"RequestHost":"hub.example.test","RequestMethod":"POST","RequestPath":"/hub/login?next=%2Fhub%2F","RequestProtocol":"HTTP/2.0","RouterName":"hub@kubernetes","ServiceAddr":"10.244.1.9:8000","ServiceURL":"http://10.244.1.9:8000","StartUTC":"2026-11-22T22:19:47.6Z","level":"info","msg":"","request_User-Agent":"curl","time":"2026-11-22T22:19:47Z"}`,
			"traefik: 403 POST ://hub.example.test/hub/login?next=%2Fhub%2F client=10.244.0.1 port=41234 believed=10.244.0.1 passed=10.244.1.9:8000 passed-status=403 User-Agent=curl 22:19:47.6+5ms"},

		{"uvicorn", `INFO:     127.0.0.1:52550 - "PATCH /execution/task-instances/018e0d5e-0000-7000-8000-000000000000/run HTTP/1.1" 403 Forbidden`,
			"uvicorn: 403 PATCH /execution/task-instances/018e0d5e-0000-7000-8000-000000000000/run client=127.0.0.1 port=52550 believed=127.0.0.1"},
		{"uvicorn behind a proxy", `INFO:     198.51.100.23:0 - "GET /auth/login HTTP/1.1" 200 OK`,
			"uvicorn: 200 GET /auth/login believed=198.51.100.23"},
		{"uvicorn, IPv6", `2026-11-23T23:27:04.430000001Z INFO:     ::1:52550 - "GET /auth/login?next=x HTTP/1.1" 200 OK`,
			"uvicorn: 200 GET /auth/login?next=x client=::1 port=52550 believed=::1 23:27:04.43"},
		{"airflow, sender", `[2026-11-24T00:05:06.872+0000] {_client.py:1025} INFO - HTTP Request: PATCH http://10.244.1.31:8080/execution/task-instances/01a20ade-d78d-7380-b8b4-18f3c800264c/run "HTTP/1.1 403 Forbidden"`,
			"airflow: 403 PATCH http://10.244.1.31:8080/execution/task-instances/01a20ade-d78d-7380-b8b4-18f3c800264c/run 00:05:06.872"},
		{"airflow 3.2 text", `2026-11-23T23:26:18.106850Z [info     ] request finished               [http.access] client_addr=127.0.0.1:38028 duration_us=591 method=POST path=/auth/token query= request_id=r-1 status_code=403`,
			"airflow: 403 POST /auth/token client=127.0.0.1 port=38028 believed=127.0.0.1 id=r-1 23:26:18.106259+591µs"},
		{"airflow 3.2 text, query", `2026-11-23T23:26:18.098275Z [info     ] request finished               [http.access] client_addr=127.0.0.1:38018 duration_us=75031 method=GET path=/api/v2/dags query='limit=5&token=abc' status_code=403`,
			"airflow: 403 GET /api/v2/dags?limit=5&token=abc client=127.0.0.1 port=38018 believed=127.0.0.1 23:26:18.023244+75.031ms"},
		{"airflow 3.2 json", `{"timestamp":"2026-11-23T23:26:03.966832Z","level":"info","event":"request finished","method":"GET","path":"/api/v2/dags","query":"limit=5","status_code":403,"duration_us":153882,"client_addr":"127.0.0.1:43220","logger":"http.access"}`,
			"airflow: 403 GET /api/v2/dags?limit=5 client=127.0.0.1 port=43220 believed=127.0.0.1 23:26:03.81295+153.882ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			if strings.HasPrefix(test.name, "ingress-nginx") {
				want = "nginx" + want
			}
			x := one(t, test.line)
			if got := outline(x); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if !x.Request.Fields.Incomplete || x.Response != nil && !x.Response.Fields.Incomplete || x.Request.Body.State != exchange.Unknown {
				t.Errorf("more is known than the line says: %+v", x.Request)
			}
			if x.Ref.String() != fmt.Sprintf("hub.log line %d", strings.Count(strings.TrimSpace(test.line), "\n")+1) {
				t.Errorf("it is at %s", x.Ref)
			}
		})
	}
}

// Lines that are of a known program, or look like it, and tell of no request.
func TestNoRequest(t *testing.T) {
	for _, line := range []string{
		`[D 2026-11-23 22:14:17.895 JupyterHub proxy:925] Proxy: Fetching GET http://10.244.1.9:8001/api/routes`,
		`[I 2026-11-23 22:14:17.899 JupyterHub app:3767] Hub API listening on http://10.244.1.20:8081/hub/`,
		`[D 2026-11-23 22:14:17.907 JupyterHub app:3147] Loaded users:`,
		"2026-11-23T23:09:39.393Z [ConfigProxy] \x1b[34mdebug\x1b[39m: PROXY WEB /hub/login to http://127.0.0.1:1",
		`2026/11/23 23:09:30 [info] 15934#15934: *1 client 127.0.0.1 closed keepalive connection`,
		`2026-11-23T23:26:12.196997Z [info     ] Started server process [15041] [uvicorn.error] loc=server.py:103`,
	} {
		c, list, err := load(t, []byte(line))
		if err != nil || len(list) > 0 || c.Ledger.NotHTTP != 1 || len(c.Statements) > 0 {
			t.Errorf("%d exchanges, %v, %+v, %v: %s", len(list), err, c.Ledger, c.Statements, line)
		}
	}
	for _, line := range []string{
		"", "no log", "[I 2026-13-40 22:14:17.899 JupyterHub log:192] 200 GET / (@a) 1ms", `[1,2,3]`, `{"log":{"entries":[]}}`, "Traceback (most recent call last):",
		`10.0.0.1 - - [10/Xxx/2026:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326`, "INFO: all is well - \"really\" 200",
	} {
		if c, list, err := load(t, []byte(line)); err == nil {
			t.Errorf("%d exchanges, %+v: %s", len(list), c.Ledger, line)
		}
	}
}

// What tells something without being a request, or beside one.
func TestStatements(t *testing.T) {
	const hub = `[W 2026-11-22 22:19:47.609 JupyterHub x:1] `
	for _, test := range []struct {
		line string
		want exchange.Statement
	}{
		{hub + `Not accepting incorrect xsrf token id in cookie on /hub/home`, exchange.Statement{Code: exchange.SaidXSRFCookieIgnored, Values: exchange.Values{Target: "/hub/home"}}},
		{hub + `Skipping XSRF check for insecure request GET /hub/api/user`, exchange.Statement{Code: exchange.SaidXSRFSkipped, Values: exchange.Values{Method: "GET", Target: "/hub/api/user"}}},
		{hub + `Attempting to clear invalid _xsrf cookie '2|ab...'`, exchange.Statement{Code: exchange.SaidXSRFCookieCleared}},
		{hub + `Error parsing remote ip '10.0.0.1:4': '10.0.0.1:4' does not appear to be an IPv4 or IPv6 address`, exchange.Statement{Code: exchange.SaidAddressInvalid, Values: exchange.Values{Address: "10.0.0.1:4"}}},
		{hub + `Failed login for 'unknown user'`, exchange.Statement{Code: exchange.SaidLoginFailed, Values: exchange.Values{User: "unknown user"}}},
		{hub + `Failed login for dave`, exchange.Statement{Code: exchange.SaidLoginFailed, Values: exchange.Values{User: "dave"}}},
		{hub + `User 'bob' not allowed.`, exchange.Statement{Code: exchange.SaidNotAllowed, Values: exchange.Values{User: "bob"}}},
		{hub + `User 'bob' blocked. Stop authentication`, exchange.Statement{Code: exchange.SaidBlocked, Values: exchange.Values{User: "bob"}}},
		{hub + `PAM Authentication failed (alice@10.0.0.1): [PAM Error 7] Authentication failure`, exchange.Statement{Code: exchange.SaidPasswordRefused, Values: exchange.Values{User: "alice", Address: "10.0.0.1", Reason: "[PAM Error 7] Authentication failure"}}},
		{hub + `Invalid or expired cookie token`, exchange.Statement{Code: exchange.SaidSessionInvalid}},
		{hub + `Invalid cookie token`, exchange.Statement{Code: exchange.SaidSessionUnknown}},
		{hub + `session id not set for alice, setting a new one`, exchange.Statement{Code: exchange.SaidSessionIDSet, Values: exchange.Values{User: "alice"}}},
		{hub + `OAuth state mismatch: aaa111 != bbb222`, exchange.Statement{Code: exchange.SaidOAuthStateMismatch, Values: exchange.Values{Expected: "aaa111", Got: "bbb222"}}},
		{hub + `oauth state argument 'bbb222' != cookie jupyterhub-user-alice-oauth-state='aaa111'`, exchange.Statement{Code: exchange.SaidOAuthStateMismatch, Values: exchange.Values{Expected: "aaa111", Got: "bbb222"}}},
		{hub + `OAuth redirect: https://hub.example.test/hub/oauth_callback`, exchange.Statement{Code: exchange.SaidOAuthRedirect, Values: exchange.Values{Target: "https://hub.example.test/hub/oauth_callback"}}},
		{hub + `Running JupyterHub version 5.5.4`, exchange.Statement{Code: exchange.SaidVersion, Values: exchange.Values{Version: "5.5.4"}}},
		{hub + `Using Authenticator: jupyterhub.auth.DummyAuthenticator-5.5.4`, exchange.Statement{Code: exchange.SaidAuthenticator, Values: exchange.Values{Reason: "jupyterhub.auth.DummyAuthenticator", Version: "5.5.4"}}},
		{hub + `Writing cookie_secret to /srv/jupyterhub/jupyterhub_cookie_secret`, exchange.Statement{Code: exchange.SaidCookieSecretWritten, Values: exchange.Values{Reason: "/srv/jupyterhub/jupyterhub_cookie_secret"}}},
		{hub + `403 GET /hub/oauth_callback?code=abc&state=def (10.0.0.1): OAuth state mismatch`, exchange.Statement{Code: exchange.SaidRefused, Values: exchange.Values{Status: 403, Method: "GET", Target: "/hub/oauth_callback?code=[secret]&state=[secret]", Address: "10.0.0.1", Reason: "OAuth state mismatch"}}},

		{`[W 2026-11-28 01:42:10.575 LabApp] Blocking Cross Origin API request for /lab/api/workspaces/default.  Origin: http://lab.example.test, Host: 10.244.1.40:8888`,
			exchange.Statement{Code: exchange.SaidOriginBlocked, Values: exchange.Values{Target: "/lab/api/workspaces/default", Got: "http://lab.example.test", Expected: "10.244.1.40:8888"}}},
		{`[W 2026-11-28 01:42:10.575 ServerApp] Blocking Cross Origin WebSocket Attempt.  Origin: http://lab.example.test, Host: 10.244.1.40:8888`,
			exchange.Statement{Code: exchange.SaidOriginBlocked, Values: exchange.Values{Got: "http://lab.example.test", Expected: "10.244.1.40:8888"}}},

		{`2026/11/23 22:16:31 [error] 7#7: *1 upstream sent too big header while reading response header from upstream, client: 198.51.100.23, server: _, request: "POST /hub/login?token=x HTTP/1.1", upstream: "http://10.0.0.1:8000/hub/login", host: "hub.example.test"`,
			exchange.Statement{Code: exchange.SaidUpstreamHeadTooLarge, Values: exchange.Values{Address: "198.51.100.23", Method: "POST", Target: "/hub/login?token=[secret]", Reason: "upstream sent too big header while reading response header from upstream", Upstream: "http://10.0.0.1:8000"}}},
		{`2026/11/23 23:09:31 [error] 15934#15934: *5 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: "GET /dead HTTP/1.1", upstream: "http://127.0.0.1:1/dead", host: "127.0.0.1:18090"`,
			exchange.Statement{Code: exchange.SaidUpstreamFailed, Values: exchange.Values{Address: "127.0.0.1", Method: "GET", Target: "/dead", Reason: "connect() failed (111: Connection refused) while connecting to upstream", Upstream: "http://127.0.0.1:1"}}},
		{`" while reading PROXY protocol, client: 10.244.8.8, server: 10.244.3.17:80`, exchange.Statement{Code: exchange.SaidProxyHeaderMissing, Values: exchange.Values{Address: "10.244.8.8"}}},
		{`127.0.0.1:48510 [23/Nov/2026:23:09:34.750] pp/1: Received something which does not look like a PROXY protocol header`,
			exchange.Statement{Code: exchange.SaidProxyHeaderMissing, Values: exchange.Values{Address: "127.0.0.1", Reason: "Received something which does not look like a PROXY protocol header"}}},

		{`2026/11/28 01:36:21 [info] 26436#26436: *7 client sent too long header line: "Cookie: wiki-0=aaa111..." while reading client request headers, client: 198.51.100.23, server: hub.example.test, request: "POST /hub/login HTTP/1.1", host: "hub.example.test"`,
			exchange.Statement{Code: exchange.SaidHeadTooLarge, Values: exchange.Values{Address: "198.51.100.23", Method: "POST", Target: "/hub/login", Reason: "client sent too long header line while reading client request headers"}}},

		{`127.0.0.1 - - [23/Nov/2026:23:45:47 +0000] "\x16\x03\x01\x02\x00" 400 157 "-" "-"`, exchange.Statement{Code: exchange.SaidBadRequest, Values: exchange.Values{Address: "127.0.0.1", Status: 400, Reason: "TLS"}}},
		{`127.0.0.1 - - [23/Nov/2026:23:45:47 +0000] "PROXY TCP4 198.51.100.23 10.0.0.1 1 2" 400 157 "-" "-"`, exchange.Statement{Code: exchange.SaidBadRequest, Values: exchange.Values{Address: "127.0.0.1", Status: 400, Reason: "PROXY"}}},
		{`127.0.0.1:45130 [23/Nov/2026:23:45:48.278] http-in http-in/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"`, exchange.Statement{Code: exchange.SaidBadRequest, Values: exchange.Values{Address: "127.0.0.1", Status: 400}}},

		{"2026-11-23 23:27:06 [warning  ] `api_auth/jwt_secret` was empty, using a generated one for now. Please set this in your config [airflow.api_fastapi.auth.tokens]",
			exchange.Statement{Code: exchange.SaidSecretGenerated, Values: exchange.Values{Reason: "api_auth/jwt_secret"}}},
		{"2026-11-23T23:27:08.941296Z [warning  ] `api_auth/jwt_secret` was empty, using a generated one for now. Please set this in your config [airflow.api_fastapi.auth.tokens] loc=tokens.py:550",
			exchange.Statement{Code: exchange.SaidSecretGenerated, Values: exchange.Values{Reason: "api_auth/jwt_secret"}}},
		{`[2026-11-23T23:27:04.430+0000] {base_auth_manager.py:105} ERROR - JWT token is not valid: Signature verification failed`,
			exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature verification failed"}}},
		{`[2026-11-23T23:18:23.670+0000] {base_auth_manager.py:105} ERROR - JWT token is not valid: Audience doesn't match`,
			exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Audience doesn't match"}}},
		{`2026-11-23T23:26:18.097825Z [error    ] JWT token is not valid: Signature verification failed [airflow.api_fastapi.auth.tokens]`,
			exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature verification failed"}}},
		{`{"timestamp":"2026-11-23T23:26:03.964974Z","level":"error","event":"JWT token is not valid: Signature has expired","logger":"airflow.api_fastapi.auth.tokens"}`,
			exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature has expired"}}},
		{`2026-11-23 23:27:04 [warning  ] Failed to validate JWT         [airflow.api_fastapi.execution_api.deps] token=eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiIxIn0.AAAA`, exchange.Statement{Code: exchange.SaidTokenInvalid}},
		{`2026-11-28T01:56:48.962537Z [warning  ] JWT reissue middleware failed to refresh token [airflow.api_fastapi.execution_api.app] error='Signature verification failed' loc=app.py:166`,
			exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature verification failed"}}},
		{`ValueError: The value api_auth/jwt_secret must be set!`, exchange.Statement{Code: exchange.SaidSecretMissing, Values: exchange.Values{Reason: "api_auth/jwt_secret"}}},
		{`[2026-11-23T23:49:11.544+0000] {csrf.py:263} INFO - The CSRF session token is missing.`,
			exchange.Statement{Code: exchange.SaidCSRFRefused, Values: exchange.Values{Reason: "The CSRF session token is missing."}}},
		{`2026-11-28T01:41:46.660740Z [info     ] The CSRF session token is missing. [flask_wtf.csrf] loc=csrf.py:288`,
			exchange.Statement{Code: exchange.SaidCSRFRefused, Values: exchange.Values{Reason: "The CSRF session token is missing."}}},
		{`2026-11-27 20:23:53,963 WARNING django.security.csrf Forbidden (Origin checking failed - https://shop.example.test does not match any trusted origins.): /admin/login/`,
			exchange.Statement{Code: exchange.SaidFormForbidden, Values: exchange.Values{Target: "/admin/login/", Reason: "Origin checking failed - https://shop.example.test does not match any trusted origins."}}},
		{`[27/Nov/2026 20:23:53] "Forbidden (CSRF cookie not set.): /login/`, exchange.Statement{Code: exchange.SaidFormForbidden, Values: exchange.Values{Target: "/login/", Reason: "CSRF cookie not set."}}},
		{`INFO:     Uvicorn running on http://10.244.1.31:8080 (Press CTRL+C to quit)`, exchange.Statement{Code: exchange.SaidListening, Values: exchange.Values{Address: "10.244.1.31"}}},
		{`2026-11-28T01:36:47.131429Z [info     ] Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit) [uvicorn.error] loc=config.py:612`, exchange.Statement{Code: exchange.SaidListening}},
		{`InvalidSignatureError: Signature verification failed`, exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature verification failed"}}},
		{`airflow.sdk.api.client.ServerResponseError: Invalid auth token: Signature verification failed`, exchange.Statement{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Signature verification failed"}}},
	} {
		c, list, err := load(t, []byte(test.line))
		if err != nil || len(list) > 0 || len(c.Statements) != 1 {
			t.Errorf("%d exchanges, %d statements, %v: %s", len(list), len(c.Statements), err, test.line)
			continue
		}
		s := c.Statements[0]
		got := s.Values
		got.Source = ""
		if s.Code != test.want.Code || got != test.want.Values {
			t.Errorf("%s: %+v, want %s: %+v", s.Code, got, test.want.Code, test.want.Values)
		}
		if s.Ref.Line != 1 || !s.Ref.HasLine || s.Text == "" || s.Program == "" && s.Code != exchange.SaidBadRequest {
			t.Errorf("%+v of %s", s, test.line)
		}
		for _, secret := range []string{"aaa111", "bbb222", "eyJ", "code=abc", "token=x"} {
			if strings.Contains(s.Text+s.Values.Target+s.Values.Reason, secret) {
				t.Errorf("%q shows %q", s.Text, secret)
			}
		}
	}
}

// A configurable-http-proxy that does not reach the Hub answers itself.
func TestProxyFailure(t *testing.T) {
	x := one(t, "2026-11-23T23:09:39.418Z [ConfigProxy] \x1b[31merror\x1b[39m: 503 GET /hub/login connect ECONNREFUSED 127.0.0.1:1")
	if !slices.Equal(codes(x), []string{"upstream-failed"}) || x.Logged.Said[0].Values.Reason != "connect ECONNREFUSED 127.0.0.1:1" || !x.Logged.QueryUnknown {
		t.Errorf("%+v", x.Logged)
	}
}

// nginx quotes what it got instead of a PROXY protocol header, over several lines: a
// head with its cookies, of which nothing may be kept.
func TestBrokenHeader(t *testing.T) {
	const log = `2026/11/23 22:16:31 [error] 9974#9974: *1 broken header: "GET / HTTP/1.1
Host: hub.example.test
Cookie: session=verysecret
Authorization: Bearer verysecret

" while reading PROXY protocol, client: 10.244.8.8, server: 10.244.3.17:80
`
	c, list, err := load(t, []byte(log))
	if err != nil || len(list) > 0 || len(c.Statements) != 1 {
		t.Fatalf("%d exchanges, %v, %+v", len(list), err, c.Statements)
	}
	s := c.Statements[0]
	if s.Code != exchange.SaidProxyHeaderMissing || s.Values.Address != "10.244.8.8" || s.Ref.Line != 6 || strings.Contains(fmt.Sprintf("%+v", s), "verysecret") {
		t.Errorf("%+v", s)
	}
}

// Who starts its proxy the Hub says of itself.
func TestWhoStartsTheProxy(t *testing.T) {
	for line, want := range map[string]exchange.StatementCode{
		"[I 2026-11-28 08:20:11.404 JupyterHub proxy:752] Starting proxy @ http://10.244.1.20:8000": exchange.SaidProxyStarting,
		"[I 2026-11-28 01:53:38.745 JupyterHub app:3168] Not starting proxy":                        exchange.SaidProxyNotStarted,
	} {
		c, list, err := load(t, []byte("[I 2026-11-28 01:53:38.700 JupyterHub log:192] 302 GET / -> /hub/ (@198.51.100.23) 0.73ms\n"+line+"\n"))
		if err != nil || len(list) != 1 || len(codes(list[0])) != 0 || len(c.Statements) != 1 || c.Statements[0].Code != want {
			t.Errorf("%s: %v, %d exchanges, %+v", line, err, len(list), c.Statements)
		}
	}
}

// That the Hub's page for an error cannot be had is said of the Hub, and of no request.
func TestErrorPageFailed(t *testing.T) {
	c, list, err := load(t, []byte("2026-11-28T01:52:55.170Z [ConfigProxy] \x1b[31merror\x1b[39m: 404 GET / \n"+
		"2026-11-28T01:52:55.194Z [ConfigProxy] \x1b[31merror\x1b[39m: Failed to get custom error page: Error: connect ECONNREFUSED 10.244.1.20:8081\n"+
		"    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {\n  errno: -111,\n  code: 'ECONNREFUSED'\n}\n"))
	if err != nil || len(list) != 1 || len(codes(list[0])) != 0 {
		t.Fatalf("%d exchanges, %v", len(list), err)
	}
	if len(c.Statements) != 1 || c.Statements[0].Code != exchange.SaidErrorPageFailed || c.Statements[0].Values.Reason != "Error: connect ECONNREFUSED 10.244.1.20:8081" {
		t.Errorf("%+v", c.Statements)
	}
}

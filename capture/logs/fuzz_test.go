// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// roundTrip holds a parser to this: whatever it takes for a request, printed again in
// the same format, is the same request.
func roundTrip(f *testing.F, parse parser, print func(*access) string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if len(line) < 8 || strings.ContainsAny(line, "\n\r") {
			return
		}
		var first, second entry
		if !parse(&wrapped{text: line}, &first) || first.access == nil {
			return
		}
		again := print(first.access)
		if !parse(&wrapped{text: again}, &second) || !reflect.DeepEqual(first.access, second.access) {
			t.Errorf("%q is\n%+v, and printed as\n%q is\n%+v", line, first.access, again, second.access)
		}
	})
}

// The seeds are lines of the programs; see TestLines.

func FuzzHub(f *testing.F) {
	roundTrip(f, parseHub, func(a *access) string {
		location, referer := "", ""
		if a.location != "" {
			location = "-> " + a.location + " "
		}
		for _, field := range a.fields {
			referer = " referer=" + field.Value
		}
		return fmt.Sprintf("[I 2026-11-22 22:19:41.517 JupyterHub log:192] %03d %s %s %s(%s@%s) %sms%s", a.status, a.method, a.target, location, a.user, a.believed,
			strconv.FormatFloat(float64(a.duration)/1e6, 'f', -1, 64), referer)
	},
		`[I 2026-11-22 22:18:18.134 JupyterHub log:191] 302 POST /hub/login?next=%2Fhub%2Fhome -> /hub/home (alice@198.51.100.23) 41.81ms`,
		`[W 2026-11-22 22:19:47.649 ServerApp] 403 GET /user/alice/api/me (@10.244.5.42) 1.00ms referer=https://hub.example.test/`)
}

func FuzzProxy(f *testing.F) {
	roundTrip(f, parseProxy, func(a *access) string {
		return fmt.Sprintf("[ConfigProxy] info: %03d %s %s x", a.status, a.method, a.target)
	}, "[ConfigProxy] \x1b[31merror\x1b[39m: 503 GET /hub/login connect ECONNREFUSED 127.0.0.1:1", "[ConfigProxy] info: 200 GET /api/routes ")
}

func FuzzCommon(f *testing.F) {
	escape := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
				fmt.Fprintf(&b, `\x%02X`, c)
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	roundTrip(f, parseCommon, func(a *access) string {
		value := func(name string) string {
			for _, field := range a.fields {
				if field.Name == name {
					return escape(field.Value)
				}
			}
			return "-"
		}
		dash := func(s string) string {
			if s == "" {
				return "-"
			}
			return s
		}
		status, passed := "-", "-"
		if a.status > 0 {
			status = fmt.Sprintf("%03d", a.status)
		}
		if a.passedStatus > 0 {
			passed = fmt.Sprintf("%03d", a.passedStatus)
		}
		line := fmt.Sprintf(`%s - %s [22/Nov/2026:22:19:10 +0000] "%s" %s 0 "%s" "%s"`, a.believed, dash(a.user),
			strings.TrimRight(a.method+" "+escape(a.target)+" "+a.proto, " "), status, value("Referer"), value("User-Agent"))
		switch {
		case value("X-Forwarded-For") != "-":
			line += ` "` + value("X-Forwarded-For") + `"`
		case a.atStart:
			line += fmt.Sprintf(` 1 "r" "%s" %dms`, dash(a.passedTo), a.duration.Milliseconds())
		case a.duration >= 0:
			line += fmt.Sprintf(` 1 %s [u] [] %s 0 0 %s %s`, strconv.FormatFloat(float64(a.duration)/1e9, 'f', -1, 64), dash(a.passedTo), passed, dash(a.requestID))
		}
		return line
	},
		`127.0.0.1 - - [23/Nov/2026:23:09:30 +0000] "GET /hub/login?next=%2Fhub HTTP/1.1" 302 145 "http://x/" "Mozilla/5.0 \x22quoted\x5Cback"`,
		`127.0.0.1 - alice [23/Nov/2026:23:09:31 +0000] "POST /plain HTTP/1.1" 200 2 "-" "curl/7.88.1" "198.51.100.23, 10.0.0.1"`,
		`127.0.0.1 - - [23/Nov/2026:23:09:31 +0000] "GET /dead HTTP/1.1" 502 157 "-" "curl/7.88.1" 83 0.000 [jhub-proxy-public-http] [] 127.0.0.1:1, 127.0.0.1:2 0, 0 0.000, 0.001 502, 502 52ff989ca1b5cca2aafc72ca48307b21`,
		`10.0.0.1 - Client [10/Nov/2009:23:00:00 +0000] "GET /foo http" 123 132 "referer" "agent" - "foo" "http://10.0.0.2/toto" 123000ms`,
		`10.0.0.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326`)
}

func FuzzHAProxy(f *testing.F) {
	roundTrip(f, parseHAProxy, func(a *access) string {
		status, took, passed := "-1", "-1", "http-in/<NOSRV>"
		if a.status > 0 {
			status = fmt.Sprintf("%03d", a.status)
		}
		if a.duration >= 0 {
			took = fmt.Sprint(a.duration.Milliseconds())
		}
		if a.passedTo != "" {
			passed = a.passedTo
		}
		return fmt.Sprintf(`[%s]:%d [23/Nov/2026:23:09:34.696] http-in %s 0/0/0/0/%s %s 0 - - %s 1/1/0/0/0 0/0 "%s"`, a.client.Address, a.client.Port, passed, took, status, a.termination,
			strings.TrimRight(a.method+" "+a.target+" "+a.proto, " "))
	},
		`127.0.0.1:47830 [23/Nov/2026:23:09:34.696] http-in hub/hub1 0/0/0/0/12 302 318 - - ---- 1/1/0/0/0 0/0 {curl/7.88.1} "GET /hub/login?next=x HTTP/1.1"`,
		`127.0.0.1:47820 [23/Nov/2026:23:09:31.313] http-in http-in/<NOSRV> 0/-1/-1/-1/+0 -1 192 - - PR-- 1/1/0/0/0 0/0 "GET /deny HTTP/1.1"`)
}

func FuzzUvicorn(f *testing.F) {
	roundTrip(f, parseUvicorn, func(a *access) string {
		return fmt.Sprintf(`INFO:     %s:%d - "%s" %03d %s`, a.believed, a.client.Port, strings.TrimRight(a.method+" "+a.target+" "+a.proto, " "), a.status, a.reason)
	},
		`INFO:     127.0.0.1:52550 - "PATCH /execution/task-instances/018e0d5e-0000-7000-8000-000000000000/run HTTP/1.1" 403 Forbidden`,
		`INFO:     198.51.100.23:0 - "GET /auth/login HTTP/1.1" 200 OK`)
}

func FuzzSender(f *testing.F) {
	roundTrip(f, func(w *wrapped, e *entry) bool {
		e.access = httpxAccess(w.text)
		return e.access != nil
	}, func(a *access) string {
		return fmt.Sprintf(`HTTP Request: %s %s "%s %03d %s"`, a.method, a.target, a.proto, a.status, a.reason)
	},
		`HTTP Request: PATCH http://10.244.1.31:8080/execution/task-instances/01a20ade-d78d-7380-b8b4-18f3c800264c/run "HTTP/1.1 403 Forbidden"`)
}

// finished is what Airflow says of a request, by name.
func finished(a *access) map[string]string {
	path, query, _ := strings.Cut(a.target, "?")
	if query == "" {
		path = a.target
	}
	values := map[string]string{"method": a.method, "path": path, "query": query, "status_code": fmt.Sprint(a.status), "request_id": a.requestID}
	if a.duration >= 0 {
		values["duration_us"] = strconv.FormatFloat(float64(a.duration)/1e3, 'f', -1, 64)
	}
	if a.believed != "" {
		values["client_addr"] = fmt.Sprintf("%s:%d", a.believed, a.client.Port)
	}
	return values
}

func FuzzAirflow(f *testing.F) {
	quoted := func(s string) string {
		if s != "" && !strings.ContainsAny(s, " '\"") {
			return s
		}
		if _, rest := pythonText("'" + s + "'"); rest == "" && !strings.HasSuffix(s, `\`) {
			return "'" + s + "'"
		}
		return `"` + s + `"`
	}
	roundTrip(f, func(w *wrapped, e *entry) bool {
		ok := parseAirflow(w, e)
		if e.access != nil && (e.access.reason != "" || e.access.bySender) {
			e.access = nil // a line of uvicorn's or httpx's, see FuzzUvicorn and FuzzSender
		}
		return ok
	}, func(a *access) string {
		values := finished(a)
		line := "[info     ] request finished               [http.access]"
		for _, name := range []string{"client_addr", "duration_us", "method", "path", "query", "request_id", "status_code"} {
			if value := values[name]; value != "" {
				line += " " + name + "=" + quoted(value)
			}
		}
		return line
	},
		`[info     ] request finished               [http.access] client_addr=127.0.0.1:38018 duration_us=75031 method=GET path=/api/v2/dags query='limit=5&token=abc' status_code=403`,
		`[info     ] request finished               [http.access] client_addr=127.0.0.1:38028 duration_us=591 method=POST path=/auth/token query= request_id=r-1 status_code=403`)
}

func FuzzJSON(f *testing.F) {
	roundTrip(f, func(w *wrapped, e *entry) bool {
		ok := parseJSON(w, e)
		if e.access != nil && e.access.bySender {
			e.access = nil // see FuzzSender
		}
		return ok
	}, func(a *access) string {
		request := finished(a)
		request["event"], request["level"] = "request finished", "info"
		var line any = request
		if a.atStart {
			values := map[string]any{
				"RequestMethod": a.method, "RequestPath": a.target, "RequestProtocol": a.proto, "RequestHost": a.host, "DownstreamStatus": a.status, "OriginStatus": a.passedStatus,
				"ClientHost": a.believed, "request_X-Request-Id": a.requestID, "ClientUsername": a.user, "ServiceAddr": a.passedTo,
			}
			if a.duration > 0 {
				values["Duration"] = int64(a.duration)
			}
			if a.client.Address != "" {
				values["ClientAddr"] = fmt.Sprintf("%s:%d", a.client.Address, a.client.Port)
			}
			for _, field := range a.fields {
				values["request_"+field.Name] = field.Value
			}
			line = values
		}
		text, err := json.Marshal(line)
		if err != nil {
			panic(err)
		}
		return string(text)
	},
		`{"ClientAddr":"10.244.0.1:41234","ClientHost":"10.244.0.1","ClientUsername":"-","DownstreamStatus":403,"Duration":5000000,"OriginStatus":403,"RequestHost":"hub.example.test","RequestMethod":"POST","RequestPath":"/hub/login?next=%2Fhub%2F","RequestProtocol":"HTTP/2.0","ServiceURL":"http://10.244.1.9:8000","StartUTC":"2026-11-22T22:19:47.6Z","request_User-Agent":"curl"}`,
		`{"timestamp":"2026-11-23T23:26:03.966832Z","level":"info","event":"request finished","method":"GET","path":"/api/v2/dags","query":"limit=5","status_code":403,"duration_us":153882,"client_addr":"127.0.0.1:43220","logger":"http.access"}`)
}

// Reading is total: it ends, every line is in the ledger, and exchanges come in the
// order of their lines. What Look takes for a log can be read as one.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("../../fixtures/jupyterhub/*restarted*/hub.log")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("[pod/a/b] 2026-11-22T22:19:10.010Z [W 2026-11-22 22:19:10.010 JupyterHub x:1] Failed login for alice\n\x00\xff\xfe\n> `{\"log\":\"x\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, list, err := load(t, data)
		if err == nil == (c.Ledger.Used+c.Ledger.Undecodable == 0) && len(list) > 0 {
			t.Errorf("%v with %+v", err, c.Ledger)
		}
		line := 0
		for _, x := range list {
			if x.Ref.Line <= line || x.Logged == nil || x.Request.Method == "" || x.Answered.Before(x.Started) && !x.Answered.IsZero() {
				t.Errorf("%s after line %d: %+v", x.Ref, line, x)
			}
			line = x.Ref.Line
		}
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) || len(data) > lookBytes {
			return
		}
		if looks := Look(data); looks && err != nil {
			t.Errorf("it looks like a log, but %v", err)
		}
	})
}

// A time of the year 9999 and the like must not upset anything.
func TestTimes(t *testing.T) {
	for _, line := range []string{
		"2999-12-31T23:59:59.999999999-23:59 [W 2999-12-31 23:59:59.999 JupyterHub log:192] 403 POST /hub/login (@a) 99999999.00ms",
		"[W 2000-01-01 00:00:00.000 JupyterHub log:192] 403 POST /hub/login (@a) 0.00ms\n[W 2999-01-01 00:00:00.000 JupyterHub log:192] 403 POST /hub/login (@a) 0.00ms\n[W 2000-01-01 00:00:00.000 JupyterHub log:192] 403 POST /hub/login (@a) 0.00ms",
	} {
		if c, list, err := load(t, []byte(line)); err != nil || len(list) != strings.Count(line, "403") {
			t.Errorf("%d exchanges, %v, %+v", len(list), err, c.Ledger)
		}
	}
	if _, ok := duration(1e300, time.Hour); ok {
		t.Error("a request took longer than the world")
	}
}

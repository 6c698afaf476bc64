// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

// visit is one request in a made-up recording of a browser.
type visit struct {
	url, cookie, location, set, page string
	status                           int
	proxys                           bool // the answer bears no sign of the Hub
}

// The states of two logins, and the cookies that hold them.
const (
	stateA  = "eyJzdGF0ZV9pZCI6ICJhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYSJ9"
	stateB  = "eyJzdGF0ZV9pZCI6ICJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYiJ9"
	cookieA = "oauthenticator-state=" + stateA
	cookieB = "oauthenticator-state=" + stateB
	deletes = `oauthenticator-state=""; expires=Sat, 22 Nov 2025 00:00:00 GMT; Path=/`
	page    = "<h1>%s</h1><p>%s</p>"
)

func start(state string) visit {
	return visit{url: "/hub/oauth_login", status: 302, set: "oauthenticator-state=" + state + "; Path=/",
		location: "http://idp.example.test/auth?response_type=code&client_id=x&redirect_uri=http%3A%2F%2Fhub.example.test%2Fhub%2Foauth_callback&state=" + state}
}

func callback(status int, state, cookie, words string) visit {
	v := visit{url: "/hub/oauth_callback?code=c-" + state[20:30] + "&state=" + state, status: status, cookie: cookie}
	if words != "" {
		v.page = fmt.Sprintf(page, fmt.Sprint(status)+" : Words", words)
	}
	return v
}

// browse makes a report of visits in one HAR. Fields may be removed from all of them.
func browse(t *testing.T, visits []visit, removed ...string) *finding.Report {
	t.Helper()
	a := analyze.New(analyze.Options{})
	c := &exchange.Capture{ID: "c1", Name: "client.har", Kind: exchange.KindHAR, Removed: removed}
	began := time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)
	for i, v := range visits {
		path, query, _ := strings.Cut(v.url, "?")
		lines := func(pairs ...string) (fields exchange.Fields) {
			fields.Origin = c
			for k := 0; k < len(pairs); k += 2 {
				if pairs[k+1] != "" {
					fields.Lines = append(fields.Lines, exchange.Field{Name: pairs[k], Value: pairs[k+1]})
				}
			}
			return fields
		}
		hub := "5.2.1"
		if v.proxys {
			hub = ""
		}
		at := began.Add(time.Duration(i) * time.Second)
		x := &exchange.Exchange{
			Ref: exchange.Ref{Capture: c, Entry: i, HasEntry: true}, Vantage: exchange.Vantage{Capture: c},
			Started: at, Answered: at.Add(100 * time.Millisecond),
			Request:  exchange.Request{Method: "GET", URL: exchange.URL{Scheme: "http", Host: "hub.example.test", Path: path, RawQuery: query}, Fields: lines("User-Agent", "Mozilla/5.0", "Cookie", v.cookie)},
			Response: &exchange.Response{Status: v.status, Fields: lines("X-JupyterHub-Version", hub, "Location", v.location, "Set-Cookie", v.set)},
		}
		if v.page != "" {
			x.Response.Body = exchange.Body{State: exchange.Known, Bytes: []byte(v.page), MediaType: "text/html"}
		}
		a.Add(x)
	}
	report := a.Close(t.Context(), []*exchange.Capture{c})
	holdToSchema(t, report)
	return report
}

func causeOf(report *finding.Report) (code finding.Code, confidence finding.Confidence) {
	for i := range report.Logins {
		if f := report.Logins[i].CauseFinding(); f != nil {
			return f.Code, f.Confidence
		}
	}
	return "", ""
}

const notAllowed = "Sorry, you are not currently authorized to use this hub. Please contact the hub administrator."

func TestRoundTrips(t *testing.T) {
	sentOn := visit{url: callback(0, stateA, "", "").url, status: 301, location: "https://hub.example.test/hub/oauth_callback", proxys: true}
	proxys := callback(403, stateA, cookieA, "")
	proxys.proxys = true
	deleted := callback(400, stateB, cookieA, "OAuth state mismatch")
	deleted.set = deletes
	denied := visit{url: "/hub/oauth_callback?error=access_denied&state=" + stateA, cookie: cookieA, status: 400}
	for _, test := range []struct {
		name       string
		visits     []visit
		removed    []string
		outcome    finding.Outcome
		code       finding.Code
		confidence finding.Confidence
	}{
		{"let in", []visit{start(stateA), callback(302, stateA, cookieA, "")}, nil, finding.Succeeded, "", ""},
		{"not let in", []visit{start(stateA), callback(403, stateA, cookieA, notAllowed)}, nil, finding.Failed, finding.LoginNotAllowed, finding.Proven},
		{"in words of the site's own", []visit{callback(403, stateA, cookieA, "Ask at the help desk.")}, nil, finding.Failed, finding.LoginNotAllowed, finding.Likely},
		{"without words or cookies", []visit{callback(403, stateA, "", "")}, []string{"Cookie"}, finding.Failed, finding.LoginNotAllowed, finding.Possible},
		{"a 403 that no Hub made", []visit{start(stateA), proxys}, nil, finding.Failed, "", ""},
		{"then loaded again", []visit{callback(403, stateA, cookieA, notAllowed), callback(400, stateA, "", "OAuth state missing from cookies")}, nil, finding.Failed, finding.LoginNotAllowed, finding.Proven},
		{"sent on to https first", []visit{sentOn, callback(403, stateA, cookieA, notAllowed)}, nil, finding.Failed, finding.LoginNotAllowed, finding.Proven},
		{"sent on to https, and not seen there", []visit{sentOn}, nil, finding.OutcomeUnknown, "", ""},
		{"no token", []visit{callback(403, stateA, cookieA, "An access token was not returned: no")}, nil, finding.Failed, finding.IdPError, finding.Proven},
		{"an error in place of a code", []visit{denied}, nil, finding.Failed, finding.IdPError, finding.Proven},
		{"a cookie of another login", []visit{callback(400, stateA, cookieB, "")}, nil, finding.Failed, finding.OAuthStateMismatch, finding.Proven},
		{"no cookie, and nothing from before", []visit{callback(400, stateA, "", "")}, nil, finding.Failed, finding.OAuthStateMismatch, finding.Likely},
		{"cookies not recorded, and no words", []visit{callback(400, stateA, "", "")}, []string{"Cookie"}, finding.Failed, "", ""},
		{"cookies not recorded, and words", []visit{callback(400, stateA, "", "OAuth state mismatch")}, []string{"Cookie"}, finding.Failed, finding.OAuthStateMismatch, finding.Proven},
		{"a 400 with equal states", []visit{callback(400, stateA, cookieA, "Missing code_verifier")}, nil, finding.Failed, "", ""},
		{"a 500", []visit{callback(500, stateA, cookieA, "")}, nil, finding.Failed, "", ""},
		{"the other tab used the cookie up", []visit{start(stateB), start(stateA), deleted, callback(400, stateA, "", "OAuth state missing from cookies")}, nil, finding.Failed, finding.OAuthStateMismatch, finding.Proven},
		{"nobody came back", []visit{start(stateA)}, nil, finding.OutcomeUnknown, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := browse(t, test.visits, test.removed...)
			last := report.Logins[len(report.Logins)-1]
			if code, confidence := causeOf(report); last.Outcome != test.outcome || code != test.code || confidence != test.confidence {
				t.Errorf("%s, %s (%s); want %s, %s (%s)", last.Outcome, code, confidence, test.outcome, test.code, test.confidence)
			}
			if undecided := last.Undecided; test.outcome != finding.Succeeded && test.code == "" && (undecided == nil || len(undecided.Missing) == 0) {
				t.Error("does not say what would decide it")
			}
		})
	}
}

func TestOtherTabUsedTheCookieUp(t *testing.T) {
	deleted := callback(400, stateB, cookieA, "OAuth state mismatch")
	deleted.set = deletes
	report := browse(t, []visit{start(stateB), start(stateA), deleted, callback(400, stateA, "", "OAuth state missing from cookies")})
	if len(report.Logins) != 2 {
		t.Fatalf("%d logins, want 2", len(report.Logins))
	}
	f := report.Logins[1].CauseFinding()
	if f == nil || f.Origin.Kind != finding.OriginClient || !strings.Contains(f.Explanation, "two tabs or windows share one") {
		t.Errorf("%+v", f)
	}
}

// readLog makes a report of lines of a Hub's log.
func readLog(t *testing.T, lines ...string) *finding.Report {
	t.Helper()
	a := analyze.New(analyze.Options{Select: analyze.Selection{}})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	if err := loader.Read(t.Context(), "hub.log", bytes.NewReader([]byte(strings.Join(lines, "\n")+"\n"))); err != nil {
		t.Fatal(err)
	}
	report := a.Close(t.Context(), loader.Close())
	holdToSchema(t, report)
	return report
}

const (
	hubLineStart  = "[I 2026-11-28 01:25:06.792 JupyterHub log:192] 302 GET /hub/oauth_login?next=%2Fhub%2Fhome -> http://idp.example.test/auth?response_type=code&redirect_uri=http%3A%2F%2Fhub.example.test%2Fhub%2Foauth_callback&client_id=x&state=[secret] (@198.51.100.23) 1.70ms"
	hubLineDenied = "[W 2026-11-28 01:25:08.783 JupyterHub auth:732] User 'alice' not allowed."
	hubLine403    = "[W 2026-11-28 01:25:08.853 JupyterHub log:192] 403 GET /hub/oauth_callback?code=[secret]&state=[secret] (@198.51.100.23) 129.18ms"
	hubLineAgain  = "[W 2026-11-28 01:25:10.100 JupyterHub web:1873] 400 GET /hub/oauth_callback?code=a&state=b (%[1]s): OAuth state missing from cookies\n[W 2026-11-28 01:25:10.110 JupyterHub log:192] 400 GET /hub/oauth_callback?code=[secret]&state=[secret] (@%[1]s) 20.00ms"
)

func TestRoundTripsInLogs(t *testing.T) {
	again := func(client string) string { return fmt.Sprintf(hubLineAgain, client) }
	for _, test := range []struct {
		name   string
		lines  []string
		logins int
		codes  []finding.Code
	}{
		{"not allowed, up to 5.4", []string{hubLineStart, hubLineDenied, "[W 2026-11-28 01:25:08.784 JupyterHub base:979] Failed login for unknown user", hubLine403}, 1, []finding.Code{finding.LoginNotAllowed}},
		{"not allowed, from 5.5", []string{hubLineStart, hubLineDenied, "[W 2026-11-28 01:25:08.784 JupyterHub base:979] Failed login for 'unknown user'", hubLine403}, 1, []finding.Code{finding.LoginNotAllowed}},
		{"and loaded again", []string{hubLineStart, hubLineDenied, hubLine403, again("198.51.100.23")}, 1, []finding.Code{finding.LoginNotAllowed}},
		{"a reload of somebody else", []string{hubLineDenied, hubLine403, again("198.51.100.24")}, 2, []finding.Code{finding.LoginNotAllowed, finding.OAuthStateMismatch}},
		{"begun again, and no cookie then", []string{hubLineDenied, hubLine403, strings.Replace(hubLineStart, "01:25:06", "01:25:09", 1), again("198.51.100.23")}, 2, []finding.Code{finding.LoginNotAllowed, finding.OAuthStateMismatch}},
		{"one line of it", []string{hubLineDenied}, 0, []finding.Code{finding.LoginNotAllowed}},
		{"a 403 without its reason", []string{hubLine403}, 1, []finding.Code{finding.LoginNotAllowed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := readLog(t, test.lines...)
			var codes []finding.Code
			for _, f := range accused(report) {
				codes = append(codes, f.Code)
			}
			if len(report.Logins) != test.logins || fmt.Sprint(codes) != fmt.Sprint(test.codes) || report.Verdict != finding.Fail {
				t.Errorf("%s: %d logins, %v; want %d, %v", report.Verdict, len(report.Logins), codes, test.logins, test.codes)
			}
		})
	}
}

// A login by a provider is selected as any other: by its client, its host, its time, by
// the user in the Hub's log, and by its failure.
func TestSelectRoundTrips(t *testing.T) {
	for _, test := range []struct {
		name   string
		choose analyze.Selection
		logins int
	}{
		{"client", analyze.Selection{Clients: []string{"198.51.100.23"}}, 1},
		{"another client", analyze.Selection{Clients: []string{"198.51.100.24"}}, 0},
		{"user", analyze.Selection{User: "Alice"}, 1},
		{"another user", analyze.Selection{User: "bob"}, 0},
		{"failed", analyze.Selection{Failed: true}, 1},
		{"since", analyze.Selection{Since: analyze.Moment{At: time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)}}, 1},
		{"since later", analyze.Selection{Since: analyze.Moment{At: time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)}}, 0},
	} {
		a := analyze.New(analyze.Options{Select: test.choose})
		loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
		log := strings.Join([]string{hubLineStart, hubLineDenied, hubLine403, ""}, "\n")
		if err := loader.Read(t.Context(), "hub.log", strings.NewReader(log)); err != nil {
			t.Fatal(err)
		}
		if report := a.Close(t.Context(), loader.Close()); len(report.Logins) != test.logins {
			t.Errorf("%s: %d logins, want %d: %s", test.name, len(report.Logins), test.logins, report.Summary)
		}
	}
}

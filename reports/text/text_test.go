// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/logintrace/logintrace/analyze/finding"
)

// hostile is what an attacker may write into any field that is printed: a
// terminal title, a carriage return, a change of reading direction, a C1
// control, half a character, and something long.
const hostile = "\x1b]0;owned\x07\r\n\u202Eevil\u2066\u009b31m\xff\x00| <script>alert(1)</script> "

func entry(n int) finding.Ref { return finding.Ref{Capture: "c1", Entry: &n} }

// hostileReport has hostile text in every field that can come from a capture.
func hostileReport() *finding.Report {
	long := hostile + strings.Repeat("abcd:", 100)
	step := finding.Step{
		Role: finding.RoleSubmit, Method: hostile, URL: "http://x/" + hostile, Status: 403, Answer: long,
		UserAgent: hostile, Ref: entry(1), Time: finding.Time{Time: time.Unix(1716000000, 0)},
	}
	step.Hops = []finding.Hop{
		{From: hostile, To: "10.0.0.1:80", FromRole: finding.HopClient, ToRole: finding.HopIngress, Sightings: []finding.Ref{entry(1)}},
		{From: "10.0.0.2:1", To: hostile, FromRole: finding.HopIngress, ToRole: finding.HopAppProxy, LosesClient: true, Sightings: []finding.Ref{entry(2)},
			Fields: []finding.HopField{{Name: "X-Forwarded-For", Lines: []string{hostile, long}}}},
	}
	step.ClientIP.AppSaw.Value, step.ClientIP.AppSaw.Recovered.Value = long, long
	trip := step
	trip.Role, trip.Hops = finding.RoleCallback, nil
	trip.RoundTrip = &finding.RoundTrip{
		At: finding.AtHub, RedirectURI: long, State: hostile, Cookie: finding.CookieSent, CookieState: long, Error: hostile,
	}
	begun := trip
	begun.Role = finding.RoleRedirect
	id := "finding-1"
	return &finding.Report{
		Verdict: finding.Fail, Summary: long,
		Owners:  []finding.Owner{{Address: "10.0.0.1", Kind: "pod", Name: hostile, Node: hostile}, {Address: "10.0.0.2", Kind: "pod", Name: hostile}},
		Options: finding.Options{Selection: &finding.Selection{Clients: []string{hostile}, Host: hostile, Of: 2}},
		Captures: []finding.Capture{
			{ID: "c1", Name: hostile, Kind: "har", Creator: hostile, Notes: []finding.Note{{Code: "damaged", Text: long}, {Code: "secrets", Text: hostile + ": " + hostile}}},
			{ID: "c2", Name: "b", Kind: "har"},
		},
		Logins: []finding.Login{{
			ID: "login-1", Client: hostile, Outcome: finding.Failed, Cause: &id,
			Application: finding.Application{Name: "jupyterhub", Version: hostile},
			Steps:       []finding.Step{step, step},
			Findings: []finding.Finding{{
				ID: id, Code: finding.XSRFProxyIPChanged, Summary: long, Explanation: long,
				Origin: finding.Origin{Kind: finding.OriginIngress, Party: hostile},
				Evidence: []finding.Evidence{
					{Ref: entry(1), Field: hostile, Value: long, Note: hostile}, {Ref: entry(2), Field: hostile, Note: "in " + hostile},
					{Ref: entry(3), Field: hostile, Value: "xsrf-1" + hostile, Note: "made for " + hostile},
				},
				Rejected: []finding.Rejected{{Code: "x", Why: long}, {Code: finding.XSRFFormExpired, Why: "the form was " + hostile + " old"}},
				NotCures: []string{hostile + ": " + hostile},
				Missing:  []finding.Missing{{What: hostile, How: "kubectl " + hostile}},
				Fixes:    []finding.Fix{{Title: hostile, For: hostile, When: hostile, Config: long, WhatIf: hostile}},
			}},
		}, {
			ID: "login-2", Client: hostile, Outcome: finding.OutcomeUnknown, Steps: []finding.Step{begun, trip, trip},
			Application: finding.Application{Name: "jupyterhub", Version: hostile},
		}},
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	for _, wide := range []bool{false, true} {
		var out bytes.Buffer
		if err := Write(&out, hostileReport(), Options{Wide: wide}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "owned") || !strings.Contains(out.String(), "script") {
			t.Fatal("the text is not in the report at all")
		}
		for _, r := range out.String() {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
				t.Fatalf("the report holds %U", r)
			}
		}
		// A line end in a value must not start a line that looks like ours.
		for line := range strings.Lines(out.String()) {
			if strings.HasPrefix(line, "evil") || strings.HasPrefix(line, "owned") {
				t.Errorf("a value begins a line: %q", line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		width int
		want  []string
	}{
		"empty":             {"", 10, []string{""}},
		"fits":              {"one two", 10, []string{"one two"}},
		"at spaces":         {"one two three", 8, []string{"one two", "three"}},
		"chain at a comma":  {"XFF 10.0.0.1,10.0.0.2,10.0.0.3", 16, []string{"XFF 10.0.0.1,", "10.0.0.2,", "10.0.0.3"}},
		"IPv6 at a colon":   {"2001:db8:aaaa:bbbb:cccc", 16, []string{"2001:db8:aaaa:", "bbbb:cccc"}},
		"pod at a hyphen":   {"ingress-nginx-controller-7d4b", 16, []string{"ingress-nginx-", "controller-7d4b"}},
		"without separator": {"aaaaaaaaaaaaaaaaaaaa", 8, []string{"aaaaaaaa", "aaaaaaaa", "aaaa"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(wrap(c.text, c.width), "|"); got != strings.Join(c.want, "|") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// An address that is too long for a column stays whole all the same.
func TestLongValuesAreNotCutOff(t *testing.T) {
	const address = "2001:0db8:aaaa:bbbb:cccc:dddd:eeee:ffff"
	r := hostileReport()
	for i := range r.Logins[0].Steps {
		r.Logins[0].Steps[i].ClientIP.AppSaw.Value = address
		r.Logins[0].Steps[i].Answer = ""
	}
	var out bytes.Buffer
	if err := Write(&out, r, Options{}); err != nil {
		t.Fatal(err)
	}
	_, row, ok := strings.Cut(out.String(), "Hub believed")
	if !ok {
		t.Fatal("no row")
	}
	if row, _, _ = strings.Cut(row, "recovered"); !strings.Contains(row, address) {
		t.Errorf("no %q in\n%s", address, row)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add(hostile)
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Escape(s) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q holds %U", Escape(s), r)
			}
		}
		if Escape(Escape(s)) != Escape(s) {
			t.Fatalf("%q changes when it is escaped again", s)
		}
	})
}

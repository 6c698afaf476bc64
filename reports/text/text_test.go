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
	step.ClientIP.AppSaw.Value, step.ClientIP.AppSaw.Recovered.Value = long, long
	id := "finding-1"
	return &finding.Report{
		Verdict: finding.Fail, Summary: long,
		Captures: []finding.Capture{
			{ID: "c1", Name: hostile, Kind: "har", Creator: hostile, Notes: []finding.Note{{Code: "damaged", Text: long}}},
			{ID: "c2", Name: "b", Kind: "har"},
		},
		Logins: []finding.Login{{
			ID: "login-1", Client: hostile, Outcome: finding.Failed, Cause: &id,
			Application: finding.Application{Name: "jupyterhub", Version: hostile},
			Steps:       []finding.Step{step, step},
			Findings: []finding.Finding{{
				ID: id, Code: finding.XSRFProxyIPChanged, Summary: long, Explanation: long,
				Origin:   finding.Origin{Kind: finding.OriginIngress, Party: hostile},
				Evidence: []finding.Evidence{{Ref: entry(1), Field: hostile, Value: long, Note: hostile}},
				Rejected: []finding.Rejected{{Code: "x", Why: long}},
				Missing:  []finding.Missing{{What: hostile, How: "kubectl " + hostile}},
				Fixes:    []finding.Fix{{Title: hostile, For: hostile, When: hostile, Config: long, WhatIf: hostile}},
			}},
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

// Long IPv6 addresses and pod names stay whole, over several lines if need be.
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
	row, _, _ = strings.Cut(row, "recovered")
	first := ""
	for line := range strings.Lines(row) {
		if words := strings.Fields(line); len(words) > 0 {
			first += words[0]
		}
	}
	if first != address {
		t.Errorf("got %q in\n%s", first, row)
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

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

func fixesFor(programs ...string) *finding.Finding {
	f := &finding.Finding{Code: "some-code"}
	for i, program := range programs {
		f.Fixes = append(f.Fixes, finding.Fix{Title: "do " + string(rune('a'+i)), For: program, When: "so", Config: "config " + string(rune('a'+i))})
	}
	return f
}

func TestSentence(t *testing.T) {
	for words, want := range map[string]string{
		"a login failed":         "a login failed.",
		`it says "a quota."`:     `it says "a quota."`,
		`it says "really?"`:      `it says "really?"`,
		`it says "out of space"`: `it says "out of space".`,
	} {
		if got := sentence(words); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Who is to act: a wrong password is the user's to mend, although the Hub refused it.
func TestFixBy(t *testing.T) {
	hub := finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}
	for name, test := range map[string]struct {
		origin finding.Origin
		fixes  *finding.Finding
		want   string
	}{
		"the user":             {hub, fixesFor("browser"), "the user's side"},
		"the Hub":              {hub, fixesFor("JupyterHub", "browser"), "the application"},
		"nobody knows":         {hub, fixesFor(), "the application"},
		"a client":             {finding.Origin{Kind: finding.OriginClient}, fixesFor("browser"), "the client"},
		"whoever set a cookie": {finding.Origin{Kind: finding.OriginApplication, Party: "another application"}, fixesFor("any"), "another application"},
	} {
		p := &page{report: &finding.Report{}}
		test.fixes.Origin = test.origin
		if got := p.fixBy(test.fixes); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A state that a user's server keeps is not the Hub's.
func TestLostWords(t *testing.T) {
	step := func(role finding.Role, at finding.Place) *finding.Step {
		return &finding.Step{Role: role, RoundTrip: &finding.RoundTrip{At: at, CookieState: "state-1"}}
	}
	for want, s := range map[string]*finding.Step{
		"is set by the server, and does not reach the browser": step(finding.RoleRedirect, finding.AtServer),
		"is sent, and does not reach the server":               step(finding.RoleCallback, finding.AtServer),
		"is set by the Hub, and does not reach the browser":    step(finding.RoleRedirect, finding.AtHub),
		"is sent, and does not reach the Hub":                  step(finding.RoleCallback, finding.AtHub),
	} {
		if got := lostWords(s); !strings.HasSuffix(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

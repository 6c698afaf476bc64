// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

// A report gives the reason that its input shows, and no other: what one part of a
// recording does not tell is left open in its words and in its fixes.
func TestReasonsAreThoseOfTheInput(t *testing.T) {
	const (
		unblock   = "take the user off the list of those who may not come in"
		authorize = "authorize the user"
		leave     = "let the proxy leave the cookie as it is"
		again     = "begin again, in one tab of one browser"
		whoSays   = "find who gives this reason"
		callback  = "name the callback"
	)
	for _, test := range []struct {
		scenario, part string
		summary        string // a part of it
		detail, not    string // parts of what the finding says, and of what it must not say
		fix            string // the first one
		offers         string // another one
		open           bool   // something is to be decided yet
	}{
		{scenario: "native-not-authorized-5.5.4", part: "hub.log", summary: "the Hub's authenticator refused", not: "nvalid username", fix: "correct name and password", offers: authorize},
		{scenario: "native-not-authorized-5.5.4", part: "hub.pcap", summary: "authorized the user", detail: "right password", fix: authorize},
		{scenario: "native-not-authorized-4.1.6", part: everything, summary: "authorized the user", not: "one answer", fix: authorize},
		{scenario: "user-allowed-wrong-password-5.5.4", part: everything, summary: "wrong name or password", not: "one answer", fix: "correct name and password"},
		{scenario: "user-allowed-wrong-password-5.5.4", part: "hub.pcap", summary: "the name, the password or the user", detail: "one answer", offers: unblock},
		{scenario: "user-blocked-5.5.4", part: "ingress.pcap", summary: "the name, the password or the user", detail: "|blocked|", not: authorize, offers: unblock},
		{scenario: "user-blocked-5.5.4", part: "hub.log", summary: "blocked users", not: "found none", fix: unblock},
		{scenario: "user-not-allowed-5.5.4", part: "hub.log", summary: "no rule", detail: "found none", not: unblock, fix: "name the users"},
		{scenario: "oauth-not-allowed-4.1.6", part: "client.pcap", summary: "and the Hub does not", detail: "or the name is no valid one", not: "found none", offers: unblock, open: true},
		{scenario: "oauth-not-allowed-4.1.6", part: everything, summary: "no rule", detail: "found none", not: unblock, fix: "name the users"},
		{scenario: "server-state-cookie-path-5.5.4", part: bestHAR, summary: "is for /hub/user/alice/", not: "client_secret", fix: leave, open: true},
		{scenario: "server-state-cookie-lost-5.5.4", part: bestHAR, detail: "deleted in between", not: "ten minutes", fix: again},
		{scenario: "server-state-cookie-lost-5.5.4", part: "client.pcap", detail: "private window", not: "ten minutes", fix: again},
		{scenario: "server-state-cookie-lost-5.5.4", part: everything, detail: "deleted in between", not: "provider", fix: again},
		{scenario: "oauth-redirect-not-registered-4.1.6", part: "client.pcap", detail: "\"http://hub.example.test/hub/oauth_callback\"", not: "http address as well", fix: callback, open: true},
		{scenario: "oauth-callback-at-other-name-5.2.1", part: "ingress.pcap", detail: "\"http://hub.example.test/hub/oauth_callback\"", not: "example.org", open: true},
		{scenario: "spawn-hook-refuses-5.5.4", part: "hub.log", summary: "used up", detail: "pre_spawn_hook", fix: whoSays},
		{scenario: "spawn-session-cookie-lost-5.5.4", part: "hub.pcap", summary: "was gone", not: "reload the login page"},
		{scenario: "session-cookie-lost-4.1.6", part: "hub.pcap", summary: "was gone"},
	} {
		t.Run(test.scenario+"/"+test.part, func(t *testing.T) {
			truths := allTruths(t)
			truth := truths[slices.IndexFunc(truths, func(one fixtures.Truth) bool { return one.Scenario == test.scenario })]
			parts := partsOf(truth)
			at := slices.IndexFunc(parts, func(p part) bool { return p.name == test.part })
			found := accused(diagnosePart(t, truth, parts[at]))
			if len(found) != 1 {
				t.Fatalf("%d findings: %+v", len(found), found)
			}
			f := found[0]
			says := saysOf(f)
			switch {
			case f.Confidence != finding.Proven:
				t.Errorf("%s only", f.Confidence)
			case !strings.Contains(f.Summary, test.summary):
				t.Errorf("summary %q, want %q in it", f.Summary, test.summary)
			case !strings.Contains(says, test.detail):
				t.Errorf("does not say %q: %s", test.detail, says)
			case test.not != "" && strings.Contains(says, test.not):
				t.Errorf("says %q: %s", test.not, says)
			case test.fix != "" && f.Fixes[0].Title != test.fix:
				t.Errorf("the first fix is %q, want %q", f.Fixes[0].Title, test.fix)
			case test.offers != "" && !slices.ContainsFunc(f.Fixes, func(fix finding.Fix) bool { return fix.Title == test.offers }):
				t.Errorf("does not offer %q", test.offers)
			case test.open != (len(f.Missing) > 0):
				t.Errorf("missing: %+v", f.Missing)
			}
		})
	}
}

// A cookie for https alone does not come back by http, whoever marked it.
func TestSecureStateOverHTTP(t *testing.T) {
	truths := allTruths(t)
	truth := truths[slices.IndexFunc(truths, func(one fixtures.Truth) bool { return one.Scenario == "server-state-cookie-path-5.5.4" })]
	files := slices.DeleteFunc(filesFor(t, truth, "har"), func(f file) bool { return f.name != bestHAR })
	marked := bytes.ReplaceAll(files[0].data, []byte("Path=/hub/user/alice/"), []byte("Path=/user/alice/; Secure"))
	if bytes.Equal(marked, files[0].data) {
		t.Fatal("the recording has no such cookie")
	}
	files[0].data = marked
	found := accused(diagnose(t, files, quick(t, truth)))
	if len(found) != 1 || !strings.Contains(found[0].Summary, "for https alone") || found[0].Fixes[0].Title != "let the proxy leave the cookie as it is" {
		t.Errorf("%+v", found)
	}
}

// saysOf is all that a report prints of a finding, without its conditions.
func saysOf(f finding.Finding) string {
	says := []string{f.Summary, f.Explanation, strings.Join(f.NotCures, "\n")}
	for _, fix := range f.Fixes {
		says = append(says, fix.Title, fix.Config, fix.WhatIf)
	}
	for _, e := range f.Evidence {
		says = append(says, e.Field, e.Value, e.Note)
	}
	return strings.Join(says, "\n")
}

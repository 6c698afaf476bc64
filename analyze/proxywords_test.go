// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// asked are all that a report asks for, in one text.
func asked(report *finding.Report) string {
	var b strings.Builder
	add := func(list []finding.Missing) {
		for _, m := range list {
			b.WriteString(m.What + ": " + m.How + "\n")
		}
	}
	for _, f := range concluded(report) {
		add(f.Missing)
	}
	for _, l := range report.Logins {
		if l.Undecided != nil {
			add(l.Undecided.Missing)
		}
	}
	return b.String()
}

// Headlines say what the parts of a recording show of who answered, and who was asked.
func TestHeadlinesSayWhoWasSeen(t *testing.T) {
	for _, test := range []struct{ scenario, file, want string }{
		{"base-url-missing-5.5.4", "ingress.access.log", "the nginx on the way answered GET /hub/jupyter/ with 404 by itself, and asked no server"},
		{"haproxy-backend-down-5.5.4", "ingress.pcap", "10.244.1.9:8888 refused 22 connections of 10.244.3.17 before"},
		{"haproxy-backend-down-5.5.4", everything, "10.244.1.9:8888 refused 22 connections of 10.244.3.17 before"},
		{"nginx-cookie-too-large-5.5.4", "ingress.access.log", "why is undecided"},
	} {
		if report := onePart(t, test.scenario, test.file); !strings.Contains(report.Summary, test.want) {
			t.Errorf("%s %s: %s, want %q", test.scenario, test.file, report.Summary, test.want)
		}
	}
}

// Nobody is asked for the capture that was given: where it shows from whom an answer
// came, that is whom to look at.
func TestAskedForWhatIsBehindTheCapture(t *testing.T) {
	for _, scenario := range []string{"hub-down-at-submit-5.5.4", "chp-header-too-large-5.5.4"} {
		words := asked(onePart(t, scenario, "ingress.pcap"))
		if strings.Contains(words, "ingress.pcap") || !strings.Contains(words, "10.244.1.9:8000, from which it came") {
			t.Errorf("%s: %s", scenario, words)
		}
		if words := asked(onePart(t, scenario, "client.pcap")); !strings.Contains(words, "ingress.pcap") {
			t.Errorf("%s client.pcap: %s", scenario, words)
		}
	}
}

// The hop behind the end of TLS is asked for where it was not given, and only there.
func TestPlainHopIsAskedForOnce(t *testing.T) {
	for file, want := range map[string]bool{"client.pcap": true, "outer.pcap": false, allTraffic: false} {
		report := onePart(t, "scheme-told-5.5.4", file)
		encrypted := false
		for _, c := range report.Captures {
			for _, note := range c.Notes {
				encrypted = encrypted || strings.Contains(note.Text, "encrypted")
				if asks := strings.Contains(note.Text, "capture the plain hop"); asks != want && strings.Contains(note.Text, "encrypted") {
					t.Errorf("%s: %s", file, note.Text)
				}
			}
		}
		if !encrypted {
			t.Errorf("%s: nothing is said of TLS", file)
		}
	}
}

// HAProxy gives 504 to a server that it reached, and a page that was served before came
// from where the proxy looks.
func TestLateServersNeedNoOtherAddress(t *testing.T) {
	for _, file := range []string{"client.playwright.har", "ingress.log", everything} {
		report := onePart(t, "haproxy-server-timeout-5.5.4", file)
		for _, f := range accused(report) {
			titles := make([]string, len(f.Fixes))
			for i, fix := range f.Fixes {
				titles[i] = fix.Title
			}
			if !slices.Equal(titles, []string{"find out what the login waits for", "let HAProxy wait longer"}) {
				t.Errorf("%s: %q", file, titles)
			}
		}
		if len(accused(report)) == 0 {
			t.Errorf("%s: %s", file, report.Summary)
		}
	}
}

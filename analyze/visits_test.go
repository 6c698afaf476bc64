// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/fixtures"
)

const lab = "jupyterlab"

// visitSaid is what each part of a recording of JupyterLab alone tells: outcome, and
// codes with their confidence. A "?" stands before causes that remain possible.
var visitSaid = map[string]map[string]string{
	"basic-and-token": {
		"client.playwright.har":         "failed: authorization-overwritten proven, token-exposed likely",
		"client.devtools.har":           "failed: authorization-overwritten proven, token-exposed likely",
		"client.devtools-sanitized.har": "failed: ?authorization-overwritten",
		"client.pcap":                   "failed: authorization-overwritten proven, token-exposed likely",
		"ingress.pcap":                  "failed: authorization-overwritten proven, token-exposed proven",
		"lab.pcap":                      "unknown: token-exposed likely",
		"ingress.log":                   "failed: ?authorization-overwritten",
		"lab.log":                       "no login",
		allLogs:                         "failed: ?authorization-overwritten",
		everything:                      "failed: authorization-overwritten proven, token-exposed proven",
	},
	"basic-or-token": {
		"client.playwright.har": "succeeded: token-exposed likely",
		"ingress.pcap":          "succeeded: token-exposed proven",
		"lab.pcap":              "succeeded: token-exposed likely",
		allLogs:                 "succeeded: ",
		everything:              "succeeded: token-exposed proven",
	},
	"host-not-forwarded": {
		"client.playwright.har": "unknown: ?host-not-forwarded, ?upgrade-not-forwarded",
		"client.pcap":           "failed: host-not-forwarded likely",
		"ingress.pcap":          "failed: host-not-forwarded proven",
		"lab.pcap":              "failed: host-not-forwarded likely",
		"ingress.log":           "failed: ?host-not-forwarded",
		"lab.log":               "failed: host-not-forwarded likely",
		everything:              "failed: host-not-forwarded proven",
	},
	"upgrade-not-forwarded": {
		"client.playwright.har": "unknown: ?host-not-forwarded, ?upgrade-not-forwarded",
		"client.pcap":           "failed: upgrade-not-forwarded likely",
		"ingress.pcap":          "failed: upgrade-not-forwarded proven",
		"lab.pcap":              "failed: upgrade-not-forwarded proven",
		"lab.log":               "failed: upgrade-not-forwarded likely",
		everything:              "failed: upgrade-not-forwarded proven",
	},
}

func TestEachPartOfAVisit(t *testing.T) {
	checked := 0
	for _, truth := range otherTruths(t) {
		said := visitSaid[strings.TrimSuffix(strings.TrimPrefix(truth.Scenario, lab+"-"), "-4.6.6")]
		for _, p := range partsOf(truth) {
			want, ok := said[p.name]
			if !ok {
				continue
			}
			checked++
			if got := saidOf(diagnosePart(t, truth, p)); got != want {
				t.Errorf("%s, %s: %s, want %s", truth.Scenario, p.name, got, want)
			}
		}
	}
	if checked < 25 {
		t.Errorf("only %d parts were found", checked)
	}
}

func saidOf(report *finding.Report) string {
	if len(report.Logins) != 1 {
		return "no login"
	}
	l := report.Logins[0]
	var words []string
	for _, f := range l.Findings {
		words = append(words, fmt.Sprint(f.Code, " ", f.Confidence))
	}
	if l.Undecided != nil {
		for _, code := range l.Undecided.Between {
			words = append(words, "?"+string(code))
		}
	}
	return fmt.Sprint(l.Outcome, ": ", strings.Join(words, ", "))
}

// One browser makes one login, and the page says of which JupyterLab.
func TestVisitIsOneLogin(t *testing.T) {
	truths, err := fixtures.LoadTruths(committedFixtures)
	if err != nil {
		t.Fatal(err)
	}
	for _, truth := range truths {
		if truth.Application.Name != lab {
			continue
		}
		report := diagnosePart(t, truth, part{files: []string{"ingress.pcap"}})
		if len(report.Logins) != 1 || report.Logins[0].Application.Version != truth.Application.Version {
			t.Errorf("%s: %d logins of %+v", filepath.Base(truth.Dir), len(report.Logins), report.Logins[0].Application)
		}
	}
}

// Of more requests than are looked at, the report says how many; those that look alike
// are not counted.
func TestTooManyVisitsAreSaid(t *testing.T) {
	a := analyze.New(analyze.Options{Recover: "off"})
	c := &exchange.Capture{ID: "c1", Kind: exchange.KindPcap}
	const clients = 9000
	for i := range clients {
		for range 2 {
			a.Add(&exchange.Exchange{
				Ref: exchange.Ref{Capture: c, Frame: i + 1}, Vantage: exchange.Vantage{Capture: c},
				Client: exchange.Endpoint{Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250)}, Server: exchange.Endpoint{Address: "10.1.0.1", Port: 80},
				Request:  exchange.Request{Method: "GET", URL: exchange.URL{Path: "/api/kernelspecs"}},
				Response: &exchange.Response{Status: 403, Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Server", Value: "TornadoServer/6.6.1"}}}},
			})
		}
	}
	report := a.Close(t.Context(), []*exchange.Capture{c})
	if notes := limits(report); len(notes) != 1 || !strings.Contains(notes[0], "of pages of JupyterLab's were not looked at, after 8192 others") {
		t.Errorf("says %q", notes)
	}
}

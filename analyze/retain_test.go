// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A probe that asks for the page every second for a day neither fills the memory nor
// costs the login at its end; a page that was submitted is kept.
func TestProbesAreForgotten(t *testing.T) {
	exchanges, c := load(t, "two-ingresses-no-headers-5.5.4/client.playwright.har")
	a := analyze.New(analyze.Options{ClientAddresses: []string{"10.244.3.17", "10.244.5.42"}})
	begin := exchanges[0].Started.Add(-24 * time.Hour)
	page := exchanges[slices.IndexFunc(exchanges, func(x *exchange.Exchange) bool { return x.Request.URL.Path == "/hub/login" })]
	for i := range 80_000 {
		probe := *page
		probe.Started, probe.Ref.Entry = begin.Add(time.Duration(i)*time.Second), 1000+i
		probe.Response = &exchange.Response{Status: 200}
		a.Add(&probe)
	}
	for _, x := range exchanges {
		a.Add(x)
	}
	report := a.Close(t.Context(), []*exchange.Capture{c})
	if len(report.Logins) != 1 || report.Logins[0].CauseFinding() == nil {
		t.Fatalf("%d logins: %s", len(report.Logins), report.Summary)
	}
	if notes := limits(report); len(notes) > 0 {
		t.Errorf("says %q", notes)
	}
}

// Of more logins than are looked at, the report says how many.
func TestTooManyLoginsAreSaid(t *testing.T) {
	exchanges, c := load(t, "wrong-password-5.5.4/client.playwright.har")
	submit := exchanges[slices.IndexFunc(exchanges, func(x *exchange.Exchange) bool { return x.Request.Method == "POST" })]
	a := analyze.New(analyze.Options{Recover: "off"})
	for i := range 10_300 {
		again := *submit
		again.Started, again.Ref.Entry = submit.Started.Add(time.Duration(i)*time.Second), 1000+i
		a.Add(&again)
	}
	report := a.Close(t.Context(), []*exchange.Capture{c})
	notes := limits(report)
	if want := fmt.Sprintf("%d requests at login pages", 10_300-len(report.Logins)); len(notes) != 1 || !strings.HasPrefix(notes[0], want) {
		t.Errorf("%d logins, and %q; want %q", len(report.Logins), notes, want)
	}
}

func limits(report *finding.Report) (notes []string) {
	for _, note := range report.Captures[0].Notes {
		if note.Code == exchange.NoteLimit {
			notes = append(notes, note.Text)
		}
	}
	return notes
}

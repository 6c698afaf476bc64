// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

// load reads the exchanges of a recording, in order.
func load(t *testing.T, recording string) (exchanges []*exchange.Exchange, c *exchange.Capture) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../fixtures/jupyterhub", recording))
	if err != nil {
		t.Fatal(err)
	}
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: func(x *exchange.Exchange) { exchanges = append(exchanges, x) }}
	if err := loader.Read(t.Context(), recording, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	captures := loader.Close()
	if len(exchanges) == 0 || len(captures) != 1 {
		t.Fatal(len(exchanges), len(captures))
	}
	return exchanges, captures[0]
}

// Traffic that is told the time as it goes gives the same login as a file that is
// read to its end, and gives it once.
func TestAdvanceConcludesLikeClose(t *testing.T) {
	exchanges, c := load(t, "two-ingresses-no-headers-5.5.4/client.playwright.har")
	known := []string{"10.244.3.17", "10.244.5.42"} // live never searches ranges

	var live []finding.Login
	a := analyze.New(analyze.Options{ClientAddresses: known, OnLogin: func(l finding.Login) { live = append(live, l) }})
	for _, x := range exchanges {
		a.Add(x)
		a.Advance(x.Started)
	}
	if len(live) != 0 {
		t.Fatalf("%d logins were concluded before an answer could have come late", len(live))
	}
	a.Advance(exchanges[len(exchanges)-1].Started.Add(time.Minute))
	a.Advance(exchanges[len(exchanges)-1].Started.Add(2 * time.Minute))
	report := a.Close(t.Context(), []*exchange.Capture{c})

	fromFile := analyze.New(analyze.Options{ClientAddresses: known})
	for _, x := range exchanges {
		fromFile.Add(x)
	}
	want := fromFile.Close(t.Context(), []*exchange.Capture{c})
	if len(live) != 1 || len(report.Logins) != 1 || len(want.Logins) != 1 {
		t.Fatalf("%d logins live, %d in its report, %d from the file", len(live), len(report.Logins), len(want.Logins))
	}
	if got, want := whatItSays(&live[0]), whatItSays(&want.Logins[0]); got != want || got.cause == "" {
		t.Errorf("live %+v, file %+v", got, want)
	}
}

// A form can be open for long, but not for ever.
func TestAdvanceForgets(t *testing.T) {
	exchanges, c := load(t, "two-ingresses-no-headers-4.1.6/client.playwright.har")
	a := analyze.New(analyze.Options{})
	for _, x := range exchanges {
		if x.Request.Method == "GET" {
			a.Add(x)
		}
	}
	a.Advance(exchanges[0].Started.Add(3 * time.Hour))
	for _, x := range exchanges {
		if x.Request.Method == "POST" {
			a.Add(x)
		}
	}
	report := a.Close(t.Context(), []*exchange.Capture{c})
	if steps := report.Logins[0].Steps; steps[0].Status != 0 {
		t.Errorf("the page of three hours before is still there: %+v", steps[0])
	}
}

// What was found before Ctrl-C is kept, and the report says that it was stopped.
func TestCloseKeepsWhatWasFoundWhenStopped(t *testing.T) {
	exchanges, c := load(t, "two-ingresses-no-headers-4.1.6/client.playwright.har")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := analyze.New(analyze.Options{ClientAddresses: []string{"10.244.3.17"}})
	for _, x := range exchanges {
		a.Add(x)
	}
	report := a.Close(ctx, []*exchange.Capture{c})
	says := whatItSays(&report.Logins[0])
	if says.form != "10.244.3.17" || says.submit != "" || !report.Options.RecoveryStopped {
		t.Errorf("got %+v, stopped %v", says, report.Options.RecoveryStopped)
	}
}

// A search of ranges is for failed logins: nobody waits for a healthy one.
func TestHealthyLoginsAreNotSearched(t *testing.T) {
	exchanges, c := load(t, "healthy-4.1.6/client.playwright.har")
	a := analyze.New(analyze.Options{
		Recover:  iprecovery.Private,
		Announce: func(hashes uint64) { t.Errorf("%d hashes for a healthy login", hashes) },
		Progress: func(uint64, uint64) { t.Error("a search for a healthy login") },
	})
	for _, x := range exchanges {
		a.Add(x)
	}
	if report := a.Close(t.Context(), []*exchange.Capture{c}); report.Verdict != finding.Pass {
		t.Error(report.Verdict)
	}
}

func TestSecretsAreWarnedOf(t *testing.T) {
	a := analyze.New(analyze.Options{})
	c := &exchange.Capture{ID: "c1", Kind: exchange.KindHAR}
	a.Add(&exchange.Exchange{Vantage: exchange.Vantage{Capture: c}, Request: exchange.Request{
		Method: "GET", Fields: exchange.Fields{Lines: []exchange.Field{{Name: "Authorization", Value: "token x"}}},
	}})
	if notes := a.Close(t.Context(), []*exchange.Capture{c}).Captures[0].Notes; len(notes) != 1 || notes[0].Code != exchange.NoteSecrets {
		t.Errorf("an Authorization field: %+v", notes)
	}
	for recording, want := range map[string]bool{
		"healthy-4.1.6/client.devtools.har":                            true,
		"two-ingresses-no-headers-4.1.6/client.devtools-sanitized.har": true, // the password is left in
	} {
		exchanges, c := load(t, recording)
		a := analyze.New(analyze.Options{Recover: iprecovery.Off})
		for _, x := range exchanges {
			a.Add(x)
		}
		report := a.Close(t.Context(), []*exchange.Capture{c})
		got := false
		for _, note := range report.Captures[0].Notes {
			got = got || note.Code == exchange.NoteSecrets
		}
		if got != want {
			t.Errorf("%s: warned %v, want %v", recording, got, want)
		}
	}
}

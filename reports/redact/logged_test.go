// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

// What the analysis compares of a log is not for showing.
func TestLogged(t *testing.T) {
	const session = "0123456789abcdef0123456789abcdef"
	s := exchange.Statement{Code: exchange.SaidXSRFMismatch, Text: "harmless", Values: exchange.Values{Identity: session + ":x", User: "alice", Got: "stateful"}}
	c := &exchange.Capture{Name: "hub.log", Statements: []exchange.Statement{s}}
	x := &exchange.Exchange{
		Ref:     exchange.Ref{Capture: c, Line: 3, HasLine: true},
		Request: exchange.Request{Method: "GET", URL: exchange.URL{Path: "/hub/home"}},
		Logged:  &exchange.Logged{Believed: "10.0.0.1", User: "alice", Location: "/hub/?token=" + session, Said: []exchange.Statement{s}},
	}
	r := New()
	out, capture := r.Exchange(x), r.Capture(c)
	shown := fmt.Sprintf("%+v %+v", *out.Logged, capture.Statements)
	for _, secret := range []string{session, "alice", "stateful"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is left in %s", secret, shown)
		}
	}
	if out.Logged.Believed != "10.0.0.1" || out.Logged.Said[0].Text != "harmless" || len(capture.Statements) != 1 {
		t.Errorf("too little is left in %s", shown)
	}
	if x.Logged.User != "alice" || x.Logged.Said[0].Values.User != "alice" || c.Statements[0].Values.User != "alice" {
		t.Error("the original was changed")
	}
}

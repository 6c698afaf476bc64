// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Pods and nodes are asked for by the addresses that they can have, in lines that fit a
// page of 80 columns and that a shell takes as they stand.
func TestWhoseAddresses(t *testing.T) {
	for _, c := range []struct {
		addresses []string
		what, how string
	}{
		{[]string{"10.244.3.17"}, "whether 10.244.3.17 is an ingress pod", "kubectl get pods,nodes -A -o wide | grep -wF -e 10.244.3.17"},
		{[]string{"10.244.3.17", "10.244.5.42"}, "whether these are ingress pods", "kubectl get pods,nodes -A -o wide |\n  grep -wF -e 10.244.3.17 -e 10.244.5.42"},
		{[]string{"198.51.100.24", "10.244.5.42"}, "whether 10.244.5.42 is", "kubectl get pods,nodes -A -o wide | grep -wF -e 10.244.5.42"},
		{[]string{"198.51.100.24", "198.51.100.23"}, "whose 198.51.100.24 and 198.51.100.23 are", howToCaptureAtIngress},
	} {
		got := (&Case{}).whose(c.addresses...)
		if len(got) != 1 || !strings.HasPrefix(got[0].What, c.what) || got[0].How != c.how {
			t.Errorf("%q: %+v, want %q, %q", c.addresses, got, c.what, c.how)
			continue
		}
		if strings.HasPrefix(c.how, "kubectl") && slices.ContainsFunc(strings.Split(got[0].How, "\n"), func(line string) bool { return len(line) > 68 }) {
			t.Errorf("%q: too long:\n%s", c.addresses, got[0].How)
		}
	}
}

// A start of the Hub counts if its own log has it between the page of the form and the
// submit; one before the page, or a page that only the order ties to the form, does not.
func TestRestartedBetween(t *testing.T) {
	for _, c := range []struct {
		name  string
		start int
		link  login.Link
		want  bool
	}{
		{"between", 20, login.LinkPage, true},
		{"before the page", 5, login.LinkPage, false},
		{"after the submit", 40, login.LinkPage, false},
		{"a page that may be another", 20, login.LinkOrder, false},
	} {
		log := &exchange.Capture{Kind: exchange.KindLog, Statements: []exchange.Statement{{
			Code: exchange.SaidVersion, Program: exchange.ProgramJupyterHub, Ref: exchange.Ref{Line: c.start, HasLine: true},
		}}}
		at := func(line int, method string) *login.Step {
			s := &login.Step{Method: method, Status: 200, HubVersion: "5.5.4", Ref: exchange.Ref{Capture: log, Line: line, HasLine: true}}
			s.Seen = []*login.Step{s}
			return s
		}
		of := &Case{Attempt: &login.Attempt{Form: at(10, "GET"), Submit: at(30, "POST"), Link: c.link}}
		if got := of.restartedBetween() != nil; got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// A cookie of another program beside the Hub's own is no reason to rule that program's
// cookie out.
func TestForeignBesideOwnIsNotExcluded(t *testing.T) {
	own := login.Token{Raw: "own", XSRF: token.OfIdentity("None:x")}
	foreign := login.Token{Raw: "foreign", Err: token.ErrNotXSRF}
	for _, c := range []struct {
		name     string
		cookies  []login.Token
		excluded bool
	}{
		{"the Hub's alone", []login.Token{own}, true},
		{"both", []login.Token{foreign, own}, false},
	} {
		s := &login.Step{Time: time.Unix(0, 0), Form: own, FormState: exchange.Known, Cookies: c.cookies, CookiesState: exchange.Known}
		s.Seen = []*login.Step{s}
		if got := cookieForeign(&Case{Attempt: &login.Attempt{Submit: s}}); (got.Excluded != "") != c.excluded || got.Match != nil {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

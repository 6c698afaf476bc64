// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/login"
)

// TestFieldMissingRecipes: what the submit shows of itself excludes recipes, and what it
// does not show excludes none.
func TestFieldMissingRecipes(t *testing.T) {
	for name, c := range map[string]struct {
		submit login.Step
		want   []string
	}{
		"a line of a log":   {login.Step{Path: "/hub/login"}, nil},
		"its content came":  {login.Step{Path: "/hub/login", Posted: true}, []string{fixFinalAddress}},
		"a page sent it":    {login.Step{Path: "/hub/login", OfPage: true}, []string{fixAPIToken}},
		"both":              {login.Step{Path: "/hub/login", Posted: true, OfPage: true}, []string{fixFinalAddress, fixAPIToken}},
		"somebody signs up": {login.Step{Path: "/hub/signup"}, []string{fixAPIToken}},
	} {
		c.submit.Seen = []*login.Step{&c.submit}
		of := &Case{Attempt: &login.Attempt{Submit: &c.submit}}
		if got := of.notOfThisSubmit(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestSingleWay: who signs as a gateway is not the Hub's proxy beside it.
func TestSingleWay(t *testing.T) {
	step := func(server, signature string) *login.Step {
		return &login.Step{ServerAddress: server, Signature: signature}
	}
	for name, c := range map[string]struct {
		form, submit *login.Step
		want         bool
	}{
		"two nginx":          {step("10.244.3.17", "nginx/1.22.1"), step("10.244.5.42", "nginx"), true},
		"the Hub's own":      {step("10.244.3.17", "nginx/1.22.1"), step("10.244.1.9", "TornadoServer/6.4.1"), false},
		"one nginx before":   {step("10.244.7.7", "nginx"), step("10.244.7.7", "nginx"), false},
		"addresses unknown":  {step("", "nginx"), step("", "nginx"), false},
		"signatures unknown": {step("10.244.3.17", ""), step("10.244.5.42", ""), false},
		"no page":            {nil, step("10.244.5.42", "nginx"), false},
	} {
		if got := (&Case{Attempt: &login.Attempt{Form: c.form, Submit: c.submit}}).bothByGateways(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestBrokenBeforeTheHubsProxy: an X-Real-IP that is none explains a Hub that believes
// the server to which it was sent, and no other.
func TestBrokenBeforeTheHubsProxy(t *testing.T) {
	const twice = "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23,198.51.100.23"
	for path, want := range map[string]map[string]finding.Confidence{
		twice: {"10.244.1.9": finding.Likely, "10.244.3.17": "", "198.51.100.23": ""},
		"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23": {"10.244.1.9": ""},
		"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9":                         {"10.244.1.9": ""},
	} {
		for believed, confidence := range want {
			if got, name := (&Case{}).brokenForHub(hopstest.Path(t, path), believed); got != confidence || (name != "") != (confidence != "") {
				t.Errorf("%s, believed %s: %q %q", path, believed, got, name)
			}
		}
	}
}

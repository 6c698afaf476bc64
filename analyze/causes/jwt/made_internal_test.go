// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

const wholeToken = "eyJhbGciOiJIUzUxMiJ9.e30.c2ln"

// shownTo is a request with a token that was refused, as it was seen on its way: once for each
// text, which is what stands around the token there. The first hop begins at the client, unless
// it is behind a proxy.
func shownTo(behindProxy bool, around ...string) *bearer.Step {
	addresses := []string{"198.51.100.23", "10.0.0.2", "10.0.0.3", "10.0.0.4"}
	if behindProxy {
		addresses = addresses[1:]
	}
	var path hops.Path
	var seen []*bearer.Step
	for i, text := range around {
		s := &bearer.Step{
			Status: 403, UserAgent: "curl/7.88.1", ShownState: exchange.Known, Sighting: &hops.Sighting{Ref: exchange.Ref{Capture: &exchange.Capture{}}},
			Shown: []bearer.Token{{Raw: wholeToken, By: "Authorization", Garbled: text}},
		}
		path = append(path, &hops.Hop{
			From: exchange.Endpoint{Address: addresses[i]}, To: exchange.Endpoint{Address: addresses[i+1]},
			Connection: i, Sightings: []*hops.Sighting{s.Sighting},
		})
		seen = append(seen, s)
	}
	last := seen[len(seen)-1]
	last.Seen, last.Hops, last.Detail = seen, path, "Invalid JWT token"
	return last
}

func tokenCase(s *bearer.Step) *Case {
	return &Case{
		Attempt:   &bearer.Attempt{Token: bearer.Token{Raw: wholeToken}, Uses: []*bearer.Step{s}},
		Pseudonym: func(string) string { return "token-1" },
	}
}

// Text beside a token is the doing of who was seen to add it, and of nobody else.
func TestWhoSpoiledTheToken(t *testing.T) {
	for name, test := range map[string]struct {
		step    *bearer.Step
		kind    finding.OriginKind
		address string
		fixes   []string
	}{
		"the client":                   {shownTo(false, `""`), finding.OriginClient, "198.51.100.23", []string{fixSendUnchanged}},
		"the client, through a proxy":  {shownTo(false, `""`, `""`), finding.OriginClient, "198.51.100.23", []string{fixSendUnchanged}},
		"the ingress":                  {shownTo(false, "", "Bearer"), finding.OriginIngress, "10.0.0.2", []string{fixHandOnAsCame}},
		"the second of two proxies":    {shownTo(false, "", "", "Bearer"), finding.OriginIngress, "10.0.0.3", []string{fixHandOnAsCame}},
		"somebody in front of a proxy": {shownTo(true, "Bearer"), finding.OriginUnknown, "", []string{fixSendUnchanged, fixHandOnAsCame}},
	} {
		m, ok := tokenCase(test.step).garbled(test.step)
		if !ok || m.Origin.Kind != test.kind || m.Origin.Address != test.address || !slices.Equal(m.Fixes, test.fixes) {
			t.Errorf("%s: %+v", name, m)
		}
		if test.kind == finding.OriginUnknown && len(m.Missing) == 0 {
			t.Errorf("%s: does not say what is missing", name)
		}
	}
}

// What is no token at all has the same authors.
func TestWhoPutSomethingElseInTheTokensPlace(t *testing.T) {
	none := func(s *bearer.Step, hops ...int) *bearer.Step {
		for _, i := range hops {
			s.Seen[i].Foreign, s.Seen[i].Shown = true, nil
		}
		return s
	}
	for name, test := range map[string]struct {
		step *bearer.Step
		kind finding.OriginKind
	}{
		"the client":                   {none(shownTo(false, "", ""), 0, 1), finding.OriginClient},
		"the ingress":                  {none(shownTo(false, "", ""), 1), finding.OriginIngress},
		"somebody in front of a proxy": {none(shownTo(true, ""), 0), finding.OriginUnknown},
	} {
		if m, ok := tokenCase(test.step).garbled(test.step); !ok || m.Origin.Kind != test.kind {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if _, ok := tokenCase(shownTo(false, "")).stripped(none(shownTo(false, "", ""), 1)); ok {
		t.Error("something else in its place is called no token")
	}
}

// A page of the UI sends what the browser has kept.
func TestPageSendsWhatTheBrowserKept(t *testing.T) {
	s := shownTo(false, "undefined")
	s.UserAgent = "Mozilla/5.0 (X11; Linux x86_64)"
	if m, _ := tokenCase(s).garbled(s); !slices.Equal(m.Fixes, []string{fixForgetKept}) {
		t.Errorf("%+v", m)
	}
}

// A gap between the two places leaves open who it was.
func TestTokenSpoiledBetweenTwoPlaces(t *testing.T) {
	s := shownTo(false, "", "Bearer")
	s.Hops[1].From.Address = "10.0.0.9"
	if m, ok := tokenCase(s).garbled(s); !ok || m.Origin.Kind != finding.OriginUnknown || len(m.Missing) == 0 {
		t.Errorf("%+v", m)
	}
}

// What was whole when it left the client may have come damaged: the capture there does not
// tell, and the server's log does.
func TestTokenWholeWhereItWasSent(t *testing.T) {
	s := shownTo(false, "")
	if a := tokenMalformed(tokenCase(s)); a.Match != nil || a.Excluded != "" || len(a.Open) == 0 {
		t.Errorf("without a log: %+v", a)
	}
	s.Said = []exchange.Statement{{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Not enough segments"}}}
	a := tokenMalformed(tokenCase(s))
	if a.Match == nil || a.Match.Confidence != finding.Proven || a.Match.Origin.Kind != finding.OriginUnknown || !slices.Equal(a.Match.Fixes, []string{fixHandOnAsCame}) {
		t.Errorf("with its log: %+v", a.Match)
	}
	s.Said[0].Values.Reason = "Invalid issuer"
	if a := tokenMalformed(tokenCase(s)); a.Excluded == "" {
		t.Errorf("with another reason: %+v", a)
	}
}

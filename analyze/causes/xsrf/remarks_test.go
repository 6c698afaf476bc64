// SPDX-License-Identifier: Apache-2.0

package xsrf_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// remarked is a login that worked.
type remarked struct {
	path, believed string
	browser        []exchange.Field // what the browser's own recording shows; nil without one
	client         string           // the address that the user gave
	cookies        []string
	setter         bool
}

func (r remarked) codes(t *testing.T) string {
	t.Helper()
	form := mint(0, ingressA)
	var c xsrf.Case
	s := &login.Step{Sighting: &hops.Sighting{}, Form: tokenOf(form), CookiesState: exchange.Known}
	if r.path != "" {
		s.Hops = hopstest.Path(t, r.path)
		s.Sighting = s.Hops[len(s.Hops)-1].Sightings[0]
	}
	s.Seen = []*login.Step{s}
	if r.browser != nil {
		har := &exchange.Capture{ID: "c9", Kind: exchange.KindHAR}
		s.Seen = append(s.Seen, &login.Step{Ref: exchange.Ref{Capture: har}, Sighting: &hops.Sighting{Head: exchange.Fields{Lines: r.browser}}})
	}
	for _, raw := range r.cookies {
		s.Cookies = append(s.Cookies, tokenOf(raw))
	}
	if r.setter {
		c.Setter = func(login.Token) (login.Setter, bool) { return login.Setter{Server: "10.9.9.9", Path: "/app"}, true }
	}
	if r.client != "" {
		c.ClientAddresses = []string{r.client}
	}
	c.Attempt, c.Pseudonym = &login.Attempt{Submit: s}, func(string) string { return "xsrf-n" }
	var list []string
	for _, f := range xsrf.Remark(&c, "", r.believed) {
		list = append(list, string(f.Code)+" "+string(f.Confidence))
		if len(f.Evidence) == 0 {
			t.Errorf("%s points at nothing", f.Code)
		}
	}
	return strings.Join(list, ", ")
}

// tokenOf reads a token as a step does.
func tokenOf(raw string) login.Token {
	x := &exchange.Exchange{Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: "/hub/login"}}}
	x.Request.Fields.Lines = []exchange.Field{{Name: "Cookie", Value: "_xsrf=" + raw}}
	return login.NewStep(x).Cookies[0]
}

func TestRemark(t *testing.T) {
	const (
		hidden     = "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp"
		shown      = "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp"
		handedOn   = "198.51.100.23>10.244.3.17 X-Real-IP=192.0.2.9 ; 10.244.3.17>10.244.1.9 X-Real-IP=192.0.2.9 ; 10.244.1.9>10.244.1.20 chp"
		isHidden   = string(finding.ClientIPHidden) + " proven"
		spoofable  = string(finding.ClientIPSpoofable)
		foreign    = string(finding.XSRFCookieForeign)
		stock      = "2|d6b491b6|d6a5b38592e1f7c15e2d3b0d1a697f49|1716000000"
		otherProxy = "10.244.3.17"
	)
	field := func(name, value string) []exchange.Field { return []exchange.Field{{Name: name, Value: value}} }
	for name, c := range map[string]struct {
		login remarked
		want  string
	}{
		"the ingress hides the client":              {remarked{path: hidden, believed: otherProxy}, isHidden},
		"the client is seen":                        {remarked{path: shown, believed: client}, ""},
		"nobody knows whom the Hub believed":        {remarked{path: hidden}, ""},
		"the path begins at a private peer":         {remarked{path: "10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", believed: otherProxy}, ""},
		"the path begins at a proxy of a CDN":       {remarked{path: "203.0.113.9>10.244.3.17 Via=1.1_google X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", believed: otherProxy}, ""},
		"a gap":                                     {remarked{path: "198.51.100.23>10.0.0.5 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", believed: otherProxy}, ""},
		"the believed address is the user's client": {remarked{path: hidden, believed: otherProxy, client: otherProxy}, ""},
		"no path at all":                            {remarked{believed: otherProxy}, ""},
		"X-Real-IP doubled": {remarked{path: "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			believed: "10.244.1.9"}, isHidden},

		"the browser's word was believed":                    {remarked{path: handedOn, believed: "192.0.2.9", browser: field("X-Real-IP", "192.0.2.9")}, spoofable + " proven"},
		"nobody saw the browser write it":                    {remarked{path: handedOn, believed: "192.0.2.9"}, ""},
		"the browser wrote its own address":                  {remarked{path: shown, believed: client, browser: field("X-Real-IP", client)}, ""},
		"the browser happened to write a proxy's address":    {remarked{path: hidden, believed: otherProxy, browser: field("X-Forwarded-For", otherProxy)}, isHidden},
		"the browser wrote what the user calls the client's": {remarked{path: handedOn, believed: "192.0.2.9", browser: field("X-Real-IP", "192.0.2.9"), client: "192.0.2.9"}, ""},

		"another application's cookie":               {remarked{path: shown, believed: client, cookies: []string{mint(0, ingressA), stock}, setter: true}, foreign + " proven"},
		"one of a Hub before 4.1, or of another one": {remarked{path: shown, believed: client, cookies: []string{mint(0, ingressA), stock}}, foreign + " likely"},
		"the Hub's own twice":                        {remarked{path: shown, believed: client, cookies: []string{mint(0, ingressA), mint(-9, ingressB)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.login.codes(t); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

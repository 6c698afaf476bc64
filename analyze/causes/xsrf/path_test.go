// SPDX-License-Identifier: Apache-2.0

package xsrf_test

import (
	"fmt"
	"testing"

	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// culpritOf is the party that a path shows to have kept the client's address from the
// Hub, as "KIND ADDRESS IN>OUT", or "" if it shows none.
func culpritOf(t *testing.T, path, believed string) (culprit, did string) {
	t.Helper()
	s := &login.Step{Hops: hopstest.Path(t, path)}
	s.Seen = []*login.Step{s}
	c := &xsrf.Case{Attempt: &login.Attempt{Submit: s}, Pseudonym: func(string) string { return "xsrf-n" }}
	one, ok := c.Culprit(s, believed)
	if !ok {
		return "", ""
	}
	return fmt.Sprintf("%s %s %d>%d", one.Kind, one.Address, one.In, one.Out), one.Did
}

// The client is 198.51.100.23, the site 203.0.113.80, nodes are 10.0.0.x, proxies
// 10.244.x.x; configurable-http-proxy is 10.244.1.9 and the Hub 10.244.1.20. Each
// situation stands before a near twin with another answer, mostly none.
func TestCulprit(t *testing.T) {
	for _, c := range []struct{ name, path, believed, want string }{
		{"an ingress without fields",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"the Hub believed somebody who is not on the path",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.5.42", ""},
		{"the Hub saw the client",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"198.51.100.23", ""},
		{"a mapped address is the same one",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"::ffff:10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"an ingress behind the translation of its service",
			"198.51.100.23>203.0.113.80 = 198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 1>2"},

		{"X-Forwarded-For alone: configurable-http-proxy appends its peer",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Forwarded-For=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"the same, but its X-Real-IP may have been lost with the rest of the head",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Forwarded-For=198.51.100.23 cut ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", ""},
		{"the same, and nobody saw what came behind",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Forwarded-For=198.51.100.23",
			"10.244.3.17", ""},
		{"X-Real-IP did tell: something else is wrong",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", ""},

		{"a node replaces the client's address",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", "node-snat 10.0.0.11 0>1"},
		{"seen on the node only",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17", "10.0.0.11", "node-snat 10.0.0.11 0>1"},
		{"two nodes, one after the other: the first one",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.0.0.12:30080 = 10.0.0.12>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.12 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.12", "node-snat 10.0.0.11 0>1"},
		{"a node before the destination is translated, too",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", "node-snat 10.0.0.11 0>1"},
		{"a node replaces a balancer's address: the balancer had lost the client",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.0.0.11:30080 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", "outer-proxy 10.0.0.5 0>1"},
		{"a node replaces a balancer's address, which told of the client: the ingress did not listen",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.0.0.11:30080 X-Forwarded-For=198.51.100.23 = 10.0.0.11>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", "ingress 10.244.3.17 2>3"},
		{"a node replaces the ingress's address in front of configurable-http-proxy",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.96.0.7 X-Forwarded-For=198.51.100.23 = 10.0.0.11>10.244.1.9 X-Forwarded-For=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", "ingress 10.244.3.17 0>1"},
		{"the same, and nobody saw the request come to the ingress",
			"10.244.3.17>10.96.0.7 X-Forwarded-For=198.51.100.23 = 10.0.0.11>10.244.1.9 X-Forwarded-For=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", ""},

		{"an outer balancer that is not trusted",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.5", "ingress 10.244.3.17 1>2"},
		{"an outer balancer that tells of nobody",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.5", "outer-proxy 10.0.0.5 0>1"},
		{"an outer balancer that is not trusted, and a proxy further in wrote the field",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.4.4 X-Forwarded-For=198.51.100.23,_10.0.0.5 ; 10.244.4.4>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.5", ""},
		{"the balancer wrote its own address into X-Real-IP",
			"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23 X-Real-IP=10.0.0.5 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.5 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.5", ""},

		{"a gap in front of the believed address",
			"198.51.100.23>10.0.0.5 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", ""},
		{"a gap further in does not matter",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.8.8 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"the believed address is the outermost that was seen",
			"10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", ""},
		{"an incomplete head behind the ingress",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 cut ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", ""},
		{"a capture that leaves X-Forwarded-For out",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 -x-forwarded-for", "10.244.3.17", ""},
		{"a capture that leaves a field out that nobody reads",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 -cookie", "10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"told in a field that is no standard",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 CF-Connecting-IP=198.51.100.23", "10.244.3.17", ""},

		{"a node replaced the client's address, and the ingress told of neither",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", "ingress 10.244.3.17 1>2"},
		{"the same, and it told of the node in vain",
			"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Forwarded-For=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", "ingress 10.244.3.17 1>2"},

		{"ingress and configurable-http-proxy on one address",
			"198.51.100.23>203.0.113.80 ; 203.0.113.80>203.0.113.80:8000 X-Forwarded-For=198.51.100.23 ; 203.0.113.80>203.0.113.80:8081 chp",
			"203.0.113.80", "ingress 203.0.113.80 0>1"},
		{"the same on the loopback address, which ties nothing",
			"198.51.100.23>203.0.113.80 ; 127.0.0.1>127.0.0.1:8000 ; 127.0.0.1>127.0.0.1:8081 chp", "127.0.0.1", ""},
		{"doubled X-Real-IP: the ingress broke it, and configurable-http-proxy did nothing",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.1.9", "ingress 10.244.3.17 0>1"},
		{"doubled, but the capture in front of the ingress leaves the field out",
			"198.51.100.23>10.244.3.17 -x-real-ip ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23 X-Real-IP=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.1.9", ""},

		{"the client wrote the believed address itself",
			"198.51.100.23>10.244.3.17 X-Real-IP=10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.244.3.17 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", ""},
		{"the client wrote another address, which the ingress dropped as well",
			"198.51.100.23>10.244.3.17 X-Real-IP=192.0.2.9 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"the client wrote another address, which the ingress handed on: was that the client?",
			"198.51.100.23>10.244.3.17 X-Forwarded-For=192.0.2.9 ; 10.244.3.17>10.244.4.4 X-Forwarded-For=192.0.2.9 ; 10.244.4.4>10.244.1.9 X-Real-IP=10.244.3.17 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", ""},
		{"a public CDN that names the client, and an ingress that names nobody",
			"203.0.113.9>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"a public CDN that names the client, and the Hub believed the CDN",
			"203.0.113.9>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=203.0.113.9 ; 10.244.1.9>10.244.1.20 chp",
			"203.0.113.9", ""},
		{"a CDN whose address a node replaces, and the client is named all the way",
			"203.0.113.9>203.0.113.80 X-Forwarded-For=198.51.100.23 = 10.0.0.11>10.244.3.17 X-Forwarded-For=198.51.100.23 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp",
			"10.0.0.11", ""},

		{"IPv6, in several spellings",
			"2001:db8::23>10.244.3.17 ; 10.244.3.17>10.244.1.9 Forwarded=for=\"[2001:DB8:0::23]:4711\" ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"a client inside of the cluster",
			"10.244.9.9>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", "ingress 10.244.3.17 0>1"},
		{"a browser's recording that does not know its own address",
			">203.0.113.80 har ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp", "10.244.3.17", ""},
		{"HAProxy that writes the names of configurable-http-proxy",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.4.4 x-forwarded-proto=http x-forwarded-port=80 x-forwarded-for=198.51.100.23 ; 10.244.4.4>10.244.1.9 X-Real-IP=10.244.3.17 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.4.4 1>2"},
		{"the same in front of configurable-http-proxy",
			"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 x-forwarded-proto=http x-forwarded-port=80 x-forwarded-host=h x-forwarded-for=198.51.100.23 ; 10.244.1.9>10.244.1.20 chp",
			"10.244.3.17", "ingress 10.244.3.17 0>1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, did := culpritOf(t, c.path, c.believed); got != c.want {
				t.Errorf("got %q (%s), want %q", got, did, c.want)
			}
		})
	}
}

// An origin is proven only if the paths of both requests show it.
func TestOriginOfBothPaths(t *testing.T) {
	const (
		throughA = "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp"
		throughB = "198.51.100.23>10.244.5.42 ; 10.244.5.42>10.244.1.9 ; 10.244.1.9>10.244.1.20 chp"
		atHubB   = "10.244.1.9>10.244.1.20"
		snatB    = "198.51.100.23>203.0.113.80 = 10.244.5.42>10.244.9.9 ; 10.244.9.9>10.244.1.9 X-Real-IP=10.244.5.42 ; 10.244.1.9>10.244.1.20 chp"
	)
	for name, c := range map[string]struct {
		form, submit string
		want         string
	}{
		"both":                    {throughA, throughB, "ingress 10.244.3.17, 10.244.5.42 proven"},
		"the page's alone":        {throughA, atHubB, "ingress 10.244.3.17 likely"},
		"the submit's alone":      {atHubB, throughB, "ingress 10.244.5.42 likely"},
		"neither":                 {atHubB, atHubB, "unknown 10.244.3.17, 10.244.5.42 likely"},
		"an ingress and one node": {throughA, snatB, "unknown 10.244.3.17, 10.244.5.42 likely"},
	} {
		t.Run(name, func(t *testing.T) {
			held := tokenOf(mint(0, ingressA))
			page := &login.Step{Method: "GET", Answered: true, Status: 200, UserAgent: userAgent, UserAgentState: exchange.Known, HubVersion: "4.1.6", Hops: hopstest.Path(t, c.form)}
			submit := &login.Step{
				Method: "POST", Answered: true, Status: 403, UserAgent: userAgent, UserAgentState: exchange.Known, HubVersion: "4.1.6",
				Form: held, FormState: exchange.Known, Cookies: []login.Token{held}, CookiesState: exchange.Known, ServerAddress: "203.0.113.80",
				Set: []login.SetToken{{Token: tokenOf(mint(5, ingressB))}}, SetState: exchange.Known, Hops: hopstest.Path(t, c.submit),
			}
			for _, s := range []*login.Step{page, submit} {
				s.Seen, s.Sighting = []*login.Step{s}, s.Hops[len(s.Hops)-1].Sightings[0]
			}
			decided := xsrf.Decide(attempt{}.toCase(t, &login.Attempt{Submit: submit, Form: page, Link: login.LinkPage, HubVersion: "4.1.6"}))
			if decided.Finding == nil || decided.Finding.Code != finding.XSRFProxyIPChanged {
				t.Fatalf("got %+v", decided)
			}
			origin := decided.Finding.Origin
			got := fmt.Sprintf("%s %s %s", origin.Kind, origin.Address, decided.Finding.Confidence)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/analyze/whatif"
)

// gateways are the programs, of those that fixes are written for, that take the
// place of the proxy in front of the application.
var gateways = []string{"nginx", "ingress-nginx", "Traefik", "HAProxy"}

// rarer are gateways whose fixes are shown only where one was recognised.
var rarer = []string{
	string(party.Caddy), string(party.Apache), string(party.Envoy), string(party.Istio), string(party.Contour), "haproxy-ingress",
	string(party.OpenShiftRouter), string(party.AWSALB), string(party.AWSELB), string(party.GCPLoadBalancer), string(party.AzureAppGateway), string(party.Cloudflare),
}

// fitting keeps the fixes that can apply: not those for another gateway than the
// one that signed the answer, nor for a later version of the Hub, nor for a kind
// of party that the origin rules out, nor the advice to read a log that was given.
func (c *Case) fitting(fixes []finding.Fix, origin finding.Origin) []finding.Fix {
	likely := c.gatewaysSeen(origin)
	var kept []finding.Fix
	for _, fix := range fixes {
		gateway := slices.Contains(gateways, fix.For) || slices.Contains(rarer, fix.For)
		switch {
		case gateway && !slices.Contains(likely, fix.For),
			gateway && origin.Kind == finding.OriginNodeSNAT,
			fix.For == "Kubernetes" && origin.Kind == finding.OriginIngress,
			c.beforeVersion(fix.Since),
			fix.Does == finding.DoesReadHubLog && c.hubLogGiven(),
			fix.Title == cureRecordHub && c.hubsHopGiven(),
			fix.Does == finding.DoesTrustOuter && c.outermost(origin),
			fix.Does == finding.DoesSetRealIP && origin.Kind == finding.OriginUnknown && c.sendRealIP(origin.Address):
			continue
		}
		kept = append(kept, fix)
	}
	return kept
}

// sendRealIP reports whether one of these addresses was seen to send X-Real-IP with
// its peer's address: to tell it so would change nothing.
func (c *Case) sendRealIP(addresses string) bool {
	for address := range strings.SplitSeq(addresses, ", ") {
		for _, s := range c.Attempt.Steps() {
			for i := 1; i < len(s.Hops); i++ {
				sent := s.Hops[i].Head().First("X-Real-IP")
				if s.Hops[i].From.Address == address && sent != "" && hops.SameAddress(sent, s.Hops[i-1].From.Address) {
					return true
				}
			}
		}
	}
	return false
}

// outermost reports whether the party at fault was seen to be called by somebody
// who tells of nobody: there is no proxy in front of it.
func (c *Case) outermost(origin finding.Origin) bool {
	for address := range strings.SplitSeq(origin.Address, ", ") {
		for _, s := range c.Attempt.Steps() {
			if whatif.TellsNobody(s.Hops, address) {
				return true
			}
		}
	}
	return false
}

// gatewaysSeen are the gateways that can be at fault: the one that was recognised
// there or, if none was, those that can have signed the answer with their Server
// field. Most of them leave the Hub's own, and then it can be any.
func (c *Case) gatewaysSeen(origin finding.Origin) []string {
	var recognised []string
	for address := range strings.SplitSeq(origin.Address, ", ") {
		if guess, ok := c.program(address); ok && guess.Confidence >= party.Likely {
			recognised = append(recognised, string(guess.Name))
		}
	}
	switch {
	case len(recognised) > 0:
		return recognised
	case strings.HasPrefix(strings.ToLower(c.submit().Signature), "nginx"):
		return []string{"nginx", "ingress-nginx"}
	}
	return gateways
}

// beforeVersion reports whether the Hub is known to be older than since, which
// is "MAJOR.MINOR" or "" for any version.
func (c *Case) beforeVersion(since string) bool {
	major, minor, ok := strings.Cut(since, ".")
	if !ok {
		return false
	}
	a, _ := strconv.Atoi(major) // the catalogue holds numbers only
	b, _ := strconv.Atoi(minor)
	return token.Before(c.Attempt.HubVersion, a, b)
}

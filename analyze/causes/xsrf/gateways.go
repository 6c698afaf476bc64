// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/analyze/whatif"
)

// rarer are gateways whose fixes are shown only where one was recognised.
var rarer = []string{
	string(party.Caddy), string(party.Apache), string(party.Envoy), string(party.Istio), string(party.Contour), "haproxy-ingress",
	string(party.OpenShiftRouter), string(party.AWSALB), string(party.AWSELB), string(party.GCPLoadBalancer), string(party.AzureAppGateway), string(party.Cloudflare),
}

// fitting keeps the fixes that can apply: not those for another gateway than the
// one that signed the answer, nor for a later version of the Hub, nor for a kind
// of party that the origin rules out, nor the advice to read a log that was given.
func (c *Case) fitting(fixes []finding.Fix, origin finding.Origin) []finding.Fix {
	recognised := c.recognised(origin)
	likely := c.gatewaysSeen(recognised)
	var kept []finding.Fix
	for _, fix := range fixes {
		gateway := slices.Contains(causes.Gateways, fix.For) || slices.Contains(rarer, fix.For)
		switch {
		case gateway && !slices.Contains(likely, fix.For),
			gateway && origin.Kind == finding.OriginNodeSNAT,
			fix.For == "Kubernetes" && origin.Kind == finding.OriginIngress && !c.translated(),
			fix.Does == finding.DoesAnnounce && origin.Kind == finding.OriginIngress && c.clientsConnect(origin),
			c.beforeVersion(fix.Since),
			fix.Does == finding.DoesReadHubLog && c.hubLogGiven(),
			fix.Does == finding.DoesTrustOuter && c.outermost(origin),
			fix.Does == finding.DoesKeepRealIP && c.outermost(origin) && !c.toldByProxy(origin),
			fix.For == "Traefik" && fix.Does == finding.DoesSetRealIP && c.sendRealIP(origin.Address), // it does that already
			removes(fix) && origin.Kind != finding.OriginUnknown && !slices.Contains(recognised, fix.For),
			fix.Title == fixRecordHub && (c.hubsHopGiven() || c.bothSaid()),
			fix.Title == fixSingleWay && c.bothByGateways(),
			fix.Title == fixReadAddresses && c.bothSaid(),
			fix.Title == fixRecordIngress && !c.bothSaid(),
			fix.Does == finding.DoesSetRealIP && origin.Kind == finding.OriginUnknown && c.sendRealIP(origin.Address):
			continue
		}
		kept = append(kept, fix)
	}
	return kept
}

// bothByGateways reports whether page and submit were seen to enter at two servers, and a
// gateway signed the answers of both: neither came to the Hub's proxy beside them. That
// one hands on the Hub's own signature.
func (c *Case) bothByGateways() bool {
	form, submit := c.Attempt.Form, c.submit()
	if form == nil || form.ServerAddress == "" || form.ServerAddress == submit.ServerAddress {
		return false
	}
	signed := func(s *login.Step) bool {
		return slices.ContainsFunc(causes.Gateways, func(gateway string) bool {
			return strings.HasPrefix(strings.ToLower(s.Signature), strings.ToLower(gateway))
		})
	}
	return signed(form) && signed(submit)
}

// bothSaid reports whether both addresses that the Hub saw are known: what is not known is
// whose they are.
func (c *Case) bothSaid() bool {
	_, _, known := c.addresses()
	return known
}

// translated reports whether a node was seen to replace the client's address on the way
// of the submit.
func (c *Case) translated() bool {
	p := c.submit().Hops
	for i := 1; i < len(p); i++ {
		if p.Translated(i) && !hops.SameAddress(p[i].From.Address, p[i-1].From.Address) {
			return true
		}
	}
	return false
}

// clientsConnect reports whether the submit was seen to come to the party at fault from
// the client itself: there is no balancer in between.
func (c *Case) clientsConnect(origin finding.Origin) bool {
	p := c.submit().Hops
	if len(p) < 2 || c.translated() || !roles.BeginsAtClient(p) {
		return false
	}
	i := 1
	for i < len(p)-1 && p.Translated(i) {
		i++
	}
	return p.Adjacent(i) && slices.Contains(strings.Split(origin.Address, ", "), p[i].From.Address)
}

// notCures keeps what is often tried and does not help. What names a gateway is a
// recipe for that one, and is left out where others were recognised.
func (c *Case) notCures(bullets []string, origin finding.Origin) []string {
	likely := c.gatewaysSeen(c.recognised(origin))
	var kept []string
	for _, bullet := range bullets {
		if strings.HasPrefix(bullet, causes.IfProvider) {
			continue // the login is by the Hub's own form
		}
		recipe, _, _ := strings.Cut(bullet, ": ")
		others := func(word string) bool {
			return slices.Contains(causes.Gateways, word) && !slices.Contains(likely, word)
		}
		if !slices.ContainsFunc(strings.Fields(recipe), others) {
			kept = append(kept, bullet)
		}
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

// toldByProxy reports whether a proxy in front of the party at fault was seen to tell it
// of the client in X-Real-IP.
func (c *Case) toldByProxy(origin finding.Origin) bool {
	for address := range strings.SplitSeq(origin.Address, ", ") {
		if whatif.ToldByProxy(c.submit().Hops, address) {
			return true
		}
	}
	return false
}

// removes reports whether a fix takes away what keeps a gateway from doing right by
// itself: then it is for those that were recognised.
func removes(fix finding.Fix) bool {
	return fix.Does == finding.DoesSetRealIP && (fix.For == "Traefik" || fix.For == "ingress-nginx")
}

// recognised are the programs at fault that were recognised. Behind a node, which is
// no program, they are those that it hides the client from.
func (c *Case) recognised(origin finding.Origin) []string {
	if origin.Kind == finding.OriginNodeSNAT {
		return c.gatewaysOnPath()
	}
	var found []string
	for address := range strings.SplitSeq(origin.Address, ", ") {
		if guess, ok := c.program(address); ok && guess.Confidence >= party.Likely {
			found = append(found, string(guess.Name))
		}
	}
	return found
}

// gatewaysSeen are the gateways that can be at fault: the one that was recognised
// there or, if none was, those that can have signed the answer with their Server
// field. Most of them leave the Hub's own, and then it can be any.
func (c *Case) gatewaysSeen(recognised []string) []string {
	switch {
	case len(recognised) > 0:
		return recognised
	case strings.HasPrefix(strings.ToLower(c.submit().Signature), "nginx"):
		return []string{"nginx", "ingress-nginx"}
	}
	return causes.Gateways
}

// gatewaysOnPath are the gateways that were recognised where the submit passed.
func (c *Case) gatewaysOnPath() []string {
	var recognised []string
	for i := range c.submit().Hops {
		if guess, ok := c.program(c.submit().Hops[i].From.Address); ok && guess.Confidence >= party.Likely && slices.Contains(causes.Gateways, string(guess.Name)) {
			recognised = append(recognised, string(guess.Name))
		}
	}
	return recognised
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

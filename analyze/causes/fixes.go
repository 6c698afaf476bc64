// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
)

// gateways are the programs, of those that fixes are written for, that take the
// place of the proxy in front of the application.
var gateways = []string{"nginx", "ingress-nginx", "Traefik", "HAProxy"}

// fitting keeps the fixes that can apply: not those for another gateway than the
// one that signed the answer, nor for a later version of the Hub, nor for a kind
// of party that the origin rules out.
func (c *Case) fitting(fixes []finding.Fix, origin finding.Origin) []finding.Fix {
	likely := c.gatewaysSeen()
	var kept []finding.Fix
	for _, fix := range fixes {
		gateway := slices.Contains(gateways, fix.For)
		switch {
		case gateway && !slices.Contains(likely, fix.For),
			gateway && origin.Kind == finding.OriginNodeSNAT,
			fix.For == "Kubernetes" && origin.Kind == finding.OriginIngress,
			c.beforeVersion(fix.Since):
			continue
		}
		kept = append(kept, fix)
	}
	return kept
}

// gatewaysSeen are the gateways that can have signed the answer with their
// Server field. Most of them leave the Hub's own, and then it can be any.
func (c *Case) gatewaysSeen() []string {
	if strings.HasPrefix(strings.ToLower(c.submit().Signature), "nginx") {
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

// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The titles of fixes that fit some of a code's cases only.
const (
	fixServerUp         = "get the server up, and look why it was down"
	fixRightAddress     = "tell the proxy the right address"
	fixHubAddress       = "let the Hub listen where its proxy looks for it"
	fixStartHub         = "start the Hub, which sets the proxy's routes"
	fixNginxWaits       = "let nginx wait longer"
	fixIngressWaits     = "let the ingress wait longer"
	fixHAProxyWaits     = "let HAProxy wait longer"
	fixFindWait         = "find out what the login waits for"
	fixNodeRoom         = "make room in Node.js"
	fixAllowList        = "let the client's network, or POST, through"
	fixGateway          = "let the gateway pass the user, or do not ask it"
	fixIngressAllowList = "change the Ingress that refuses"
	fixIngressGateway   = "let the gateway of the Ingress pass the user"
	fixDenyRule         = "change the rule that denies"
	fixMiddleware       = "change the middleware that refuses"
	fixRefusingRule     = "take out the rule that refuses the request"
)

// curing keeps the fixes that can apply: of those with these titles, or of all where none
// of them is for the program that answered.
func (c *Case) curing(fixes []finding.Fix, titles []string) []finding.Fix {
	fixes = c.fitting(fixes)
	if kept := causes.Picked(fixes, titles); len(kept) > 0 {
		return kept
	}
	return fixes
}

// proxyPrograms are those of which fixes are written; a fix for another one than
// answered is of no use.
var proxyPrograms = append([]string{"configurable-http-proxy"}, causes.Gateways...)

func (c *Case) fitting(fixes []finding.Fix) []finding.Fix {
	var kept []finding.Fix
	for _, fix := range fixes {
		if fix.Title == fixHubAddress && !strings.HasPrefix(c.maker.Program, string(exchange.ProgramCHP)) {
			continue
		}
		own := fix.For == c.maker.Program || c.maker.Program == "nginx" && fix.For == "ingress-nginx"
		if c.maker.Program == "" || own || fix.Title == fixNodeRoom && c.tooLongForNode() || !slices.Contains(proxyPrograms, fix.For) {
			kept = append(kept, fix)
		}
	}
	return kept
}

// reaching are the fixes for a server that was late, that is gone, or that may never
// have been where the proxy asked for it. Where that is not known, either.
func (c *Case) reaching(target finding.Origin, said exchange.Statement) []string {
	waits := []string{fixFindWait, fixNginxWaits, fixIngressWaits, fixHAProxyWaits}
	late := c.silent() || c.late(said)
	switch {
	case late && c.byAppProxy():
		return []string{fixServerUp}
	case late:
		return waits
	case c.Request.Status() == 504 && said.Code == "" && c.Served: // it was there before
		return append(waits, fixServerUp)
	case c.Request.Status() == 504 && said.Code == "": // late, or nowhere
		return append([]string{fixServerUp, fixRightAddress}, waits...)
	case target.Kind == finding.OriginApplication && c.Witness.IsApplication(target.Address):
		return []string{fixServerUp} // it was there before
	}
	return []string{fixServerUp, fixRightAddress}
}

// lettingPass are the fixes for a proxy that refused, and whose rule is not known. Where it
// let the client get a token, a list of addresses is the last that it is likely to be.
func (c *Case) lettingPass() []string {
	if c.Request.First().Part != "" {
		return nil
	}
	return []string{fixRefusingRule, fixGateway, fixIngressGateway, fixDenyRule, fixMiddleware, fixAllowList, fixIngressAllowList}
}

// timedOut reports whether HAProxy answered 504, which it gives to a server that it
// reached and that was late: to one that it does not reach it gives 503 (HAProxy 2.6,
// configuration.txt, 1.3 and 8.5).
func (c *Case) timedOut() bool {
	return c.Request.Status() == 504 && c.made && c.maker.Program == string(party.HAProxy)
}

// late reports whether a log says that the server was reached and did not answer in time.
func (c *Case) late(said exchange.Statement) bool {
	l := c.maker.Line
	return saysLate(said) || l != nil && strings.HasPrefix(l.Log.Termination, "sH") || c.timedOut()
}

// curesOfLine are the fixes for what such a line says; nil if all can fit.
func curesOfLine(said exchange.Statement) []string {
	switch {
	case said.Code == exchange.SaidForbiddenByRule:
		return []string{fixAllowList, fixIngressAllowList}
	case said.Code == exchange.SaidUpstreamFailed && saysLate(said):
		return []string{fixFindWait, fixNginxWaits, fixIngressWaits, fixHAProxyWaits}
	case said.Code == exchange.SaidUpstreamFailed:
		return []string{fixServerUp, fixRightAddress}
	}
	return nil
}

// saysLate reports whether nginx says that the server was reached and did not answer in
// time (1.22, ngx_http_upstream.c).
func saysLate(said exchange.Statement) bool {
	return strings.Contains(said.Values.Reason, "timed out") && strings.Contains(said.Values.Reason, "reading response")
}

// nodeHead is how long a head Node.js takes unless told otherwise (--max-http-header-size).
const nodeHead = 16384

// tooLongForNode reports whether the request, let through, would be refused again by
// configurable-http-proxy, which stands before every Hub, and maybe before what is unknown.
func (c *Case) tooLongForNode() bool {
	if c.Request == nil { // a line of a log alone
		return false
	}
	length, _ := c.Request.HeadLength()
	return (c.Application == TheHub || c.Application == "") && length > nodeHead
}

// SPDX-License-Identifier: Apache-2.0

// Package hub makes the findings on what is wrong at a Hub for everybody: its paths, its
// scheme, its tokens, and servers that it does not start.
package hub

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hubapi"
	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Stripped is the finding on a proxy that takes the Hub's prefix from a path.
func Stripped(s redirects.Stripped) finding.Finding {
	m := causes.Match{
		Confidence: finding.Proven,
		Origin:     finding.Origin{Kind: finding.OriginUnknown, Party: "whoever changes the path before the Hub"},
		Summary:    fmt.Sprintf("the Hub's base_url is %s, and something in front of it takes %s from the path", brief(s.Prefix), brief(s.Taken)),
		Detail:     fmt.Sprintf("The Hub was asked for paths without %s. It sends them below its base_url, where the same happens again.", brief(s.Taken)),
		Missing:    []finding.Missing{causes.Missing("who takes it away", causes.HowToSeeTaken)},
	}
	behind := s.Came.To.Scheme == "" && s.Went != nil && s.Times > 1 // seen by the Hub or next to it
	switch {
	case s.Times == 1:
		m.Origin = finding.Origin{Kind: finding.OriginIngress, Address: s.Came.Server.Address}
		m.Summary = fmt.Sprintf("the Hub's base_url is %s, and %s takes %s from the path", brief(s.Prefix), s.Came.Server.Address, brief(s.Taken))
		m.Detail, m.Missing = "", nil
		m.Evidence = []finding.Evidence{
			redirectEvidence(s.Came, "path", s.Came.To.Path, "as the client asked"),
			redirectEvidence(s.Went, "path", s.Went.To.Path, fmt.Sprintf("as it went on; answered %d", s.Went.Status)),
		}
	case behind || s.Went != nil:
		m.Evidence = []finding.Evidence{
			redirectEvidence(s.Came, "Location", s.Came.Location.Path, "where the Hub sent the client"),
			redirectEvidence(s.Went, "path", s.Went.To.Path, fmt.Sprintf("what it was asked for then; seen so %d times", s.Times)),
		}
	default:
		m.Evidence = []finding.Evidence{
			redirectEvidence(s.Came, "path", s.Came.To.Path, "as the client asked"),
			redirectEvidence(s.Came, "Location", s.Came.Location.Path, fmt.Sprintf("the Hub adds its prefix to paths that lack it only; seen so %d times", s.Times)),
		}
	}
	m.Seen = []causes.Example{{Text: causes.ExamplePrefix, Seen: s.Prefix}}
	f := *causes.NewFinding(finding.BaseURLMismatch, m, nil)
	f.Fixes = fixesFor(f.Fixes, s.Came, func(program string) bool { return program != "JupyterHub" }) // it knows its path
	return f
}

// fixesFor keeps the fixes that can apply: those for the gateway that signed an answer
// in the place of others, and of the programs that are wanted.
func fixesFor(fixes []finding.Fix, answered *redirects.Visit, wanted func(program string) bool) (kept []finding.Fix) {
	signature := strings.ToLower(answered.Signature)
	signed := func(gateway string) bool {
		return strings.HasPrefix(signature, strings.TrimPrefix(strings.ToLower(gateway), "ingress-"))
	}
	known := slices.ContainsFunc(causes.Gateways, signed)
	for _, fix := range fixes {
		other := known && slices.Contains(causes.Gateways, fix.For) && !signed(fix.For)
		if !other && wanted(fix.For) {
			kept = append(kept, fix)
		}
	}
	return kept
}

// Outside is the finding on a Hub that does not know under which prefix it is served.
func Outside(o redirects.Outside) finding.Finding {
	detail := ""
	if o.Taken {
		detail = fmt.Sprintf("The Hub was asked for a path without %s: two things are to be changed, its base_url, and what takes that away.", brief(o.Place))
	}
	f := *causes.NewFinding(finding.BaseURLMismatch, causes.Match{
		Confidence: finding.Proven, Detail: detail,
		Origin:  finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Summary: fmt.Sprintf("the site serves the Hub below %s, and the Hub takes %s for its base_url", brief(o.Place), brief(o.Prefix)),
		Evidence: []finding.Evidence{
			redirectEvidence(o.Sent, "Location", o.Sent.Location.Path, fmt.Sprintf("the Hub's answer to %s", brief(o.Sent.To.Path))),
			redirectEvidence(o.Then, "answer", strconv.Itoa(o.Then.Status), fmt.Sprintf("to %s, and not by the Hub", brief(o.Then.To.Path))),
		},
		Seen: []causes.Example{{Text: causes.ExamplePrefix, Seen: o.Place}},
	}, nil)
	f.Fixes = fixesFor(f.Fixes, o.Then, func(program string) bool { return o.Taken || program == "JupyterHub" })
	return f
}

// LoopOfScheme is the finding on redirects to https for those who are there. Seen are
// the loop as the browser had it, or nil, and as the server had it that made it, or nil.
func LoopOfScheme(browser, server *redirects.Loop) finding.Finding {
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown}}
	whose := "a server behind the https of the site"
	if browser != nil {
		v := browser.First
		m.Evidence = append(m.Evidence, redirectEvidence(v, "Location", "https://"+v.Location.Host+v.Location.Path,
			fmt.Sprintf("the address that was asked for, %d times", browser.Times)))
		m.Missing = []finding.Missing{causes.Missing("who makes the redirect, and what that server is told of the scheme", "tcpdump -i any -w ingress.pcap on the host of the ingress behind the https")}
	}
	if server != nil {
		v := server.First
		whose = v.Server.Address
		m.Evidence = append(m.Evidence,
			redirectEvidence(v, "X-Forwarded-Proto", v.Told, toldWords(v)),
			redirectEvidence(v, "Location", "https://"+v.Location.Host+v.Location.Path, backWords(server)))
		m.Missing = []finding.Missing{causes.Missing("that the browser came by https", "a HAR of the same visit: DevTools, Network, Preserve log, Export HAR")}
	}
	if browser != nil && server != nil {
		m.Confidence, m.Missing = finding.Proven, nil
		if server.First.ToldState == exchange.Absent {
			m.Origin = finding.Origin{Kind: finding.OriginOuterProxy, Address: server.First.Client.Address}
		}
	}
	m.Summary = fmt.Sprintf("a redirect loop: %s sends those to https who came by https", whose)
	m.Fixes = []string{fixTellNginx, fixIngressBelieves, fixTellBehindHAProxy, fixTraefikBelieves}
	f := *causes.NewFinding(finding.SchemeMismatch, m, nil)
	f.Fixes = fixesFor(f.Fixes, first(browser, server), func(string) bool { return true })
	return f
}

func backWords(l *redirects.Loop) string {
	if l.Times > 1 {
		return fmt.Sprintf("the address that was asked for, %d times, to %s", l.Times, l.First.Client.Address)
	}
	return "the address that was asked for, to " + l.First.Client.Address
}

func first(loops ...*redirects.Loop) *redirects.Visit {
	for _, l := range loops {
		if l != nil {
			return l.First
		}
	}
	return &redirects.Visit{}
}

func toldWords(v *redirects.Visit) string {
	switch {
	case v.ToldState == exchange.Absent:
		return "not sent by " + v.Client.Address + ", nor X-Scheme"
	case v.ToldState == exchange.Known:
		return "what " + v.Client.Address + " says of the scheme"
	}
	return "not captured"
}

// LedToHTTP is the finding on a redirect from https to plain http of the same host.
func LedToHTTP(h redirects.ToHTTP) finding.Finding {
	v := cmp.Or(h.Browser, h.Server)
	where := "http://" + brief(v.Location.Host) + brief(v.Location.Path)
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Summary:    "on a site with https an answer leads to plain http: " + where,
	}
	if h.Browser != nil {
		m.Confidence = finding.Proven
		m.Evidence = append(m.Evidence,
			redirectEvidence(h.Browser, "Location", where, "the answer to "+brief(v.To.Path)+" by https"),
			redirectEvidence(h.Then, "answer", "", "none there"))
		m.Missing = []finding.Missing{causes.Missing("who made that answer", "tcpdump -i any -w ingress.pcap on the host of the ingress behind the https")}
	}
	if h.Server != nil {
		m.Origin = finding.Origin{Kind: finding.OriginIngress, Address: h.Server.Server.Address}
		m.Evidence = append(m.Evidence,
			redirectEvidence(h.Server, "X-Forwarded-Proto", h.Server.Told, "so "+h.Server.Server.Address+" was told of https"),
			redirectEvidence(h.Server, "Location", where, "what it answered"))
		m.Missing = nil
		if h.Browser == nil {
			m.Missing = []finding.Missing{causes.Missing("what the client finds at port 80", "curl -v http://HOST/")}
		}
	}
	m.Fixes = []string{fixTellNginx, fixRelative, fixIngressBelieves, fixIngressRelative, fixTellBehindHAProxy, fixTraefikBelieves}
	if h.Server != nil || strings.HasPrefix(strings.ToLower(v.Signature), "nginx") {
		// It was told of https already, or is nginx, which does not ask for its own redirects.
		m.Fixes = []string{fixRelative, fixIngressRelative}
	}
	f := *causes.NewFinding(finding.SchemeMismatch, m, nil)
	f.Fixes = fixesFor(f.Fixes, v, func(string) bool { return true })
	if h.Browser == nil { // at port 80 there may be somebody who leads back to https
		f.Severity = finding.Warning
	}
	return f
}

// TokenRefused is the finding on a Hub whom its proxy refuses: by what was asked, by
// the log of the proxy, and by that of the Hub. Any may be missing, but not all. What the
// Hub says of who starts its proxy may be nil.
func TokenRefused(seen []hubapi.Refused, said, began *exchange.Statement) finding.Finding {
	m := causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}}
	proxy := "configurable-http-proxy"
	wire, log, served := false, false, false
	m.Fixes = []string{fixOneToken, fixRestartBoth, fixLeftBehind}
	apart := began != nil && began.Code == exchange.SaidProxyNotStarted
	for _, r := range seen {
		if r.Asked.Capture != nil {
			apart = apart || r.Hub != r.Proxy && !loopback(r.Hub) // on another host nobody starts a proxy
			wire, proxy = true, cmp.Or(r.Proxy, proxy)
			m.Origin.Address = r.Hub
			m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(r.Asked), Field: "answer", Value: "403",
				Note: fmt.Sprintf("of %s to the token that %s sent, and nothing else after that", r.Proxy, r.Hub)})
		} else {
			log, served = true, served || r.Served
			m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(r.Logged), Field: "log", Value: "403",
				Note: "what the proxy answered at its API, and nothing else after that"})
		}
	}
	if said != nil {
		m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(said.Ref), Field: "log", Value: brief(said.Text), Note: "by the Hub"})
	}
	switch {
	case apart:
		m.Fixes = []string{fixOneToken, fixRestartBoth}
	case began != nil:
		m.Fixes = []string{fixLeftBehind}
		m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(began.Ref), Field: "log", Value: brief(began.Text), Note: "by the Hub: it starts its proxy itself"})
	}
	if wire || log && said != nil {
		m.Confidence = finding.Proven
	} else {
		m.Missing = []finding.Missing{causes.Missing("what the other side says", "kubectl logs deploy/proxy and deploy/hub, or docker logs of both")}
	}
	if !wire && said == nil && served {
		m.Confidence = finding.Possible // somebody else may have asked
	}
	m.Summary = fmt.Sprintf("%s refuses the Hub's token, so the Hub cannot tell it any route", proxy)
	return *causes.NewFinding(finding.ProxyAPITokenMismatch, m, nil)
}

// The titles of fixes that fit some of a code's cases only.
const (
	fixTellNginx         = "tell nginx behind the end of TLS, and let it believe that"
	fixRelative          = "redirects of nginx itself without scheme"
	fixIngressBelieves   = "let ingress-nginx believe the balancer"
	fixIngressRelative   = "redirects of ingress-nginx itself without scheme"
	fixTellBehindHAProxy = "tell the servers behind HAProxy"
	fixTraefikBelieves   = "let Traefik believe the balancer"
	fixOneToken          = "one token for both"
	fixRestartBoth       = "restart what still has the old token"
	fixLeftBehind        = "end the proxy that was left behind"
)

func loopback(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && a.Unmap().IsLoopback()
}

func redirectEvidence(v *redirects.Visit, field, value, note string) finding.Evidence {
	return causes.PointAt(v.Ref, field, brief(value), note)
}

// brief keeps a value of the wire from filling a report.
func brief(s string) string {
	const most = 100
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

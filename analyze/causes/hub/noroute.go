// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/capture/exchange"
)

// NoRoute says of a request that configurable-http-proxy's log has with 404 what that
// means; "" if the 404 is not its own. The log does not tell more: the Hub may have set
// no route yet, or one for other paths.
func NoRoute(r *answers.Request, w *answers.Witness) string {
	m, ok := r.Maker(w)
	if !ok || r.Status() != 404 || m.Program != string(exchange.ProgramCHP) {
		return ""
	}
	return fmt.Sprintf("configurable-http-proxy has no route for %s (404): the Hub has set none, or those of another base_url; "+
		"its own log, or what users asked the ingress for, tells which", proxied.RequestWords(r))
}

// ErrorPage is the page that a Hub gives to configurable-http-proxy for an error.
type ErrorPage struct {
	redirects.Page
	Ref    exchange.Ref
	Within bool // the path is within the Hub's base_url
}

// PageOf recognises one: the proxy asks for BASE/hub/error/404?url=PATH
// (configurable-http-proxy 5.3.0, lib/configproxy.js, handleProxyError). It is nil for
// any other request, and for those of a Hub without a path of its own.
func PageOf(x *exchange.Exchange) *ErrorPage {
	base, ok := strings.CutSuffix(x.Request.URL.Path, "hub/error/404")
	if !ok || base == "/" || !strings.HasPrefix(base, "/") || x.Logged != nil && x.Logged.Program != exchange.ProgramJupyterHub {
		return nil
	}
	query, err := url.ParseQuery(x.Request.URL.RawQuery)
	path, _, _ := strings.Cut(query.Get("url"), "?")
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil
	}
	from := x.Client.Address
	if x.Logged != nil {
		from = x.Logged.Believed // nobody is in between
	}
	return &ErrorPage{
		Page: redirects.Page{Base: base, Path: path, From: from, Started: x.Started, Answered: x.Answered},
		Ref:  x.Ref, Within: strings.HasPrefix(path+"/", base),
	}
}

// AskedOutside is the finding on a Hub that was asked for the page of a path without its
// base_url. Whether something took that from the path, or somebody typed it so, the page
// does not tell: only the request as it was sent, or as it came to the proxy, if either
// was seen.
func AskedOutside(p *ErrorPage, whole, less *redirects.Visit) finding.Finding {
	taken := brief(strings.TrimSuffix(p.Base, "/"))
	page := finding.Evidence{Ref: finding.NewRef(p.Ref), Field: "path", Value: causes.Clip(p.Base + "hub/error/404?url=" + p.Path),
		Note: "what configurable-http-proxy asks the Hub for when it has no route"}
	m := causes.Match{
		Confidence: finding.Possible,
		Origin:     finding.Origin{Kind: finding.OriginUnknown, Party: "whoever asked for that path"},
		Summary:    fmt.Sprintf("the Hub's base_url is %s, and its proxy was asked for %s, for which it has no route", brief(p.Base), brief(p.Path)),
		Missing:    []finding.Missing{causes.Missing("whether something takes "+taken+" from the path, or somebody asked for another one", causes.HowToSeeAsked)},
		Evidence:   []finding.Evidence{page},
		Seen:       []causes.Example{{Text: causes.ExamplePrefix, Seen: p.Base}},
	}
	answered := &redirects.Visit{}
	switch {
	case whole != nil:
		answered = &redirects.Visit{Signature: cmp.Or(whole.Signature, string(whole.Program))}
		takenFrom(&m, p, whole, taken)
	case less != nil:
		m.Summary = fmt.Sprintf("the Hub's base_url is %s, and %s asked its proxy for %s, for which that has no route", brief(p.Base), less.Client.Address, brief(p.Path))
		m.Evidence = []finding.Evidence{redirectEvidence(less, "path", less.To.Path, "as "+less.Client.Address+" asked"), page}
		m.Missing[0].What = "whether " + less.Client.Address + " takes " + taken + " from the path, or was asked without it"
	}
	f := *causes.NewFinding(finding.BaseURLMismatch, m, nil)
	if whole == nil {
		f.Severity = finding.Warning
	}
	f.Fixes = fixesFor(f.Fixes, answered, func(program string) bool { return program != "JupyterHub" }) // it knows its path
	return f
}

// takenFrom says that the path was longer as it was sent. Who took that away is known if the
// log of a proxy says so that asked the Hub's own.
func takenFrom(m *causes.Match, p *ErrorPage, whole *redirects.Visit, taken string) {
	m.Confidence = finding.Likely
	m.Evidence = []finding.Evidence{redirectEvidence(whole, "path", whole.To.Path, "as the client asked; answered 404"), m.Evidence[0]}
	who := "something in front of it"
	if asked, err := netip.ParseAddrPort(whole.PassedTo); err == nil && asked.Addr().Unmap().String() == p.From {
		who = "the ingress"
		m.Origin, m.Missing = finding.Origin{Kind: finding.OriginIngress, Party: string(whole.Program)}, nil
		m.Evidence[0].Note += ", and handed on to " + whole.PassedTo
	} else {
		m.Origin.Party = "whoever changes the path before the Hub"
		m.Missing = []finding.Missing{causes.Missing("who takes it away", causes.HowToSeeTaken)}
	}
	m.Summary = fmt.Sprintf("the Hub's base_url is %s, and %s takes %s from the path", brief(p.Base), who, taken)
}

// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"fmt"
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

// ErrorPage is the page that a Hub gives to configurable-http-proxy for an error, for a
// path that is outside of the Hub's base_url.
type ErrorPage struct {
	Ref        exchange.Ref
	Base, Path string
}

// PageOutside recognises one: the proxy asks for BASE/hub/error/404?url=PATH
// (configurable-http-proxy 5.3.0, lib/configproxy.js, handleProxyError). It is nil for
// any other request, and for a path within the base_url.
func PageOutside(x *exchange.Exchange) *ErrorPage {
	base, ok := strings.CutSuffix(x.Request.URL.Path, "hub/error/404")
	if !ok || base == "/" || !strings.HasPrefix(base, "/") || x.Logged != nil && x.Logged.Program != exchange.ProgramJupyterHub {
		return nil
	}
	query, err := url.ParseQuery(x.Request.URL.RawQuery)
	path, _, _ := strings.Cut(query.Get("url"), "?")
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path+"/", base) {
		return nil
	}
	return &ErrorPage{Ref: x.Ref, Base: base, Path: path}
}

// AskedOutside is the finding on a Hub that was asked for such a page. Whether something
// took the prefix from the path, or somebody typed it so, the page does not tell.
func AskedOutside(p *ErrorPage) finding.Finding {
	f := *causes.NewFinding(finding.BaseURLMismatch, causes.Match{
		Confidence: finding.Possible,
		Origin:     finding.Origin{Kind: finding.OriginUnknown, Party: "whoever asked for that path"},
		Summary:    fmt.Sprintf("the Hub's base_url is %s, and its proxy was asked for %s, for which it has no route", brief(p.Base), brief(p.Path)),
		Missing: []finding.Missing{causes.Missing("whether something takes "+brief(strings.TrimSuffix(p.Base, "/"))+" from the path, or somebody asked for another one",
			"the access log of the ingress beside this, or a HAR of the browser")},
		Evidence: []finding.Evidence{{Ref: finding.NewRef(p.Ref), Field: "path", Value: causes.Clip(p.Base + "hub/error/404?url=" + p.Path),
			Note: "what configurable-http-proxy asks the Hub for when it has no route"}},
	}, nil)
	f.Severity = finding.Warning
	f.Fixes = fixesFor(f.Fixes, &redirects.Visit{}, func(program string) bool { return program != "JupyterHub" }) // it knows its path
	return f
}

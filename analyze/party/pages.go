// SPDX-License-Identifier: Apache-2.0

package party

import (
	"bytes"
	"regexp"

	"github.com/logintrace/logintrace/capture/exchange"
)

// page is the content of an answer that a product makes itself.
type page struct {
	by    Name
	shape *regexp.Regexp // its first group, if any, is the version
	sure  Confidence
	says  string
}

// mostPageBytes is where the search ends: these pages are short, but that of the
// OpenShift router begins with a style sheet.
const mostPageBytes = 4096

var pageTable = []page{
	// nginx 1.22.1 run
	{Nginx, regexp.MustCompile(`<hr><center>nginx(?:/([0-9.]+))?(?: \([^)<]*\))?</center>`), Certain, "the error page of nginx, signed"},
	// configurable-http-proxy 5.3.0, lib/error
	{CHP, regexp.MustCompile(`<hr />\s*<p>configurable-http-proxy</p>`), Certain, "the error page of configurable-http-proxy, signed"},
	// HAProxy 2.6.12 run
	{HAProxy, regexp.MustCompile(`^<html><body><h1>[45][0-9][0-9] [A-Za-z -]+</h1>\n[A-Z][^\n<]+\n</body></html>\n$`), Likely, "the form of HAProxy's error pages"},
	// openshift/router 4b401a8, images/router/haproxy/conf/error-page-*.http
	{OpenShiftRouter, regexp.MustCompile(`<h1>(?:Application is not available|Application or Document Not Found)</h1>`), Likely, "the error page of the OpenShift router"},
	// Apache 2.4.71 run, with ServerSignature; the second is in its binary
	{Apache, regexp.MustCompile(`<address>Apache(?:/([0-9.]+))? [^<\n]*</address>`), Certain, "an error page of Apache, signed"},
	{Apache, regexp.MustCompile(`The proxy server received an invalid\r?\nresponse from an upstream server\.<br />`), Likely, "the error page of Apache's mod_proxy"},
	// Envoy 0079051
	{Envoy, regexp.MustCompile(`^(?:upstream connect error or disconnect/reset before headers|no healthy upstream$|RBAC: access denied$)`), Likely, "a text of Envoy"},
	// Traefik 3.7, pkg/server/service/loadbalancer; Go 1.24, http.NotFound
	{Traefik, regexp.MustCompile(`^no available server\n?$`), Likely, "a text of Traefik"},
	{Traefik, regexp.MustCompile(`^404 page not found\n$`), Possible, "a text of Go's HTTP server, on which Traefik is built"},
	// ingress-nginx 1.15.1, docs/examples
	{IngressNginx, regexp.MustCompile(`^default backend - 404\n?$`), Possible, "the text of the default backend that is installed with ingress-nginx"},
}

// pages looks at what the intermediary answered by itself.
func pages(s view) []mark {
	if !s.OwnAnswer {
		return nil
	}
	content := s.OwnPage[:min(len(s.OwnPage), mostPageBytes)]
	var found []mark
	for _, p := range pageTable {
		groups := p.shape.FindSubmatch(content)
		if groups == nil {
			continue
		}
		m := mark{name: p.by, Sign: Sign{Where: InPage, Value: clip(string(bytes.TrimSpace(groups[0]))), Says: p.says, Confidence: p.sure}}
		if len(groups) > 1 {
			m.version = string(groups[1])
		}
		found = append(found, m)
		if p.by == Nginx && withoutServer(s) {
			found = append(found, mark{name: IngressNginx, Sign: Sign{
				Where: InAnswer, Field: "Server", Says: "nginx did not name itself in Server, which ingress-nginx removes", Confidence: Possible,
			}})
		}
	}
	return found
}

// ingress-nginx clears the field unless server-tokens is on (1.15.1, nginx.tmpl).
func withoutServer(s view) bool {
	if s.AnswerOut == nil {
		return false
	}
	_, state := s.AnswerOut.Get("Server")
	return state == exchange.Absent
}

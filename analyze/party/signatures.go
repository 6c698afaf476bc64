// SPDX-License-Identifier: Apache-2.0

package party

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// signature is a field in which a product writes its own name, or one of which
// the name is its own.
type signature struct {
	name  Name
	where Where
	field string // in lower case; what ends in "-" is a beginning
	// test says whether the value is the product's, and which version it names;
	// nil takes every value, one that was not kept included.
	test func(value string) (version string, ok bool)
	// sure is how sure it is when the intermediary was seen adding it.
	sure Confidence
	says string
}

// A field is Certain if the product's own documentation, its source or a run of it
// shows that it writes its name there, and nobody else has a reason to. What others
// write as well is Likely; what we only know by hearsay is Possible.
var signatureTable = []signature{
	// Elastic Load Balancing, "Request tracing for your Application Load Balancer";
	// other services of AWS write it, too. The name in Server is hearsay.
	{AWSALB, InRequest, "x-amzn-trace-id", amazonTrace, Likely, "the field by which AWS Application Load Balancers trace"},
	{AWSALB, InAnswer, "server", named("awselb"), Possible, "load balancers of AWS name themselves in answers of their own"},

	// Application Gateway, "How an application gateway works".
	{AzureAppGateway, InRequest, "x-appgw-trace-id", nil, Certain, "a field of Azure Application Gateway"},
	{AzureAppGateway, InAnswer, "server", named("Microsoft-Azure-Application-Gateway"), Certain, "the gateway names itself"},

	// "Cloudflare HTTP headers". Other proxies are made to write CF-Connecting-IP.
	{Cloudflare, InRequest, "cf-ray", nil, Certain, "a field of Cloudflare"},
	{Cloudflare, InRequest, "cf-connecting-ip", nil, Likely, "a field of Cloudflare"},
	{Cloudflare, InAnswer, "cf-ray", nil, Likely, "a field of Cloudflare"},
	{Cloudflare, InAnswer, "server", named("cloudflare"), Likely, "Cloudflare names itself"},

	// Hearsay.
	{GCPLoadBalancer, InRequest, "x-cloud-trace-context", nil, Possible, "a field of Google Cloud, of load balancers too"},
	{GCPLoadBalancer, InRequest, "via", via("google"), Possible, "the name by which Google's front ends call themselves"},
	{GCPLoadBalancer, InAnswer, "via", via("google"), Possible, "the name by which Google's front ends call themselves"},

	// Caddy 2.6.2 run; Via since 2.10, modules/caddyhttp/reverseproxy.
	{Caddy, InRequest, "via", via("Caddy"), Certain, "Caddy names itself"},
	{Caddy, InAnswer, "via", via("Caddy"), Certain, "Caddy names itself"},
	{Caddy, InAnswer, "server", named("Caddy"), Certain, "Caddy names itself"},

	// Apache 2.4.71 run, with ProxyVia Full; it hands on an application's Server.
	{Apache, InRequest, "via", apacheVia, Certain, "Apache names itself"},
	{Apache, InAnswer, "via", apacheVia, Certain, "Apache names itself"},
	{Apache, InAnswer, "server", named("Apache"), Certain, "Apache names itself"},

	// nginx 1.22.1 run; it writes its own Server in place of an application's.
	{Nginx, InAnswer, "server", named("nginx"), Certain, "nginx names itself"},

	// Envoy 0079051, docs/root/configuration/http/http_conn_man/headers.rst.
	{Envoy, InRequest, "x-envoy-", nil, Certain, "a field of Envoy"},
	{Envoy, InAnswer, "x-envoy-", nil, Certain, "a field of Envoy"},
	{Envoy, InAnswer, "server", named("envoy"), Certain, "Envoy names itself"},

	// Istio, pilot/pkg/networking, EnvoyServerName. The other is hearsay.
	{Istio, InAnswer, "server", named("istio-envoy"), Certain, "Istio's Envoy names itself"},
	{Istio, InRequest, "x-envoy-peer-metadata", nil, Possible, "Envoy in a mesh of Istio tells its peer about itself"},
}

// signatures looks for the fields of the table among those that the intermediary
// wrote.
func signatures(s view) []mark {
	found := signed(s.request, InRequest, false)
	return append(found, signed(s.answer, InAnswer, s.OwnAnswer)...)
}

func signed(c change, where Where, own bool) []mark {
	if c.after == nil {
		return nil
	}
	var found []mark
	for _, l := range c.after.Lines {
		for _, sig := range signatureTable {
			if sig.where != where || !sig.has(l.Name) {
				continue
			}
			version, ok := "", true
			if sig.test != nil {
				version, ok = sig.test(l.Value)
			}
			if by := c.wrote(l.Name, l.Value); ok && (own || by != handedOn) {
				found = append(found, sig.mark(l, version, !own && by == somewhere))
			}
		}
	}
	return found
}

func (sig signature) has(name string) bool {
	name = strings.ToLower(name)
	return name == sig.field || strings.HasSuffix(sig.field, "-") && strings.HasPrefix(name, sig.field)
}

// mark is weak if the other side is not known: the line may have been handed on.
func (sig signature) mark(l exchange.Field, version string, elsewhere bool) mark {
	m := mark{name: sig.name, version: version, elsewhere: elsewhere, Sign: Sign{
		Where: sig.where, Field: clip(l.Name), Value: clip(l.Value), Says: sig.says, Confidence: sig.sure,
	}}
	if !elsewhere {
		return m
	}
	m.Confidence = Possible
	if sig.where == InRequest {
		m.Says += "; what came in is not known, so a proxy further out may have written it"
	} else {
		m.Says += "; what came from inside is not known, so a server further in may have written it"
	}
	return m
}

// product reads a value like "nginx/1.22.1 (Ubuntu)" or "nginx".
func product(value, name string) (version string, ok bool) {
	word, _, _ := strings.Cut(value, " ")
	word, version, _ = strings.Cut(word, "/")
	return version, strings.EqualFold(word, name)
}

func named(name string) func(string) (string, bool) {
	return func(value string) (string, bool) { return product(value, name) }
}

// via takes a Via whose last element, that of the nearest intermediary, ends in
// that name: "1.1 google".
func via(name string) func(string) (string, bool) {
	return func(value string) (string, bool) {
		words := strings.Fields(value[strings.LastIndexByte(value, ',')+1:])
		return "", len(words) == 2 && strings.EqualFold(words[1], name)
	}
}

// apacheVia takes the comment of "1.1 example.test (Apache/2.4.62)".
func apacheVia(value string) (version string, ok bool) {
	last := value[strings.LastIndexByte(value, ',')+1:]
	_, comment, _ := strings.Cut(last, "(")
	return product(strings.TrimRight(comment, ") "), "Apache")
}

func amazonTrace(value string) (string, bool) {
	return "", value == "" || strings.Contains(value, "Root=1-") || strings.Contains(value, "Self=1-")
}

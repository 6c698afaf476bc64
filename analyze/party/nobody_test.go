// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/party"
)

// The near twins of the above: nobody is recognised in them.
func TestNobody(t *testing.T) {
	squid := chromium + "Via: 1.1 squid (squid/5.7)\nX-Forwarded-For: 192.0.2.1\n"
	cut := *head("Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n" + chromiumLines)
	cut.Incomplete = true
	tests := map[string][]party.Observation{
		"nothing":                            nil,
		"nothing captured":                   {{}},
		"Chromium":                           {request("", chromium)},
		"Firefox":                            {request("", firefox)},
		"a browser that closes":              {request("", strings.Replace(chromium, "keep-alive", "close", 1))},
		"a layer 4 balancer":                 {request(chromium, chromium), answers(tornado, tornado)},
		"a proxy that we do not know":        {request(chromium, squid)},
		"the same, one side":                 {request("", squid)},
		"curl with a field of its own":       {request("", "Host: a\nUser-Agent: curl/8.5.0\nAccept: */*\nX-Real-IP: 192.0.2.1\n")},
		"a client in Go":                     {request("", "Host: a\nUser-Agent: Go-http-client/1.1\nAccept: */*\nAccept-Encoding: gzip\nCookie: a=b\nReferer: x\n")},
		"Node's own client":                  {request("", "host: a\nconnection: keep-alive\naccept: */*\nuser-agent: node\nx-forwarded-for: 192.0.2.1\n")},
		"what came in went on":               {request(traefik, traefik)},
		"a Via that came in":                 {request(chromium+"Via: 1.1 Caddy\n", chromium+"Via: 1.1 Caddy\n")},
		"a Server that came in":              {answers("Server: nginx\nDate: x\nContent-Type: y\n", "Server: nginx\nDate: x\nContent-Type: y\n")},
		"a cookie that came in":              {answers(tornado+"Set-Cookie: AWSALB=1\n", tornado+"Set-Cookie: AWSALB=2\n")},
		"a page that was not its own":        {{OwnPage: []byte("<hr><center>nginx</center>")}},
		"a page about nginx":                 {page(nil, "<p>how to configure nginx and configurable-http-proxy</p>")},
		"a head of which the end was lost":   {{RequestOut: &cut}},
		"two products in one request":        {request(chromium, chromium+"X-AppGW-Trace-Id: 1\nCF-Ray: 1\n")},
		"two products in two requests":       {request("", traefik), request("", apache)},
		"nginx here, HAProxy there":          {answers(tornado, "Server: nginx\n"), page(nil, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n")},
		"more lines than anybody sends":      {request(chromium, strings.Repeat("X-AppGW-Trace-Id: 1\n", 300))},
		"HAProxy's case in another order":    {request(firefox, "host: hub.example.test\naccept: text/html\nuser-agent: Mozilla/5.0\ncookie: a=b\naccept-encoding: gzip\nx-real-ip: 1\n")},
		"nginx's fields at the end":          {request(chromium, strings.Replace(chromium, "keep-alive", "close", 1)+"X-Real-IP: 192.0.2.1\n")},
		"nginx's front, another order":       {request(firefox, "Host: a\nX-Real-IP: 1\nConnection: close\nAccept: text/html\nUser-Agent: Mozilla/5.0\nAccept-Language: en-US\nAccept-Encoding: gzip\nCookie: a=b\n")},
		"a list with another value":          {request(strings.Replace(chromium, "Cookie", "X-Forwarded-For: 192.0.2.9\nCookie", 1), strings.Replace(chromiumLowered, "cookie", "x-forwarded-for: 192.0.2.1,10.0.0.1\ncookie", 1)+"x-forwarded-port: 80\nx-forwarded-proto: http\nx-forwarded-host: a\n")},
		"nginx's front, lines in lower case": {request(chromium, strings.Replace(chromiumLowered, "host: hub.example.test", "Host: a\nX-Real-IP: 1\nConnection: close", 1))},
		"Envoy without its names":            {request(chromium, chromiumLowered+"x-request-id: 1\nx-forwarded-for: 192.0.2.1\n")},
		"Caddy's fields, another's Via":      {request(chromium, strings.Replace(caddy, "X-Forwarded-For", "Via: 1.1 other\nX-Forwarded-For", 1))},
		"Apache's fields, another order":     {request(firefox, strings.Replace(apache, "User-Agent: Mozilla/5.0\nAccept: text/html\n", "Accept: text/html\nUser-Agent: Mozilla/5.0\n", 1))},
		"Traefik's fields in another order":  {request(firefox, firefox+"X-Forwarded-Server: a\nX-Forwarded-Host: a\nX-Forwarded-Port: 80\nX-Forwarded-Proto: http\nX-Real-Ip: 192.0.2.1\n")},
	}
	for name, observations := range tests {
		t.Run(name, func(t *testing.T) {
			if guess, ok := party.Recognize(observations...); ok {
				t.Errorf("%+v", guess)
			}
		})
	}
}

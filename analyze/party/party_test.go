// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/party"
)

func TestRecognize(t *testing.T) {
	const trace = "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678\n"
	nodes := "x-forwarded-for: 10.0.0.1\nx-forwarded-port: 80\nx-forwarded-proto: http\nx-forwarded-host: hub.example.test\n"
	lists := strings.Replace(chromiumLowered, "user-agent", "x-forwarded-for: 192.0.2.1,10.0.0.1\nx-forwarded-proto: https,http\nuser-agent", 1)
	tests := map[string]struct {
		o          party.Observation
		name       party.Name
		confidence party.Confidence
		version    string
	}{
		"nginx, its defaults":                {proto(request(chromium, "Host: 10.0.0.9\nConnection: close\n"+chromiumLines), "HTTP/1.0"), party.Nginx, party.Likely, ""},
		"nginx, its defaults, one side":      {proto(request("", "Host: 10.0.0.9\nConnection: close\n"+chromiumLines), "HTTP/1.0"), party.Nginx, party.Possible, ""},
		"nginx, as JupyterHub documents it":  {request(chromium, "X-Real-IP: 192.0.2.1\nHost: a\nX-Forwarded-For: 192.0.2.1\nX-Scheme: http\n"+chromiumLines), party.Nginx, party.Likely, ""},
		"nginx, Host first, one side":        {request("", "Host: a\nX-Real-IP: 192.0.2.1\n"+chromiumLines), party.Nginx, party.Possible, ""},
		"nginx, close last, one side":        {request("", "Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n"+chromiumLines), party.Nginx, party.Likely, ""},
		"nginx, the browser speaks HTTP/2":   {request("", "Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n"+strings.ToLower(chromiumLines)), party.Nginx, party.Likely, ""},
		"nginx behind a balancer of AWS":     {request("", "Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n"+trace+chromiumLines), party.Nginx, party.Likely, ""},
		"nginx behind Google and Traefik":    {request(chromium+"Via: 1.1 google\nX-Forwarded-Server: x\n", "Host: a\nX-Real-IP: 192.0.2.1\nConnection: close\n"+chromiumLines+"Via: 1.1 google\nX-Forwarded-Server: x\n"), party.Nginx, party.Likely, ""},
		"nginx answers":                      {answers(tornado, "Server: nginx/1.22.1\nDate: x\nContent-Type: text/html\nContent-Length: 2\n"), party.Nginx, party.Certain, "1.22.1"},
		"nginx answers, one side":            {answers("", "Server: nginx\nDate: x\nContent-Type: text/html\nContent-Length: 2\n"), party.Nginx, party.Likely, ""},
		"nginx's name in another head":       {answers("", "server: nginx\ncontent-type: text/html\ndate: x\n"), party.Nginx, party.Possible, ""},
		"nginx's page":                       {page(head("Server: nginx/1.22.1\n"), "<html>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>"), party.Nginx, party.Certain, "1.22.1"},
		"ingress-nginx":                      {request(firefox, "Host: hub.example.test\n"+block+"X-Original-Forwarded-For: 192.0.2.1\nUser-Agent: Mozilla/5.0\nAccept: text/html\nAccept-Language: en-US\nAccept-Encoding: gzip\nReferer: http://x/\nCookie: a=b\n"), party.IngressNginx, party.Likely, ""},
		"ingress-nginx, one side":            {request("", "Host: hub.example.test\n"+block+chromiumLines), party.IngressNginx, party.Likely, ""},
		"ingress-nginx keeps a request ID":   {request(chromium+"X-Request-ID: 99974a1be7ed2e089be0057187a5dfa9\n", "Host: hub.example.test\n"+block+chromiumLines), party.IngressNginx, party.Likely, ""},
		"ingress-nginx twice":                {request("Host: a\n"+block+chromiumLines, "Host: a\n"+strings.ReplaceAll(block, "198.51.100.23", "10.0.0.7")+"X-Original-Forwarded-For: 198.51.100.23\n"+chromiumLines), party.IngressNginx, party.Likely, ""},
		"nginx behind ingress-nginx":         {request("Host: a\n"+block+chromiumLines, "Host: a\nX-Real-IP: 10.0.0.7\nConnection: close\n"+strings.Replace(block, "X-Real-IP: 198.51.100.23\n", "", 1)+chromiumLines), party.Nginx, party.Likely, ""},
		"ingress-nginx sticks":               {answers(tornado, tornado+"Set-Cookie: INGRESSCOOKIE=1764018000.123.45.678|0123456789abcdef0123456789abcdef; HttpOnly\n"), party.IngressNginx, party.Likely, ""},
		"ingress-nginx's page":               {page(head("Date: x\n"), "<hr><center>nginx</center>"), party.Nginx, party.Certain, ""},
		"HAProxy, forwardfor":                {request(firefox, "host: hub.example.test\nuser-agent: Mozilla/5.0\naccept: text/html\naccept-language: en-US\naccept-encoding: gzip\nx-forwarded-for: 192.0.2.1\nreferer: http://x/\ncookie: a=b\nx-forwarded-for: 127.0.0.1\nconnection: close\n"), party.HAProxy, party.Likely, ""},
		"HAProxy, rules first":               {request(chromium, chromiumLowered+"x-forwarded-proto: http\nx-real-ip: 192.0.2.1\nx-forwarded-for: 192.0.2.1\n"), party.HAProxy, party.Likely, ""},
		"HAProxy, adds nothing":              {request(chromium, chromiumLowered), party.HAProxy, party.Possible, ""},
		"HAProxy takes its cookie":           {request(strings.Replace(chromium, "abc", "abc; SERVERID=s1", 1), chromiumLowered+"x-forwarded-for: 192.0.2.1\n"), party.HAProxy, party.Likely, ""},
		"HAProxy, one side":                  {request("", chromiumLowered+"x-forwarded-for: 192.0.2.1\n"), party.HAProxy, party.Possible, ""},
		"HAProxy, or Envoy in disguise":      {request(chromium, chromiumLowered+"x-forwarded-for: 192.0.2.1\nx-forwarded-proto: http\n"), party.HAProxy, party.Possible, ""},
		"HAProxy's page":                     {page(nil, "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n"), party.HAProxy, party.Likely, ""},
		"OpenShift":                          {request(chromium, chromiumLowered+"x-forwarded-host: a\nx-forwarded-port: 443\nx-forwarded-proto: https\nx-forwarded-proto-version: h2\nforwarded: for=192.0.2.1;host=a;proto=https\nx-forwarded-for: 192.0.2.1\n"), party.OpenShiftRouter, party.Likely, ""},
		"OpenShift's page":                   {page(nil, "<html>\n<h1>Application is not available</h1>\n"), party.OpenShiftRouter, party.Likely, ""},
		"Traefik":                            {request(chromium, traefik), party.Traefik, party.Likely, ""},
		"Traefik, one side":                  {request("", traefik), party.Traefik, party.Likely, ""},
		"Traefik, its fields emptied":        {request(chromium, emptied), party.Traefik, party.Likely, ""},
		"the same, one side":                 {request("", emptied), party.Traefik, party.Possible, ""},
		"Traefik, X-Real-Ip emptied":         {request(chromium, strings.Replace(traefik, "X-Real-Ip: 198.51.100.23\n", "", 1)), party.Traefik, party.Likely, ""},
		"Traefik sticks":                     {answers(tornado, tornado+"Set-Cookie: _1d52e=abc; Path=/\n"), party.Traefik, party.Likely, ""},
		"Traefik's text":                     {page(nil, "no available server\n"), party.Traefik, party.Likely, ""},
		"Caddy 2.6":                          {request(chromium, caddy), party.Caddy, party.Possible, ""},
		"Caddy 2.10":                         {request(chromium, strings.Replace(caddy, "X-Forwarded-For", "Via: 1.1 Caddy\nX-Forwarded-For", 1)), party.Caddy, party.Certain, ""},
		"Caddy behind Traefik":               {request(traefik, strings.Replace(traefik, "X-Forwarded-For", "Via: 1.1 Caddy\nX-Forwarded-For", 1)), party.Caddy, party.Certain, ""},
		"Caddy answers":                      {answers(tornado, "Content-Type: text/html\nServer: Caddy\n"+tornado), party.Caddy, party.Certain, ""},
		"Apache":                             {request(firefox, apache), party.Apache, party.Likely, ""},
		"Apache, one side":                   {request("", apache), party.Apache, party.Likely, ""},
		"Apache, ProxyVia Full":              {request(firefox, apache+"Via: 1.1 localhost (Apache/2.4.71)\n"), party.Apache, party.Certain, "2.4.71"},
		"Apache's page":                      {page(head("Server: Apache/2.4.71 (Debian)\n"), ""), party.Apache, party.Certain, "2.4.71"},
		"Envoy":                              {request(chromium, chromiumLowered+"x-forwarded-proto: http\nx-request-id: 7f5c\nx-envoy-expected-rq-timeout-ms: 15000\n"), party.Envoy, party.Certain, ""},
		"Envoy, one side":                    {request("", chromiumLowered+"x-envoy-expected-rq-timeout-ms: 15000\n"), party.Envoy, party.Possible, ""},
		"Envoy's text":                       {page(nil, "no healthy upstream"), party.Envoy, party.Likely, ""},
		"Istio answers":                      {answers(tornado, tornado+"server: istio-envoy\nx-envoy-upstream-service-time: 3\n"), party.Istio, party.Certain, ""},
		"Contour sticks":                     {answers(tornado, tornado+"server: envoy\nset-cookie: X-Contour-Session-Affinity=\"cc59\"; Path=/\n"), party.Contour, party.Likely, ""},
		"configurable-http-proxy":            {request(chromium, chromiumLowered+nodes), party.CHP, party.Likely, ""},
		"configurable-http-proxy, one side":  {request("", chromiumLowered+nodes+"Connection: keep-alive\n"), party.CHP, party.Likely, ""},
		"configurable-http-proxy with lists": {request("", lists+"x-forwarded-port: 80\nx-forwarded-host: a\n"), party.CHP, party.Likely, ""},
		"configurable-http-proxy's page":     {page(nil, "<h1>503: Proxy Target Missing</h1>\n<hr />\n    <p>configurable-http-proxy</p>"), party.CHP, party.Certain, ""},
		"AWS ALB":                            {request(chromium, "X-Forwarded-For: 192.0.2.1\nX-Forwarded-Proto: https\nX-Forwarded-Port: 443\nHost: a\n"+trace+chromiumLines), party.AWSALB, party.Likely, ""},
		"AWS ELB sticks":                     {answers(tornado, tornado+"Set-Cookie: AWSELB=ABC\n"), party.AWSELB, party.Likely, ""},
		"Azure":                              {request(chromium, chromium+"X-AppGW-Trace-Id: 1\n"), party.AzureAppGateway, party.Certain, ""},
		"Google":                             {request(chromium, chromium+"Via: 1.1 google\n"), party.GCPLoadBalancer, party.Possible, ""},
		"Cloudflare":                         {answers(tornado, tornado+"CF-RAY: 8a\n"), party.Cloudflare, party.Likely, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			guess, ok := party.Recognize(test.o)
			if !ok || guess.Name != test.name || guess.Confidence != test.confidence || guess.Version != test.version {
				t.Fatalf("%+v, %t", guess, ok)
			}
			if guess.Signs[0].Confidence < guess.Confidence && guess.Name != party.IngressNginx {
				t.Errorf("no sign is as sure as the guess: %+v", guess)
			}
		})
	}
}

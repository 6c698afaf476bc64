// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
)

// Each case is joined in many orders of its sightings, which must not matter.
func TestJoin(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"numbers: the source is translated", `
			a router 198.51.100.23:1>203.0.113.80:80 0-100 tcp=7
			b node   10.0.0.11:2>203.0.113.80:80 9000-9098 tcp=7`, "a = b"},
		{"numbers: the destination is translated", `
			a router 198.51.100.23:1>203.0.113.80:80 0-100 tcp=7
			b pod    198.51.100.23:1>10.244.3.17:8080 9000-9098 tcp=7`, "a = b"},
		{"numbers: both are translated, one after the other", `
			a router 198.51.100.23:1>203.0.113.80:80 0-100 tcp=7
			b node   198.51.100.23:1>10.244.3.17:8080 9000-9098 tcp=7
			c pod    10.0.0.11:9>10.244.3.17:8080 5000-5096 tcp=7`, "a = b = c"},
		{"numbers of two requests that are not alike", `
			a router 198.51.100.23:1>203.0.113.80:80 0-100 tcp=7
			b node   10.0.0.11:2>203.0.113.80:80 9000-9098 tcp=8`, "a | b"},
		{"one side of one connection, in two captures", `
			a router 198.51.100.23:1>203.0.113.80:80 0-100 tcp=7
			b pod    198.51.100.23:1>203.0.113.80:80 9000-9098 tcp=7`, "a+b"},

		{"a token, with clocks that are hours apart", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=T tcp=2`, "a / b"},
		{"another token", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=U tcp=2`, "a | b"},
		{"a token that others can have", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 guess=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 guess=T tcp=2`, "a | b"},
		{"a token in a page and in a submit", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 0-50 GET form=T tcp=2`, "a | b"},
		{"one token with two answers", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=T tcp=2 status=302`, "a | b"},
		{"a page that a cache gave again, to another browser", `
			a har >203.0.113.80:80 0-100 GET page=T
			b wire 198.51.100.24:1>203.0.113.80:80 50-90 GET page=T tcp=2 ua=curl`, "a | b"},
		{"a page, with clocks of which nothing is known", `
			a har >203.0.113.80:80 0-100 GET page=T
			b wire 198.51.100.24:1>203.0.113.80:80 9000-9090 GET page=T tcp=2`, "a+b"},
		{"a page, and the clocks tell that it was given again", `
			c wire 198.51.100.24:1>203.0.113.80:80 0-90 GET page=T tcp=2
			a har >203.0.113.80:80 4000-4100 GET page=T
			d har >203.0.113.80:80 8000-8100 form=U
			e wire 198.51.100.24:3>203.0.113.80:80 8000-8100 form=U tcp=4`, "c | a | d+e"},
		{"a page, and the clocks tell that a proxy wrote another User-Agent", `
			a har >203.0.113.80:80 4000-4100 GET page=T
			c hub 10.244.1.9:1>10.244.1.20:8081 4010-4090 GET page=T tcp=2 ua=curl
			d har >203.0.113.80:80 8000-8100 form=U
			e hub 10.244.1.9:3>10.244.1.20:8081 8010-8090 form=U tcp=4`, "a / c | d / e"},
		{"an id of a request", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 X-Request-Id=5f tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 X-Request-ID=5f tcp=2`, "a / b"},
		{"an id that a proxy replaced says nothing against a token", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 X-Request-Id=5f form=T tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 X-Request-Id=60 form=T tcp=2`, "a / b"},
		{"a trace: of its parts the trace id alone counts", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 Traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 traceparent=00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01 tcp=2`, "a / b"},
		{"two traces with one parent id", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 Traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 tcp=1
			b hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 traceparent=00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 tcp=2`, "a | b"},

		{"a form submitted twice: the first with the first", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b ingress 198.51.100.23:1>10.244.3.17:80 200-300 form=T tcp=2
			c hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=T tcp=3
			d hub     10.244.1.9:2>10.244.1.20:8081 7200200-7200250 form=T tcp=4`, "a / c | b / d"},
		{"submitted twice, and one capture saw one of them", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b ingress 198.51.100.23:1>10.244.3.17:80 200-300 form=T tcp=2
			c hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=T tcp=3`, "a | b | c"},
		{"submitted twice, and the answers tell them apart", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b ingress 198.51.100.23:1>10.244.3.17:80 200-300 form=T tcp=2 status=302
			c hub     10.244.1.9:2>10.244.1.20:8081 7200000-7200050 form=T tcp=3 status=302`, "a | b / c"},
		{"one address does not send one request by two connections", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 198.51.100.23:2>10.244.5.42:80 0-100 form=T tcp=2`, "a | b"},
		{"nor does one server take in one request twice", `
			a one 10.244.3.17:1>10.244.1.9:8000 0-100 form=T tcp=1
			b two 10.244.5.42:2>10.244.1.9:8000 0-100 form=T tcp=2`, "a | b"},
		{"but a proxy on its node's address sends from where it received", `
			a one 10.0.0.11:1>10.0.0.11:8080 0-100 form=T tcp=1
			b two 10.0.0.11:2>10.244.1.9:8000 9010-9090 form=T tcp=2`, "a > b"},

		{"one capture, by addresses", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100
			b node 10.244.3.17:2>10.244.1.9:8000 10-90
			c node 10.244.1.9:3>10.244.1.20:8081 20-80`, "a > b > c"},
		{"one capture, and the inner one ends later", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100
			b node 10.244.3.17:2>10.244.1.9:8000 10-200`, "a | b"},
		{"one capture, another browser", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100
			b node 10.244.3.17:2>10.244.1.9:8000 10-90 ua=Chrome`, "a | b"},
		{"one capture, another address in between: the token ties", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100 form=T
			b node 10.244.1.9:2>10.244.1.20:8081 10-90 form=T`, "a / b"},
		{"one capture, nothing ties", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100
			b node 10.244.1.9:2>10.244.1.20:8081 10-90`, "a | b"},
		{"one capture, a prefix is stripped", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100 path=/team/hub/login
			b node 10.244.3.17:2>10.244.1.9:8000 10-90`, "a > b"},
		{"one capture, a proxy that holds the request for three seconds", `
			a node 198.51.100.23:1>10.244.3.17:80 0-4000
			b node 10.244.3.17:2>10.244.1.9:8000 3000-3900`, "a > b"},
		{"one capture, ten seconds later it is another request", `
			a node 198.51.100.23:1>10.244.3.17:80 0-?
			b node 10.244.3.17:2>10.244.1.9:8000 10000-10090`, "a | b"},
		{"two users at once through one proxy: nothing tells them apart", `
			a node 198.51.100.23:1>10.244.3.17:80 0-?
			b node 198.51.100.24:1>10.244.3.17:80 1-?
			c node 10.244.3.17:2>10.244.1.9:8000 10-90`, "a | b | c"},
		{"two users at once: the token does", `
			a node 198.51.100.23:1>10.244.3.17:80 0-?
			b node 198.51.100.24:1>10.244.3.17:80 1-? form=T
			c node 10.244.3.17:2>10.244.1.9:8000 10-90 form=T`, "a | b > c"},
		{"two requests of one user at once: one after the other", `
			a node 198.51.100.23:1>10.244.3.17:80 0-100
			b node 198.51.100.23:2>10.244.3.17:80 1-101
			c node 10.244.3.17:3>10.244.1.9:8000 10-90
			d node 10.244.3.17:4>10.244.1.9:8000 11-91`, "a > c | b > d"},
		{"a browser's recording never shows a request twice", `
			a har >203.0.113.80:80 0-100 form=T
			b har >203.0.113.80:80 10-90 form=T`, "a | b"},

		{"time: the clocks are known from another request", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 20000-20100 GET tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 80010-80090 GET tcp=4`, "a > b | c > d"},
		{"time: two can be the one", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 20000-20100 GET tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 80010-80090 GET tcp=4
			e two 10.244.3.17:5>10.244.1.9:8000 80020-80080 GET tcp=5`, "a > b | c | d | e"},
		{"time: two on the other side can be the one", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 20000-20100 GET tcp=3
			d one 198.51.100.24:3>10.244.3.17:80 20001-20101 GET tcp=5
			e two 10.244.3.17:4>10.244.1.9:8000 80010-80090 GET tcp=4`, "a > b | c | d | e"},
		{"time: addresses that have nothing to do with each other", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 20000-20100 GET tcp=3
			d two 10.244.5.42:4>10.244.1.9:8000 80010-80090 GET tcp=4`, "a > b | c | d"},
		{"time: without the outer answer nothing bounds the inner request", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 20000-? GET tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 82010-82090 GET tcp=4`, "a > b | c | d"},
		{"time: clocks of which nothing is known", `
			c one 198.51.100.23:3>10.244.3.17:80 20000-20100 GET tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 20010-20090 GET tcp=4`, "c | d"},

		{"a browser and the wire: their clocks are known from another request", `
			a har >203.0.113.80:80 0-100 form=T
			b hub 10.244.1.9:2>10.244.1.20:8081 60010-60090 form=T tcp=2
			c har >203.0.113.80:80 20000-20100
			d hub 10.244.1.9:3>10.244.1.20:8081 80010-80090 tcp=3`, "a / b | c / d"},
		{"a browser and the wire: two on the wire can be the one", `
			a har >203.0.113.80:80 0-100 form=T
			b hub 10.244.1.9:2>10.244.1.20:8081 60010-60090 form=T tcp=2
			c har >203.0.113.80:80 20000-20100
			d hub 10.244.1.9:3>10.244.1.20:8081 80010-80090 tcp=3
			e hub 10.244.1.9:4>10.244.1.20:8081 80011-80091 tcp=4`, "a / b | c | d | e"},
		{"a browser and the wire: nothing ties them but the stamps of two requests", `
			a har >203.0.113.80:80 0-100 GET
			b wire 198.51.100.23:1>203.0.113.80:80 5-95 GET tcp=1
			c har >203.0.113.80:80 4000-4100
			d wire 198.51.100.23:2>203.0.113.80:80 4005-4095 tcp=2`, "a+b | c+d"},
		{"a browser and the wire: the stamp of one request is chance", `
			a har >203.0.113.80:80 0-100 GET
			c har >203.0.113.80:80 4000-4100
			d wire 198.51.100.23:2>203.0.113.80:80 4005-4095 tcp=2`, "a | c | d"},
		{"a browser and the wire: another browser's requests", `
			a har >203.0.113.80:80 0-100 GET
			b wire 198.51.100.23:1>203.0.113.80:80 5-95 GET tcp=1 ua=Chrome
			c har >203.0.113.80:80 4000-4100
			d wire 198.51.100.23:2>203.0.113.80:80 4005-4095 tcp=2 ua=Chrome`, "a | b | c | d"},

		{"in by IPv6 and out by IPv4, where requests arrive by both", `
			a node [2001:db8::23]:1>[fd00::17]:80 0-100 form=T tcp=1
			b node 10.244.3.17:2>10.244.1.9:8000 10-90 form=T tcp=2
			c node 198.51.100.23:1>10.244.3.17:80 9000-9100 form=U tcp=3`, "a > b | c"},
		{"in by IPv6 and out by IPv4, of a proxy that may be another one", `
			a node [2001:db8::23]:1>[fd00::17]:80 0-100 form=T tcp=1
			b node 10.244.3.17:2>10.244.1.9:8000 10-90 form=T tcp=2`, "a / b"},
		{"in by IPv6 and out by IPv4, in two captures", `
			a one [2001:db8::23]:1>[fd00::17]:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 10-90 form=T tcp=2
			c two 198.51.100.23:1>10.244.3.17:80 9000-9100 form=U tcp=3`, "a / b | c"},

		{"a browser and the wire: the address of the site", `
			a har >203.0.113.80:80 0-100 form=T
			b pod 198.51.100.23:1>203.0.113.80:80 9001-9099 form=T`, "a+b"},
		{"two proxies at the address of the site: the port tells", `
			a har >203.0.113.80:80 0-100 form=T
			b inner 203.0.113.80:9>203.0.113.80:8080 9010-9090 form=T tcp=2
			c outer 198.51.100.23:1>203.0.113.80:80 5001-5099 form=T tcp=1`, "a+c > b"},
		{"the order does not follow that of the captures", `
			c hub     10.244.1.9:3>10.244.1.20:8081 100-150 form=T tcp=3
			b chp     10.244.3.17:2>10.244.1.9:8000 7000-7080 form=T tcp=2
			a ingress 198.51.100.23:1>10.244.3.17:80 40-140 form=T tcp=1`, "a > b > c"},
		{"the sides of a translated connection stand between their neighbours", `
			a ingress 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			c node    10.0.0.11:5>10.244.1.9:8000 10-90 form=T tcp=2
			b pod     10.244.3.17:2>10.244.1.9:8000 9010-9090 form=T tcp=2
			d hub     10.244.1.9:3>10.244.1.20:8081 10-70 form=T tcp=3`, "a > b = c > d"},
		{"a circle of addresses ends, and in the order of the capture", `
			a node 10.0.0.11:1>10.0.0.12:80 0-100 form=T
			b node 10.0.0.12:2>10.0.0.11:80 10-90 form=T
			c node 10.0.0.11:3>10.0.0.12:81 20-80 form=T`, "a > b > c"},
		{"captures that contradict each other", `
			a one 10.0.0.11:1>10.0.0.12:80 0-100 form=T tcp=1
			b one 10.0.0.13:2>10.0.0.11:80 10-90 form=T tcp=2
			c two 10.0.0.12:3>10.0.0.13:80 9020-9080 form=T tcp=3`, "a > c > b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene := hopstest.NewScene(t, c.lines)
			order := slices.Clone(scene.Sightings)
			random := rand.New(rand.NewPCG(1, 2))
			for range 24 {
				requests, _ := hops.Join(order)
				if got := scene.Requests(requests); got != c.want {
					t.Fatalf("got %q, want %q", got, c.want)
				}
				random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			}
		})
	}
}

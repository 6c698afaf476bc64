// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// head reads lines as they stand on the wire.
func head(lines string) *exchange.Fields {
	var f exchange.Fields
	for line := range strings.Lines(lines) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ":"); ok {
			f.Lines = append(f.Lines, exchange.Field{Name: name, Value: strings.TrimPrefix(value, " ")})
		}
	}
	return &f
}

// What Chromium and Firefox send, cut to the names that matter.
const (
	chromium = `Host: hub.example.test
Connection: keep-alive
Content-Length: 3
Cache-Control: max-age=0
Upgrade-Insecure-Requests: 1
Content-Type: application/x-www-form-urlencoded
User-Agent: Mozilla/5.0
Origin: http://hub.example.test
Accept: text/html
Cookie: _xsrf=abc
`
	firefox = `Host: hub.example.test
User-Agent: Mozilla/5.0
Accept: text/html
Accept-Language: en-US
Accept-Encoding: gzip
X-Forwarded-For: 192.0.2.1
Referer: http://x/
Connection: keep-alive
Cookie: a=b
Upgrade-Insecure-Requests: 1
`
	chromiumLines = `Content-Length: 3
Cache-Control: max-age=0
Upgrade-Insecure-Requests: 1
Content-Type: application/x-www-form-urlencoded
User-Agent: Mozilla/5.0
Origin: http://hub.example.test
Accept: text/html
Cookie: _xsrf=abc
`
	chromiumLowered = `host: hub.example.test
content-length: 3
cache-control: max-age=0
upgrade-insecure-requests: 1
content-type: application/x-www-form-urlencoded
user-agent: Mozilla/5.0
origin: http://hub.example.test
accept: text/html
cookie: _xsrf=abc
`
	tornado = `Server: TornadoServer/6.4.1
Content-Type: text/html
Date: Sun, 22 Nov 2026 22:19:41 GMT
Set-Cookie: _xsrf=abc; Path=/hub/
Content-Length: 2
`
	block = `X-Request-ID: 99974a1be7ed2e089be0057187a5dfa9
X-Real-IP: 198.51.100.23
X-Forwarded-For: 198.51.100.23
X-Forwarded-Host: hub.example.test
X-Forwarded-Port: 443
X-Forwarded-Proto: https
X-Forwarded-Scheme: https
X-Scheme: https
`
	traefik = `Host: hub.example.test
User-Agent: Mozilla/5.0
Content-Length: 3
Accept: text/html
Cache-Control: max-age=0
Cookie: _xsrf=abc
X-Forwarded-For: 198.51.100.23
X-Forwarded-Host: hub.example.test
X-Forwarded-Port: 443
X-Forwarded-Proto: https
X-Forwarded-Server: traefik-7d9f
X-Real-Ip: 198.51.100.23
`
	emptied = `Host: hub.example.test
User-Agent: Mozilla/5.0
Content-Length: 3
Accept: text/html
Cache-Control: max-age=0
Cookie: _xsrf=abc
X-Forwarded-Host: hub.example.test
X-Forwarded-Port: 443
X-Forwarded-Proto: https
X-Forwarded-Server: traefik-7d9f
`
	caddy = `Host: hub.example.test
User-Agent: Mozilla/5.0
Content-Length: 3
Accept: text/html
Cache-Control: max-age=0
Cookie: _xsrf=abc
X-Forwarded-For: 198.51.100.23
X-Forwarded-Host: hub.example.test
X-Forwarded-Proto: http
`
	apache = `Host: 127.0.0.1:7000
User-Agent: Mozilla/5.0
Accept: text/html
Accept-Language: en-US
Accept-Encoding: gzip
X-Forwarded-For: 192.0.2.1, 127.0.0.1
Referer: http://x/
Cookie: a=b
Upgrade-Insecure-Requests: 1
X-Forwarded-Host: hub.example.test
X-Forwarded-Server: localhost
Connection: Keep-Alive
`
)

func request(in, out string) party.Observation {
	o := party.Observation{RequestOut: head(out)}
	if in != "" {
		o.RequestIn = head(in)
	}
	return o
}

func answers(in, out string) party.Observation {
	o := party.Observation{AnswerOut: head(out)}
	if in != "" {
		o.AnswerIn = head(in)
	}
	return o
}

func page(head *exchange.Fields, content string) party.Observation {
	return party.Observation{OwnAnswer: true, AnswerOut: head, OwnPage: []byte(content)}
}

func proto(o party.Observation, p string) party.Observation {
	o.RequestOutProto = p
	return o
}

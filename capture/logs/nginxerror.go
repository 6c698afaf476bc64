// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

const nginxTime = "2006/01/02 15:04:05"

var nginxPhrases = []struct {
	holds string
	code  exchange.StatementCode
}{
	{"upstream sent too big header", exchange.SaidUpstreamHeadTooLarge},
	{"broken header: \"", exchange.SaidProxyHeaderMissing},
	{"while connecting to upstream", exchange.SaidUpstreamFailed},
	{"upstream timed out", exchange.SaidUpstreamFailed},
	{"upstream prematurely closed connection", exchange.SaidUpstreamFailed},
	{"no live upstreams", exchange.SaidUpstreamFailed},
	{"client sent too long header line", exchange.SaidHeadTooLarge},
	{"client sent too large request", exchange.SaidHeadTooLarge},
	{"client intended to send too large body", exchange.SaidBodyTooLarge},
	{"limiting requests, excess", exchange.SaidRateLimited},
	{"limiting connections by zone", exchange.SaidRateLimited},
	{"access forbidden by rule", exchange.SaidForbiddenByRule},
}

// parseNginxError reads nginx's error log: "TIME [LEVEL] PID#TID: *CONNECTION MESSAGE,
// client: …, server: …, request: …, upstream: …, host: …". The time is local.
func parseNginxError(w *wrapped, e *entry) bool {
	if rest, ok := strings.CutPrefix(w.text, `" while reading PROXY protocol, client: `); ok {
		// The end of "broken header", which holds what came in, line breaks included.
		e.program = exchange.ProgramNginx
		address, _, _ := strings.Cut(rest, ",")
		e.said = &exchange.Statement{Code: exchange.SaidProxyHeaderMissing, Text: redact(w.text), Values: exchange.Values{Address: address}}
		return true
	}
	if len(w.text) < 30 || w.text[4] != '/' || w.text[19] != ' ' || w.text[20] != '[' {
		return false
	}
	at, err := time.Parse(nginxTime, w.text[:19])
	_, message, ok := strings.Cut(w.text[20:], "] ")
	if err != nil || !ok {
		return false
	}
	e.program, e.at, e.fine = exchange.ProgramNginx, at, time.Second
	ids, message, _ := strings.Cut(message, ": ")
	if !strings.Contains(ids, "#") {
		return false
	}
	if strings.HasPrefix(message, "*") {
		_, message, _ = strings.Cut(message, " ")
	}
	if version, ok := strings.CutPrefix(message, "nginx/"); ok {
		e.said = &exchange.Statement{Code: exchange.SaidVersion, Text: message, Values: exchange.Values{Version: version}}
		return true
	}
	for _, p := range nginxPhrases {
		if strings.Contains(message, p.holds) {
			e.said = nginxStatement(p.code, message)
			break
		}
	}
	if e.said != nil && e.said.Code == exchange.SaidProxyHeaderMissing && e.said.Values.Address == "" {
		// What came in is quoted next, and may be a head with cookies. The line that
		// ends the quotation is the statement.
		e.said = nil
	}
	return true
}

func nginxStatement(code exchange.StatementCode, message string) *exchange.Statement {
	if code == exchange.SaidHeadTooLarge {
		message = withoutHead(message)
	}
	s := &exchange.Statement{Code: code, Text: redact(message)}
	v := &s.Values
	v.Reason, _, _ = strings.Cut(message, ", client: ")
	v.Reason = redact(v.Reason)
	value := func(name string) string {
		_, rest, ok := strings.Cut(message, ", "+name+": ")
		if !ok {
			return ""
		}
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			rest, _, _ = strings.Cut(quoted, `"`)
			return rest
		}
		rest, _, _ = strings.Cut(rest, ",")
		return rest
	}
	v.Address, v.Upstream = value("client"), serverOf(value("upstream"))
	var a access
	if a.requestLine(value("request")) {
		v.Method, v.Target = a.method, redactTarget(a.target)
	}
	if code == exchange.SaidProxyHeaderMissing {
		s.Text, v.Reason = "broken header while reading PROXY protocol, client: "+v.Address, "broken header"
	}
	return s
}

// serverOf is the server of a URL: "http://10.0.0.1:8000".
func serverOf(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	server, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + server
}

// withoutHead takes out the beginning of the header that was too long, which nginx
// quotes as it came in: it is full of cookies.
func withoutHead(message string) string {
	what, _, quoted := strings.Cut(message, `: "`)
	at := strings.LastIndex(message, `" while reading client request`)
	if !quoted || at < len(what) {
		return message
	}
	return what + message[at+1:]
}

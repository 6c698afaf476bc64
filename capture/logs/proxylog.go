// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// parseProxy reads a line of configurable-http-proxy: "TIME [ConfigProxy] LEVEL: MESSAGE".
// The time was taken off as every time with a zone is.
//
// Requests that went well are not logged. What is, are those that failed ("503 GET
// /hub/login connect ECONNREFUSED …") and those to its API. Both without their query.
func parseProxy(w *wrapped, e *entry) bool {
	rest, ok := strings.CutPrefix(w.text, "[ConfigProxy] ")
	if !ok {
		return false
	}
	level, message, ok := strings.Cut(rest, ": ")
	if !ok || len(level) > 24 {
		return false
	}
	e.program = exchange.ProgramCHP
	message = strings.TrimRight(message, " ")
	if reason, ok := strings.CutPrefix(message, "Failed to get custom error page: "); ok {
		e.said = &exchange.Statement{Code: exchange.SaidErrorPageFailed, Text: redact(message), Values: exchange.Values{Reason: redact(reason)}}
		return true
	}
	if len(message) < 6 || message[3] != ' ' || !isNumber(message[:3]) {
		return true
	}
	status, statusOK := parseStatus(message[:3])
	method, rest, _ := strings.Cut(message[4:], " ")
	target, reason, _ := strings.Cut(rest, " ")
	if !statusOK || !isMethod(method) || !isTarget(target) {
		e.broken = true
		return true
	}
	e.access = &access{status: status, method: method, target: target, duration: -1, noQuery: true}
	if !strings.HasPrefix(target, "/api/routes") && status >= 500 {
		reason = redact(reason)
		e.said = &exchange.Statement{
			Code: exchange.SaidUpstreamFailed, Text: redact(message),
			Values: exchange.Values{Status: status, Method: method, Target: redactTarget(target), Reason: reason, Upstream: upstreamOf(reason)},
		}
	}
	return true
}

// upstreamOf is the server in what Node.js says of a connection that failed: "connect
// ECONNREFUSED 10.0.0.1:8081", "connect ETIMEDOUT …", "connect EHOSTUNREACH …".
func upstreamOf(reason string) string {
	rest, ok := strings.CutPrefix(reason, "connect ")
	if !ok {
		return ""
	}
	_, rest, _ = strings.Cut(rest, " ")
	server, _, _ := strings.Cut(rest, " ")
	if _, ok := endpoint(server); !ok {
		return ""
	}
	return server
}

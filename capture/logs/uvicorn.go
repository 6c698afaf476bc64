// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// parseUvicorn reads `INFO:     10.0.0.1:34362 - "GET /auth/login HTTP/1.1" 200 OK`.
func parseUvicorn(w *wrapped, e *entry) bool {
	rest, ok := strings.CutPrefix(w.text, "INFO: ")
	if !ok {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	a := uvicornAccess(rest)
	if a == nil && !ofUvicorn(rest) {
		return false
	}
	e.program, e.access = exchange.ProgramUvicorn, a
	e.said = uvicornStarts(rest)
	return true
}

// uvicornStarts reads "Uvicorn running on http://10.0.0.1:8080 (Press CTRL+C to quit)",
// which the parent of several workers says before any of them is there, and
// "Application startup complete.".
func uvicornStarts(message string) *exchange.Statement {
	if strings.HasPrefix(message, "Application startup complete.") {
		return &exchange.Statement{Code: exchange.SaidStarted, Text: "Application startup complete."}
	}
	rest, ok := strings.CutPrefix(message, "Uvicorn running on ")
	if !ok {
		return nil
	}
	target, _, _ := strings.Cut(rest, " ")
	_, host, _ := strings.Cut(target, "://")
	s := &exchange.Statement{Code: exchange.SaidListening, Text: redact(message)}
	if at, ok := endpoint(host); ok && at.Address != "0.0.0.0" && at.Address != "::" {
		s.Values.Address = at.Address
	}
	return s
}

// ofUvicorn reports whether a message is one of those with which uvicorn starts (0.34,
// server.py, lifespan/on.py, supervisors/multiprocess.py). They tell nothing, but whose
// log it is.
func ofUvicorn(message string) bool {
	for _, begins := range []string{"Started server process [", "Started parent process [", "Waiting for application startup.", "Application startup complete.", "Uvicorn running on "} {
		if strings.HasPrefix(message, begins) {
			return true
		}
	}
	return false
}

// uvicornAccess reads the message of such a line. A port of 0 says that the address is
// from X-Forwarded-For and not the peer's (uvicorn/middleware/proxy_headers.py).
func uvicornAccess(s string) *access {
	client, rest, ok := strings.Cut(s, ` - "`)
	if !ok {
		return nil
	}
	request, answer, ok := cutLast(rest, `" `)
	from, known := endpoint(client)
	a := &access{duration: -1}
	if !ok || !known || !a.requestLine(request) {
		return nil
	}
	status, reason, _ := strings.Cut(answer, " ")
	if a.status, ok = parseStatus(status); !ok {
		return nil
	}
	a.reason, a.believed = reason, from.Address
	if from.Port != 0 {
		a.client = from
	}
	return a
}

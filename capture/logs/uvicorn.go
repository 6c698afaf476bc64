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
	a := uvicornAccess(strings.TrimLeft(rest, " "))
	if a == nil {
		return false
	}
	e.program, e.access = exchange.ProgramUvicorn, a
	return true
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

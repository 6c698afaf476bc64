// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strconv"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

const haproxyTime = "02/Jan/2006:15:04:05.000"

// parseHAProxy reads the default HTTP format of HAProxy (configuration manual, 8.2.3):
//
//	CLIENT:PORT [TIME] FRONTEND BACKEND/SERVER TR/Tw/Tc/Tr/Ta STATUS BYTES CC CS TSC
//	CONNECTIONS QUEUES {REQUEST-CAPTURES} {RESPONSE-CAPTURES} "REQUEST"
//
// and that of errors of a connection (8.2.5). The time is local, without a zone, and
// that at which the request began.
func parseHAProxy(w *wrapped, e *entry) bool {
	client, rest, ok := strings.Cut(w.text, " [")
	if !ok || len(rest) < 30 || rest[24] != ']' || rest[25] != ' ' {
		return false
	}
	from, ok := endpoint(client)
	at, err := time.Parse(haproxyTime, rest[:24])
	if !ok || err != nil {
		return false
	}
	e.program, e.at, e.fine = exchange.ProgramHAProxy, at, time.Millisecond
	rest = rest[26:]
	f := fields{rest: rest}
	frontend := f.word()
	if strings.HasSuffix(frontend, ":") {
		e.said = haproxyError(rest, from.Address)
		return true
	}
	a := &access{client: from, believed: from.Address, atStart: true, duration: -1}
	a.passedTo = f.word()
	timers, status := f.word(), f.word()
	f.word() // bytes
	f.word() // captured request cookie
	f.word() // captured response cookie
	a.termination = f.word()
	connections, queues := f.word(), f.word()
	if f.bad || strings.Count(connections, "/") != 4 || strings.Count(queues, "/") != 1 || !strings.Contains(a.passedTo, "/") {
		return true // a tcplog, or a format of somebody's own
	}
	for strings.HasPrefix(f.rest, "{") {
		if _, f.rest, ok = strings.Cut(f.rest, "} "); !ok {
			f.rest = ""
		}
	}
	request := f.quoted()
	if request == "<BADREQ>" {
		e.said = badRequest(request, status, from.Address)
		return true
	}
	e.broken = true
	if f.bad || !a.requestLine(request) || !a.haproxyTimers(timers) {
		return true
	}
	if status != "-1" {
		if a.status, ok = parseStatus(status); !ok {
			return true
		}
	}
	if strings.Contains(a.passedTo, "<") { // <NOSRV>, <STATS>: HAProxy itself
		a.passedTo, a.askedNobody = "", true
	}
	e.broken, e.access = false, a
	return true
}

// haproxyTimers reads TR/Tw/Tc/Tr/Ta; the last one is how long the request was active,
// with a "+" if it went on when the line was written.
func (a *access) haproxyTimers(s string) bool {
	parts := strings.Split(s, "/")
	if len(parts) != 5 {
		return false
	}
	took, err := strconv.ParseInt(strings.TrimPrefix(parts[4], "+"), 10, 40)
	if err != nil {
		return false
	}
	if took >= 0 && parts[4][0] != '+' {
		a.duration = time.Duration(took) * time.Millisecond
	}
	return true
}

func haproxyError(rest, client string) *exchange.Statement {
	_, reason, _ := strings.Cut(rest, ": ")
	if !strings.HasPrefix(reason, "Received something which does not look like a PROXY protocol header") {
		return nil
	}
	return &exchange.Statement{
		Code: exchange.SaidProxyHeaderMissing, Text: redact(rest),
		Values: exchange.Values{Address: client, Reason: reason},
	}
}

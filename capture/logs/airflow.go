// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// parseAirflow reads text of Airflow 3. Since 3.1 it is structlog's,
//
//	TIME [LEVEL    ] EVENT [LOGGER] loc=FILE:LINE NAME=VALUE …
//
// whose time was taken off as every time with a zone is; and before it was
//
//	[TIME] {FILE:LINE} LEVEL - MESSAGE
//
// and structlog's of the execution API, whose time is local and without a zone.
// A request is a line of uvicorn's in that, and since 3.2 the event "request finished"
// of the logger http.access (api_fastapi/common/http_access_log.py).
func parseAirflow(w *wrapped, e *entry) bool {
	text := w.text
	if len(text) > 22 && text[4] == '-' && text[19] == ' ' && text[20] == '[' {
		if at, err := time.Parse(time.DateTime, text[:19]); err == nil {
			e.at, e.fine, text = at, time.Second, text[20:]
		}
	}
	if !strings.HasPrefix(text, "[") {
		return airflowPlain(text, e)
	}
	level, rest, ok := strings.Cut(text[1:], "]")
	switch level = strings.TrimSpace(level); {
	case !ok || len(level) > 40:
		return false
	case isLevel(level):
		e.program = exchange.ProgramAirflow
		e.readAirflow(strings.TrimLeft(rest, " "))
		return true
	case !strings.HasPrefix(rest, " {"):
		return false
	}
	at, ok := parseStamp(level)
	_, rest, cut := strings.Cut(rest, "} ")
	_, message, found := strings.Cut(rest, " - ")
	if !ok || !cut || !found {
		return false
	}
	e.program, e.at, e.zoned, e.fine = exchange.ProgramAirflow, at, true, time.Millisecond
	e.readAirflow(message)
	return true
}

func isLevel(s string) bool {
	switch s {
	case "debug", "info", "warning", "error", "critical", "exception", "notset":
		return true
	}
	return false
}

// airflowPlain knows the telling lines that come without any prefix: warnings, and
// what clients of the execution API print.
func airflowPlain(text string, e *entry) bool {
	if e.said = airflowStatement(text); e.said == nil {
		return false
	}
	e.program = exchange.ProgramAirflow
	return true
}

func (e *entry) readAirflow(message string) {
	if strings.HasPrefix(message, "request finished ") {
		values := pairs(message)
		e.access = requestFinished(func(name string) string { return values[name] })
		e.broken = e.access == nil
		return
	}
	if e.access = uvicornAccess(cutLogger(message)); e.access != nil {
		return
	}
	if e.access = httpxAccess(cutLogger(message)); e.access != nil {
		return
	}
	e.said = airflowStatement(message)
}

// cutLogger takes " [LOGGER] loc=…" off the end of an event.
func cutLogger(event string) string {
	if at := strings.LastIndex(event, " ["); at > 0 {
		event = event[:at]
	}
	return strings.TrimRight(event, " ")
}

// requestFinished reads the event that Airflow logs for each request.
func requestFinished(value func(name string) string) *access {
	a := &access{method: value("method"), target: value("path"), duration: -1, requestID: value("request_id")}
	if query := value("query"); query != "" {
		a.target += "?" + query
	}
	if !isMethod(a.method) || !isTarget(a.target) {
		return nil
	}
	if status := value("status_code"); status != "0" { // none was sent
		var ok bool
		if a.status, ok = parseStatus(status); !ok {
			return nil
		}
	}
	if took, err := time.ParseDuration(value("duration_us") + "us"); err == nil && took >= 0 {
		a.duration = took
	}
	if from, ok := endpoint(value("client_addr")); ok {
		a.believed = from.Address
		if from.Port != 0 {
			a.client = from
		}
	}
	return a
}

// What the execution API says: of a token that it refuses, with the reason at the end of
// the traceback behind it, and from 3.1 on of one that it cannot renew, with the reason.
const (
	executionRefusal = "Failed to validate JWT"
	reissueFailed    = "JWT reissue middleware failed to refresh token"
)

var airflowPhrases = []struct {
	holds string
	code  exchange.StatementCode
}{
	{"was empty, using a generated one for now", exchange.SaidSecretGenerated},
	{"must be set!", exchange.SaidSecretMissing},
	{"JWT token is not valid", exchange.SaidTokenInvalid},
	{"Invalid auth token: ", exchange.SaidTokenInvalid},
	{executionRefusal, exchange.SaidTokenInvalid},
	{reissueFailed, exchange.SaidTokenInvalid},
	{"below the minimum recommended length", exchange.SaidKeyTooShort},
}

func airflowStatement(message string) *exchange.Statement {
	if s := csrfStatement(message); s != nil {
		return s
	}
	if s := uvicornStarts(message); s != nil {
		return s
	}
	for _, p := range airflowPhrases {
		at := strings.Index(message, p.holds)
		if at < 0 {
			continue
		}
		s := &exchange.Statement{Code: p.code, Text: redact(cutLogger(message))}
		switch p.code {
		case exchange.SaidSecretGenerated: // "`api_auth/jwt_secret` was empty …"
			name, _, _ := strings.Cut(strings.TrimLeft(message[:at], "`'\" "), " ")
			s.Values.Reason = strings.Trim(name, "`'\"")
		case exchange.SaidSecretMissing:
			_, name, ok := strings.Cut(message[:at], "The value ")
			if !ok || !strings.Contains(name, "/") || len(name) > 80 {
				continue
			}
			s.Values.Reason = strings.TrimSpace(name)
		case exchange.SaidTokenInvalid:
			reason := message[at+len(p.holds):]
			if p.holds == reissueFailed {
				reason = pairs(reason)["error"]
			}
			reason = reason[:reasonEnd(reason)]
			reason = strings.TrimLeft(reason, ": ")
			s.Values.Reason = redact(strings.TrimRight(reason, " "))
			if p.holds == reissueFailed && s.Values.Reason != "" {
				s.Text = reissueFailed + ": " + s.Values.Reason
			}
		default:
			s.Values.Reason = redact(cutLogger(message))
		}
		return s
	}
	return jwtError(message)
}

// csrfRefusals are the sentences by which Flask-WTF refuses a form, in the order in which
// it checks (Flask-WTF 1.0 to 1.3, csrf.py).
var csrfRefusals = []string{
	"The CSRF token is missing.", "The CSRF session token is missing.", "The CSRF token has expired.", "The CSRF token is invalid.",
	"The CSRF tokens do not match.", "The referrer header is missing.", "The referrer does not match the host.",
}

func csrfStatement(message string) *exchange.Statement {
	if !strings.HasPrefix(message, "The ") {
		return nil
	}
	for _, sentence := range csrfRefusals {
		if rest, ok := strings.CutPrefix(message, sentence); ok && (rest == "" || rest[0] == ' ') {
			return &exchange.Statement{Code: exchange.SaidCSRFRefused, Text: sentence, Values: exchange.Values{Reason: sentence}}
		}
	}
	return nil
}

// httpxAccess reads the line in which a task's supervisor tells what it asked the
// execution API: `HTTP Request: PATCH http://10.0.0.1:8080/execution/… "HTTP/1.1 403
// Forbidden"` (httpx, _client.py, info).
func httpxAccess(message string) *access {
	rest, ok := strings.CutPrefix(message, "HTTP Request: ")
	if !ok {
		return nil
	}
	request, answer, ok := strings.Cut(rest, ` "HTTP/`)
	method, target, both := strings.Cut(request, " ")
	a := &access{method: method, target: target, duration: -1, bySender: true}
	if !ok || !both || !isMethod(method) || !strings.Contains(target, "://") || !isTarget(target) {
		return nil
	}
	proto, status, _ := strings.Cut(answer, " ")
	status, reason, _ := strings.Cut(strings.TrimSuffix(status, `"`), " ")
	a.proto, a.reason = "HTTP/"+proto, strings.TrimSuffix(reason, `"`)
	if a.status, ok = parseStatus(status); !ok {
		return nil
	}
	return a
}

// reasonEnd is where a reason ends: at what JSON, Python or a logger's name put
// behind it. An apostrophe within a word ("doesn't") is part of it.
func reasonEnd(reason string) int {
	for i, c := range reason {
		apostrophe := c == '\'' && i+1 < len(reason) && reason[i+1]|0x20 >= 'a' && reason[i+1]|0x20 <= 'z'
		if !apostrophe && strings.ContainsRune("\"'}[\n", c) {
			return i
		}
	}
	return len(reason)
}

// jwtError reads the last line of a traceback of PyJWT: "InvalidSignatureError:
// Signature verification failed".
func jwtError(message string) *exchange.Statement {
	name, reason, ok := strings.Cut(strings.TrimPrefix(message, "jwt.exceptions."), ": ")
	if !ok {
		return nil
	}
	switch name {
	case "InvalidSignatureError", "ExpiredSignatureError", "ImmatureSignatureError", "InvalidAudienceError", "InvalidIssuerError",
		"InvalidIssuedAtError", "InvalidAlgorithmError", "MissingRequiredClaimError", "InvalidTokenError", "DecodeError", "InvalidKeyError":
		return &exchange.Statement{Code: exchange.SaidTokenInvalid, Text: redact(message), Values: exchange.Values{Reason: redact(reason)}}
	}
	return nil
}

// pairs reads the NAME=VALUE of structlog's console. Values with a space in them are
// in quotes, as Python's repr writes them.
func pairs(s string) map[string]string {
	values := map[string]string{}
	for len(values) < 64 {
		at := strings.IndexByte(s, '=')
		if at < 0 {
			return values
		}
		name := s[strings.LastIndexByte(s[:at], ' ')+1 : at]
		s = s[at+1:]
		var value string
		if strings.HasPrefix(s, "'") || strings.HasPrefix(s, `"`) {
			value, s = pythonText(s)
		} else {
			value, s, _ = strings.Cut(s, " ")
			s = " " + s
		}
		if _, ok := values[name]; !ok {
			values[name] = value
		}
	}
	return values
}

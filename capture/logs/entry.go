// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"math"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// entry is what one line says. A line of a known program that tells nothing has
// neither a request nor a statement.
type entry struct {
	program exchange.Program

	// at is the time that the program itself wrote; zero if none. The time of a wrapper
	// is not in it.
	at     time.Time
	zoned  bool
	fine   time.Duration // how fine at is
	access *access
	said   *exchange.Statement
	broken bool // it claims to be about a request, and cannot be read
	dump   bool // the head of a request follows, see dump
}

// access is what a line says of one request.
type access struct {
	method, target, proto string
	status                int // 0: none was sent
	reason                string

	bySender bool          // who sent the request wrote the line
	atStart  bool          // the line's own time is that of the beginning
	duration time.Duration // -1: not told

	client         exchange.Endpoint // the peer; empty is unknown
	believed, user string
	host           string
	location       string
	fields         []exchange.Field

	requestID    string
	passedTo     string
	passedStatus int
	askedNobody  bool
	termination  string
	noQuery      bool
}

// A parser reads a line of one format, and returns false for a line of another one. A
// line of its format that is about a request and cannot be read is entry.broken.
type parser func(w *wrapped, e *entry) bool

// parsers are asked in this order; none of them takes a line of another one.
var parsers = []parser{parseHub, parseProxy, parseJSON, parseAirflow, parseNginxError, parseUvicorn, parseHAProxy, parseDjango, parseCommon}

// parse reads a line whose wrapping was taken off.
func parse(w *wrapped) (e entry, ok bool) {
	if len(w.text) < 8 {
		return e, false
	}
	for _, p := range parsers {
		if p(w, &e) {
			return e, true
		}
		e = entry{}
	}
	return e, false
}

// url takes a target apart.
func (a *access) url() exchange.URL {
	u := exchange.URL{Host: a.host}
	rest := a.target
	if scheme, after, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(scheme, "/?") {
		u.Scheme = scheme
		at := strings.IndexAny(after, "/?")
		if at < 0 {
			at = len(after)
		}
		u.Host, rest = after[:at], after[at:]
	}
	u.Path, u.RawQuery, _ = strings.Cut(rest, "?")
	return u
}

// isMethod reports whether s can be a method. Tokens may be more (RFC 9110, 5.6.2), but
// what is not in capitals is rather a piece of prose.
func isMethod(s string) bool {
	if len(s) < 2 || len(s) > 24 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// isTarget reports whether s can be the target of a request.
func isTarget(s string) bool {
	if s == "" || strings.ContainsAny(s, " \t") {
		return false
	}
	return s[0] == '/' || s == "*" || strings.Contains(s, "://") || strings.Contains(s, ":")
}

// parseStatus reads the status of a response.
func parseStatus(s string) (int, bool) {
	if len(s) != 3 || !isNumber(s) || s[0] == '0' {
		return 0, false
	}
	return int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0'), true
}

// duration is how long a request took; some lines claim years, or no number at all.
func duration(took float64, unit time.Duration) (time.Duration, bool) {
	d := math.Round(took * float64(unit))
	return time.Duration(d), d >= 0 && d <= float64(30*24*time.Hour)
}

// endpoint reads "10.0.0.1:34362", "[::1]:34362" and "::1:34362", which Python's "%s:%d"
// writes. Port 0 is none.
func endpoint(s string) (exchange.Endpoint, bool) {
	at := strings.LastIndexByte(s, ':')
	if at < 1 || !isNumber(s[at+1:]) || len(s)-at > 6 {
		return exchange.Endpoint{}, false
	}
	port := 0
	for _, c := range s[at+1:] {
		port = port*10 + int(c-'0')
	}
	address := s[:at]
	if strings.HasPrefix(address, "[") && strings.HasSuffix(address, "]") {
		address = address[1 : len(address)-1]
	}
	return exchange.Endpoint{Address: address, Port: port}, port < 1<<16 && isAddress(address)
}

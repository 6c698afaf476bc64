// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strconv"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

const commonTime = "02/Jan/2006:15:04:05 -0700"

// parseCommon reads the common log format and what grew out of it: the combined format
// of nginx and Apache, that of nginx's images with X-Forwarded-For at its end, that of
// ingress-nginx, and that of Traefik. It begins with
//
//	ADDRESS - USER [TIME] "METHOD TARGET PROTOCOL" STATUS BYTES
func parseCommon(w *wrapped, e *entry) bool {
	open := strings.Index(w.text, " [")
	if open < 5 || len(w.text) < open+36 || w.text[open+28] != ']' || w.text[open+29] != ' ' {
		return false
	}
	at, err := time.Parse(commonTime, w.text[open+2:open+28])
	head := strings.SplitN(w.text[:open], " ", 3)
	if err != nil || len(head) != 3 || !isAddress(head[0]) {
		return false
	}
	e.at, e.zoned, e.fine = at.UTC(), true, time.Second
	a := &access{believed: head[0], client: exchange.Endpoint{Address: head[0]}, duration: -1}
	if head[2] != "-" {
		a.user = head[2]
	}
	f := fields{rest: w.text[open+30:]}
	request := f.quoted()
	status := f.word()
	if f.bad {
		return false
	}
	if !a.requestLine(request) {
		e.said = badRequest(request, status, head[0])
		return true
	}
	if status != "-" {
		var ok bool
		if a.status, ok = parseStatus(status); !ok {
			return false
		}
	}
	e.access = a
	a.target = unescape(a.target)
	f.word() // bytes
	a.rest(&f, e)
	return true
}

// requestLine reads the first line of a request; "-" and the bytes of a TLS handshake
// are none.
func (a *access) requestLine(s string) bool {
	method, rest, _ := strings.Cut(s, " ")
	target, proto, ok := cutLast(rest, " ")
	if !ok {
		target = rest
	}
	if !isMethod(method) || !isTarget(target) {
		return false
	}
	a.method, a.target, a.proto = method, target, proto
	return true
}

// badRequest is what a server answered that did not understand what it got.
func badRequest(request, status, client string) *exchange.Statement {
	s := &exchange.Statement{Code: exchange.SaidBadRequest, Values: exchange.Values{Address: client}}
	s.Values.Status, _ = parseStatus(status)
	switch raw := unescape(request); {
	case strings.HasPrefix(raw, "\x16\x03"): // RFC 8446, 5.1
		s.Values.Reason = "TLS"
	case strings.HasPrefix(raw, "PROXY "), strings.HasPrefix(raw, "\r\n\r\n\x00\r\nQUIT"):
		s.Values.Reason = "PROXY"
	}
	s.Text = strings.TrimSpace(status + " to what is no request")
	if s.Values.Reason != "" {
		s.Text += ": it begins as " + s.Values.Reason + " does"
	}
	return s
}

// rest reads what stands behind the number of bytes, by which formats differ.
func (a *access) rest(f *fields, e *entry) {
	if f.empty() {
		return // common, not combined
	}
	referer, agent := f.quoted(), f.quoted()
	if f.bad {
		return
	}
	a.field("Referer", referer)
	a.field("User-Agent", agent)
	switch tail := *f; {
	case f.empty():
	case f.rest[0] == '"': // nginx's images and its packages: format "main"
		if forwarded := f.quoted(); !f.bad && f.empty() {
			a.field("X-Forwarded-For", forwarded)
			e.program = exchange.ProgramNginx
		}
	default:
		if a.ingress(&tail) {
			e.program = exchange.ProgramNginx
		} else if tail = *f; a.traefik(&tail) {
			e.program = exchange.ProgramTraefik
		}
	}
}

// field adds a field of the request. A "-" is an empty value, or no field at all.
func (a *access) field(name, value string) {
	if value != "-" && value != "" {
		a.fields = append(a.fields, exchange.Field{Name: name, Value: unescape(value)})
	}
}

// ingress reads what ingress-nginx adds (its option log-format-upstream):
//
//	LENGTH SECONDS [UPSTREAM] [ALTERNATIVE] ADDRESS… BYTES… SECONDS… STATUS… REQUEST-ID
//
// A request that was tried at several servers has a list in each of the four, with
// commas. The last one answered.
func (a *access) ingress(f *fields) bool {
	length, seconds := f.word(), f.word()
	number, err := strconv.ParseFloat(seconds, 64)
	took, ok := duration(number, time.Second)
	if f.bad || !isNumber(length) || err != nil || !ok {
		return false
	}
	f.bracketed()
	if f.rest != "" && f.rest[0] == '[' {
		f.bracketed() // not in old versions
	}
	addresses, _, _, statuses := f.list(), f.list(), f.list(), f.list()
	id := f.word()
	if f.bad || !f.empty() {
		return false
	}
	a.duration = took
	if a.askedNobody = addresses == "-"; !a.askedNobody {
		a.passedTo = addresses
	}
	a.passedStatus, _ = parseStatus(statuses)
	if id != "-" {
		a.requestID = id
	}
	return true
}

// traefik reads what Traefik adds: COUNT "ROUTER" "SERVER" MILLISECONDSms.
func (a *access) traefik(f *fields) bool {
	count := f.word()
	if !isNumber(count) && count != "-" {
		return false
	}
	f.quoted()
	server := f.quoted()
	took, err := strconv.ParseInt(strings.TrimSuffix(f.word(), "ms"), 10, 40)
	if f.bad || err != nil || took < 0 || !f.empty() {
		return false
	}
	a.duration, a.atStart = time.Duration(took)*time.Millisecond, true
	if a.askedNobody = server == "-"; !a.askedNobody {
		a.passedTo = server
	}
	return true
}

// isAddress reports whether s can be an address or the name of a host.
func isAddress(s string) bool {
	if s == "-" || s == "" || len(s) > 255 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte(".:-_%", c) < 0 {
			return false
		}
	}
	return true
}

// fields takes a line apart.
type fields struct {
	rest string
	bad  bool // something else stood there
}

func (f *fields) empty() bool { return f.rest == "" }

// word takes what stands before the next space.
func (f *fields) word() string {
	var word string
	word, f.rest, _ = strings.Cut(f.rest, " ")
	f.bad = f.bad || word == ""
	return word
}

// quoted takes a text in quotes, in which a backslash escapes. Traefik escapes nothing,
// so a quote ends the text only before a space.
func (f *fields) quoted() string {
	if !strings.HasPrefix(f.rest, `"`) {
		f.bad = true
		return ""
	}
	for i := 1; i < len(f.rest); i++ {
		switch c := f.rest[i]; {
		case c == '\\':
			i++
		case c == '"' && (i+1 == len(f.rest) || f.rest[i+1] == ' '):
			text := f.rest[1:i]
			f.rest = strings.TrimPrefix(f.rest[i+1:], " ")
			return text
		}
	}
	f.bad = true
	return ""
}

func (f *fields) bracketed() string {
	text, rest, ok := strings.Cut(f.rest, "] ")
	if !ok || !strings.HasPrefix(text, "[") {
		f.bad = true
		return ""
	}
	f.rest = rest
	return text[1:]
}

// list takes a list of words, which nginx separates by ", " and " : ", and returns the
// last one.
func (f *fields) list() string {
	for {
		word := f.word()
		if strings.HasSuffix(word, ",") {
			continue
		}
		if rest, ok := strings.CutPrefix(f.rest, ": "); ok {
			f.rest = rest
			continue
		}
		return word
	}
}

// unescape undoes "\x22" and what Apache writes beside it (ngx_http_log_module,
// escape=default; mod_log_config).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if s[i+1] == 'x' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		if s[i+1] == '"' || s[i+1] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

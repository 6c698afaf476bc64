// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/logintrace/logintrace/capture/exchange"
)

// removedNames are the fields that Chromium's sanitized export leaves out.
func removedNames() []string {
	return []string{"cookie", "set-cookie", "authorization"}
}

// removal gathers what tells a sanitized export from a session without cookies.
// The file itself does not say. But DevTools removes fields without correcting
// headersSize: where a head is recorded as longer than its lines add up to,
// lines were removed, and where the sum is right, none was. Only heads that
// cannot be measured (HTTP/2 and later, the cache) are judged by signs of cookies.
type removal struct {
	intact bool // something is there that a sanitized export never holds
	major  int  // newest Chromium seen in a User-Agent

	short      int // the first entry with a head that was shortened
	shortBytes int // by how much; 0: there is none
	signEntry  int // the first entry that cannot be measured and bears a sign
	sign       string
}

// observe looks at one entry and the exchange made from it.
func (r *removal) observe(e *entry, x *exchange.Exchange) {
	request := &x.Request
	r.intact = r.intact || len(e.request.head.cookies) > 0 || len(e.response.head.cookies) > 0 ||
		holdsRemoved(request.Fields) || x.Response != nil && holdsRemoved(x.Response.Fields)
	if r.intact {
		return
	}
	r.major = max(r.major, chromiumMajor(request.Fields.First("User-Agent")))
	missing, measured := missingBytes(e, x)
	switch {
	case missing > 0 && r.shortBytes == 0:
		r.short, r.shortBytes = x.Ref.Entry, missing
	case !measured && r.sign == "":
		r.signEntry, r.sign = x.Ref.Entry, cookieSign(e, x)
	}
}

func holdsRemoved(fields exchange.Fields) bool {
	for _, name := range removedNames() {
		if _, state := fields.Get(name); state == exchange.Known {
			return true
		}
	}
	return false
}

// found reports whether the recording is a sanitized export. The choice exists
// since Chromium 130; a page that hides its browser's version may be any.
func (r *removal) found(from *creator) bool {
	const since = 130
	return from.isDevTools() && !r.intact && (r.major == 0 || r.major >= since) &&
		(r.shortBytes > 0 || r.sign != "")
}

// note says what is missing and how to get it.
func (r *removal) note() exchange.Note {
	what := fmt.Sprintf("is a sanitized export: entry %d lists %d bytes of fields less than it had",
		r.short, r.shortBytes)
	if r.shortBytes == 0 {
		what = fmt.Sprintf("looks like a sanitized export: no message has a cookie, although entry %d %s",
			r.signEntry, r.sign)
	}
	fact := "the recording " + what + "; Cookie, Set-Cookie and Authorization are removed from every message"
	return exchange.Note{Code: exchange.NoteSanitized, Fact: fact, Text: fact +
		`; to get the full one, open DevTools Settings (F1) → Preferences → Network, tick` +
		` "Allow to generate HAR with sensitive data", record the login again, hold the mouse button down on the` +
		` download icon of the Network panel and choose "Export HAR (with sensitive data)"`}
}

// chromiumMajor is the major version in a User-Agent, 0 if there is none.
func chromiumMajor(userAgent string) int {
	_, version, _ := strings.Cut(userAgent, "Chrome/")
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}

// missingBytes is by how much the heads are shorter than recorded. measured is
// true if both could be told.
func missingBytes(e *entry, x *exchange.Exchange) (missing int, measured bool) {
	if e.fromCache != "" || x.Response == nil {
		return 0, false
	}
	target := x.Request.URL.Path
	if x.Request.URL.RawQuery != "" {
		target += "?" + x.Request.URL.RawQuery
	}
	first := x.Request.Method + " " + target + " " + x.Request.Proto
	inRequest, okRequest := shortOf(e.request.headersSize, first, "", x.Request.Fields)
	first = fmt.Sprintf("%s %d %s", x.Response.Proto, x.Response.Status, x.Response.Reason)
	inResponse, okResponse := shortOf(e.response.headersSize, first, "\r\n", x.Response.Fields)
	if x.Response.Status == 304 { // the fields are those of the stored response
		inResponse, okResponse = 0, false
	}
	return inRequest + inResponse, okRequest && okResponse
}

// shortOf compares the recorded size of a head with its lines. DevTools counts
// the empty line at the end for responses only. A few bytes may be white space
// that was not recorded: the shortest field worth removing is longer.
func shortOf(size number, first, end string, fields exchange.Fields) (missing int, ok bool) {
	const shortest = len("Cookie: =\r\n")
	version := strings.ToUpper(first)
	if !size.known || fields.Incomplete || !strings.Contains(version, "HTTP/1.") {
		return 0, false
	}
	sum := utf8.RuneCountInString(first+end) + len("\r\n")
	for _, line := range fields.Lines {
		sum += utf8.RuneCountInString(line.Name) + utf8.RuneCountInString(line.Value) + len(": \r\n")
	}
	difference := int(min(size.value, 1<<30)) - sum
	switch {
	case difference >= shortest:
		return difference, true
	case difference <= -shortest:
		return 0, false // counted in a way we do not know
	}
	return 0, true
}

// cookieSign words what shows that cookies were in use in an exchange; empty if
// nothing does. A posted form is known by its names even if nobody wants bodies.
func cookieSign(e *entry, x *exchange.Exchange) string {
	request := &x.Request
	for _, name := range [...]string{"X-XSRFToken", "X-CSRFToken", "X-CSRF-Token"} {
		if request.Fields.First(name) != "" {
			return "sends " + name
		}
	}
	switch {
	case isTokenForm([]byte(request.URL.RawQuery)), isTokenForm(request.Body.Bytes),
		slices.ContainsFunc(e.request.post.params.pairs, param.isToken):
		return "posts a token against cross-site requests"
	case strings.Contains(request.URL.Path, "/hub/"):
		return "belongs to a JupyterHub"
	case x.Response == nil:
		return ""
	}
	return responseSign(request, x.Response)
}

func responseSign(request *exchange.Request, response *exchange.Response) string {
	switch {
	case strings.Contains(strings.ToLower(response.Fields.First("Vary")), "cookie"):
		return "was answered with Vary: Cookie"
	case isTokenForm(response.Body.Bytes):
		return "shows a form with a token against cross-site requests"
	case response.Status == 101 && strings.Contains(request.URL.Path, "/api/kernels/"):
		return "opened a kernel channel"
	case request.Method == "POST" && response.Status == 302:
		return "is a form that was answered with a redirect"
	}
	return ""
}

func (p param) isToken() bool { return isTokenForm([]byte(p.name)) }

// isTokenForm looks for the usual names of form tokens that belong to a cookie.
func isTokenForm(text []byte) bool {
	for _, name := range [...]string{"_xsrf", "csrf_token", "csrfmiddlewaretoken", "authenticity_token"} {
		if bytes.Contains(text, []byte(name)) {
			return true
		}
	}
	return false
}

// SPDX-License-Identifier: Apache-2.0

// Package redirects follows clients from one address to the next: where an answer
// sent them, what came of it, and whether somebody on the way changed the path or did
// not know that the client speaks https.
//
// It says what happened. Which setting is wrong is the business of package causes.
package redirects

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Address is the target of a request or of a redirect. Scheme and Host are empty where
// that is not known, or a redirect names a path alone. Query may hold secrets.
type Address struct{ Scheme, Host, Path, Query string }

// Visit is one request and its answer, reduced.
type Visit struct {
	Ref               exchange.Ref // of the answer, if there is one
	Started, Answered time.Time
	Client, Server    exchange.Endpoint
	Method            string
	To                Address
	Agent             string
	Signature         string // Server field of the answer
	Status            int    // 0 without an answer

	// Location is where a redirect leads; zero without one.
	Location Address

	// ByHub is Known if the answer bears a Hub's version, and Absent if it bears none.
	ByHub exchange.Knowledge

	// Prefix is what the Hub takes for its base URL, if the answer shows that: "/" or
	// "/jupyter/".
	Prefix string

	// Told is the scheme of which a proxy told, and ToldState whether any did.
	Told      string
	ToldState exchange.Knowledge

	SetsCookie exchange.Knowledge
	Forwarded  bool // a field says on whose behalf the request is sent

	// Of a line of a log: whose log it is, and the server that it says to have been asked.
	Program  exchange.Program
	PassedTo string
}

// longest is more than any path or query of a login takes.
const longest = 2048

// Matters reports whether an exchange can be part of a chain of redirects, or its end.
func Matters(x *exchange.Exchange) bool {
	if len(x.Request.URL.Path) > longest || len(x.Request.URL.RawQuery) > longest || !strings.HasPrefix(x.Request.URL.Path, "/") {
		return false
	}
	if x.Response == nil {
		return x.Request.URL.Scheme == "http" // where a redirect from https may have led
	}
	return x.Response.Status == 404 || isRedirect(x)
}

func isRedirect(x *exchange.Exchange) bool {
	switch x.Response.Status {
	case 301, 302, 303, 307, 308:
		return location(x) != Address{}
	}
	return false
}

// WantResponse says whose contents NewVisit reads: the page of a 404 shows whose it is.
func WantResponse(_ *exchange.Request, s *exchange.Response) bool { return s.Status == 404 }

// NewVisit reduces an exchange.
func NewVisit(x *exchange.Exchange) *Visit {
	v := &Visit{
		Ref: x.Ref, Started: x.Started, Answered: x.Answered, Client: x.Client, Server: x.Server, Method: x.Request.Method,
		To:    Address{x.Request.URL.Scheme, x.Request.URL.Host, x.Request.URL.Path, x.Request.URL.RawQuery}.own(),
		Agent: clipped(x.Request.Fields.First("User-Agent")),
	}
	v.readTold(x.Request.Fields)
	if x.Logged != nil {
		v.Program, v.PassedTo = x.Logged.Program, clipped(x.Logged.PassedTo)
	}
	if x.Response == nil {
		return v
	}
	if x.Response.Ref.Capture != nil {
		v.Ref = x.Response.Ref
	}
	v.Status, v.Location, v.Signature = x.Response.Status, location(x), clipped(x.Response.Fields.First("Server"))
	_, v.SetsCookie = x.Response.Fields.Get("Set-Cookie")
	_, v.ByHub = x.Response.Fields.Get("X-JupyterHub-Version")
	if x.Logged != nil && x.Logged.Program == exchange.ProgramJupyterHub {
		v.ByHub = exchange.Known
	}
	v.Prefix = prefixOf(x.Response)
	return v
}

// readTold reads of which scheme a proxy told. configurable-http-proxy adds its own
// view behind that of others, so the first one counts here.
func (v *Visit) readTold(fields exchange.Fields) {
	v.ToldState = exchange.Absent
	for _, name := range []string{"X-Scheme", "X-Forwarded-Proto"} {
		switch value, state := fields.Get(name); {
		case state == exchange.Known:
			first, _, _ := strings.Cut(value, ",")
			v.Told, v.ToldState = strings.ToLower(strings.TrimSpace(first)), state
		case state == exchange.Unknown && v.ToldState == exchange.Absent:
			v.ToldState = state
		}
	}
	v.Forwarded = fields.First("X-Forwarded-For") != "" || fields.First("X-Real-IP") != ""
}

// location is where an answer leads. A log may tell of it beside the fields.
func location(x *exchange.Exchange) Address {
	raw := x.Response.Fields.First("Location")
	if raw == "" && x.Logged != nil {
		raw = x.Logged.Location
	}
	target, err := url.Parse(raw)
	if err != nil || len(raw) > longest || raw == "" {
		return Address{}
	}
	return Address{target.Scheme, target.Host, target.Path, target.RawQuery}.own()
}

// own is the address without the buffer that its parts were read into.
func (a Address) own() Address {
	return Address{strings.Clone(a.Scheme), strings.Clone(a.Host), strings.Clone(a.Path), strings.Clone(a.Query)}
}

// A Hub names its own prefix in the policy of every answer, and in the script of every
// page (JupyterHub 4.1.6 and 5.5.4, handlers/base.py, content_security_policy, and
// templates/page.html).
var (
	policyPrefix = regexp.MustCompile(`report-uri (/(?:[^\s;]*/)?)hub/security/csp-report`)
	scriptPrefix = regexp.MustCompile(`base_url:\s*"(/(?:[^"\s]*/)?)hub/"`)
)

func prefixOf(r *exchange.Response) string {
	if m := policyPrefix.FindStringSubmatch(r.Fields.First("Content-Security-Policy")); m != nil && len(m[1]) <= longest {
		return strings.Clone(m[1])
	}
	if r.Body.State == exchange.Known {
		if m := scriptPrefix.FindSubmatch(r.Body.Bytes); m != nil && len(m[1]) <= longest {
			return string(m[1])
		}
	}
	return ""
}

func clipped(s string) string {
	return strings.Clone(s[:min(len(s), 512)])
}

// SPDX-License-Identifier: Apache-2.0

// Package login finds login attempts among exchanges. Each exchange that matters
// is reduced to a Step; a submitted form and the page it came from make an
// Attempt, tied by the token they share and not by time alone.
//
// It says what happened, and what became of the login. Why it failed is the
// business of package causes.
package login

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Token is an _xsrf value that was seen at one place, decoded if it can be.
type Token struct {
	Raw  string
	XSRF token.XSRF
	Err  error // why XSRF is empty; nil when it was decoded
}

func newToken(raw string) Token {
	x, err := token.DecodeXSRF(raw)
	return Token{raw, x, err}
}

// IsZero reports whether there is no token at all.
func (t Token) IsZero() bool { return t.Raw == "" }

// Same reports whether two values are copies of one token, as the Hub compares a
// cookie with a form: as text from 4.1 on, unmasked before.
func (t Token) Same(other Token) bool { return t.copies() == other.copies() }

// copies is equal for all copies of one token: its text, or what tornado's own
// scheme masks anew in every copy.
func (t Token) copies() string {
	if t.Err == nil && !t.XSRF.IsSigned() {
		return hex.EncodeToString(t.XSRF.Secret)
	}
	return t.Raw
}

// SetToken is an _xsrf value that a response sets as a cookie.
type SetToken struct {
	Token
	Path     string
	Secure   bool
	MaxAge   int
	SameSite http.SameSite // 0 where the cookie does not say

	Partitioned bool // kept for each page around a frame apart (CHIPS)
}

// Step is one exchange of a login, reduced to what a decision needs. It keeps no
// body and no credential.
type Step struct {
	Ref  exchange.Ref
	Time time.Time // when the request began, on the capture's clock

	Method, Path, Host, Scheme string
	ClientAddress              string // the peer of the server
	ServerAddress              string
	Client, Server             exchange.Endpoint

	// Logged is the client's address as the application's own log has it; "" without.
	Logged  string
	fromHub bool // its log says so

	fromApplicationsLog bool

	// Sighting is this place's part in the path of the request.
	Sighting *hops.Sighting

	// Seen are all sightings of the request in all captures, this one included,
	// outermost first; Hops are the hops they show. Both are set by Assemble.
	Seen []*Step
	Hops hops.Path

	alone *Step // see Alone

	// Forwarding are the fields that name a client to the next hop.
	Forwarding exchange.Fields

	UserAgent      string
	UserAgentState exchange.Knowledge

	// Frame is what the browser says of where it shows the answer.
	Frame Frame

	// Form is the token in the content or the query of the request, or in a
	// field that stands in for it. FormState is Absent only if every place
	// where it could be was seen to lack it.
	Form      Token
	FormState exchange.Knowledge

	// FormWhole says that the content is as long as its Content-Length field says,
	// so that nothing was taken out of it after it was sent.
	FormWhole bool

	// Posted says that the content was seen to hold something, and OfPage that a page
	// sent the request, by its Origin or Referer.
	Posted, OfPage bool

	// Cookies are all the _xsrf cookies sent, in order. CookieLine says that there
	// was a Cookie field, whatever was in it.
	Cookies      []Token
	CookiesState exchange.Knowledge
	CookieLine   bool
	SessionSent  bool // a login cookie of the Hub was sent

	// SessionID is whether the Hub's session cookie was sent: the one that it ties its
	// forms to.
	SessionID exchange.Knowledge

	// Rejected is the line in which the Hub's own log says that it does not let in the
	// user of this very request; nil without one.
	Rejected *exchange.Statement

	// LoginFailed is the line in which that log says that the login failed, nil without
	// one, and MayBeRejected that a line on a user who is not let in may be of this
	// request.
	LoginFailed   *exchange.Statement
	MayBeRejected bool

	Answered   bool
	AnsweredAt time.Time // zero when not known
	NoResponse string    // why there is no answer
	Ended      *exchange.Ended
	Status     int
	Date       time.Time // the answer's Date field: the server's clock
	Location   string    // path of the redirect target, without its query
	HubVersion string    // X-JupyterHub-Version
	Signature  string    // Server field, hostile text

	// Set are the _xsrf cookies that the answer sets.
	Set      []SetToken
	SetState exchange.Knowledge

	// SessionSet says that the answer sets the Hub's login cookie.
	SessionSet bool

	// FromCache names the field that says that a cache gave this answer.
	FromCache string

	Page      token.Page
	PageState exchange.Knowledge
	PageCut   bool // Page is read from the beginning of the content only
}

// NewStep reduces an exchange.
func NewStep(x *exchange.Exchange) *Step {
	s := &Step{
		Ref: x.Ref, Time: x.Started, AnsweredAt: x.Answered,
		ClientAddress: x.Client.Address, ServerAddress: x.Server.Address, Client: x.Client, Server: x.Server,
		Forwarding: forwarding(x.Request.Fields),
		Method:     x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		NoResponse: x.NoResponse, Ended: x.Ended,
	}
	s.UserAgent, s.UserAgentState = joined(x.Request.Fields, "User-Agent")
	s.Frame = newFrame(x.Request.Fields)
	s.OfPage = x.Request.Fields.First("Origin") != "" || x.Request.Fields.First("Referer") != ""
	s.readForm(&x.Request)
	s.readCookies(x.Request.Fields)
	if x.Response != nil {
		s.readResponse(x.Response)
		s.hidePosted(formContent(&x.Request))
	}
	if x.Logged != nil {
		s.readLog(x.Logged)
	}
	marks := s.marks()
	if port, ok := hops.PortMark(x); ok {
		marks = append(marks, port)
	}
	s.Sighting = hops.New(x, marks...)
	return s
}

// marks are the tokens of a step: nobody can guess them, and proxies hand them on
// as they are.
func (s *Step) marks() []hops.Mark {
	logged := hops.Mark{Kind: hops.LogMark, Value: s.logMark()}
	if s.IsLogged() {
		return []hops.Mark{logged}
	}
	page := newToken(s.Page.Token())
	var set Token
	if len(s.Set) > 0 {
		set = s.Set[len(s.Set)-1].Token
	}
	return []hops.Mark{
		logged,
		{Kind: "form", Value: s.Form.Raw, Fixed: true, Guessable: s.Form.Err != nil},
		// A cookie goes with many requests for pages, and from 5.3 on an answer may
		// repeat it.
		{Kind: "cookie", Value: s.cookieText(), Fixed: true, Guessable: s.Method == "GET" || !s.hasDecodedCookie()},
		{Kind: "set", Value: set.Raw, Fixed: true, Answer: true, Guessable: s.canRepeat(set)},
		{Kind: "page", Value: page.Raw, Fixed: true, Answer: true, Guessable: s.canRepeat(page)},
	}
}

// canRepeat reports whether other answers may hold the token, too.
func (s *Step) canRepeat(t Token) bool {
	return t.Err != nil || slices.ContainsFunc(s.Cookies, t.Same)
}

func (s *Step) hasDecodedCookie() bool {
	return slices.ContainsFunc(s.Cookies, func(t Token) bool { return t.Err == nil })
}

// forwardingFields name a client to the next hop.
var forwardingFields = []string{
	"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "x-scheme", "forwarded",
}

// forwarding keeps the fields that say whom a request is sent on for.
func forwarding(fields exchange.Fields) exchange.Fields {
	kept := exchange.Fields{Incomplete: fields.Incomplete, Origin: fields.Origin}
	for _, line := range fields.Lines {
		if slices.Contains(forwardingFields, strings.ToLower(line.Name)) {
			kept.Lines = append(kept.Lines, line)
		}
	}
	return kept
}

// clipped keeps a value of the wire from filling a report.
func clipped(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// joined puts repeated lines together as tornado does (httputil.HTTPHeaders).
func joined(fields exchange.Fields, name string) (string, exchange.Knowledge) {
	values, state := fields.Values(name)
	return strings.Join(values, ","), state
}

func (s *Step) readResponse(r *exchange.Response) {
	s.Answered, s.Status = true, r.Status
	s.HubVersion = clipped(r.Fields.First("X-JupyterHub-Version"), 32)
	s.Signature = r.Fields.First("Server")
	if date, err := http.ParseTime(r.Fields.First("Date")); err == nil {
		s.Date = date
	}
	if target, err := url.Parse(r.Fields.First("Location")); err == nil {
		s.Location = target.Path
	}
	s.readSetCookies(r.Fields)
	s.FromCache = cacheMark(r.Fields)
	if r.Body.State == exchange.Known {
		s.Page, s.PageState, s.PageCut = token.ReadPage(r.Body.Bytes), exchange.Known, r.Body.Truncated
	}
}

// cacheMark returns the field that says that a cache gave the answer, or "".
func cacheMark(fields exchange.Fields) string {
	if age := fields.First("Age"); age != "" && age != "0" {
		return "Age: " + age
	}
	for _, name := range []string{"X-Cache", "X-Cache-Status", "CF-Cache-Status", "X-Proxy-Cache"} {
		if value := fields.First(name); strings.Contains(strings.ToUpper(value), "HIT") {
			return name + ": " + value
		}
	}
	return ""
}

// SPDX-License-Identifier: Apache-2.0

// Package flasklogin follows the login forms that Flask-WTF protects, as that of
// Airflow's FAB auth manager: which answer gave the form and its session out, and which
// request brought both back and was refused.
//
// It says what happened. Why the session was not found is the business of package
// causes; tokens that a login gives out are that of package bearer.
package flasklogin

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The names by which Flask and Flask-WTF go unless they are told otherwise (Flask 2 and
// 3, SESSION_COOKIE_NAME; Flask-WTF 1, WTF_CSRF_FIELD_NAME).
const (
	sessionCookie = "session"
	csrfField     = "csrf_token"
)

// AirflowLogin is the path of the form of Airflow's FAB auth manager (Airflow 3).
const AirflowLogin = "/auth/login/"

// Session is a session cookie as it stood.
type Session struct {
	token.Flask
	Raw    string
	Cookie *http.Cookie // what it was set with; nil where it was sent
}

// Step is the page with the form, or its submission, reduced to what a decision needs.
// It keeps no content and nothing that a user typed.
type Step struct {
	Ref                        exchange.Ref
	Time, AnsweredAt           time.Time
	Method, Path, Host, Scheme string
	UserAgent                  string

	// Sighting is this place's part in the path of the request. Seen are all sightings
	// of it, outermost first, and Hops their path; both are set by Assemble.
	Sighting *hops.Sighting
	Seen     []*Step
	Hops     hops.Path

	// Token is the CSRF token of the page or of the form, TokenRaw its text. TokenState
	// is Absent only if the whole form was seen to lack it.
	Token      token.Flask
	TokenRaw   string
	TokenState exchange.Knowledge

	// Sent are the session cookies that came with the request.
	Sent      []Session
	SentState exchange.Knowledge
	Set       *Session // by the answer

	Status int
	Reason string // Flask-WTF's own sentence, in the answer or in the log
	Said   []exchange.Statement
	bySaid bool // Reason is that of a log
}

// IsPage reports whether the step is a page with a form, and not a submission.
func (s *Step) IsPage() bool { return s.Method == http.MethodGet || s.Method == http.MethodHead }

// Matters reports whether an exchange can be a step.
func Matters(x *exchange.Exchange) bool {
	if !isLogin(x.Request.URL.Path) {
		return false
	}
	if x.Request.Method == http.MethodGet {
		return x.Response != nil && x.Response.Status == 200 && bytes.Contains(x.Response.Body.Bytes, []byte(csrfField))
	}
	if x.Request.Method != http.MethodPost || x.Response == nil {
		return false
	}
	return x.Response.Status == 400 && (reasonIn(x.Response.Body.Bytes) != "" || x.Logged != nil)
}

// isLogin reports whether a path is that of a login form: /auth/login/ of Airflow,
// /login/ of Flask-AppBuilder and of many others.
func isLogin(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, "/"), "/login")
}

// WantRequest says which contents NewStep reads, for an exchange.BodyPolicy.
func WantRequest(r *exchange.Request) bool { return r.Method == http.MethodPost && isLogin(r.URL.Path) }

// WantResponse is described with WantRequest.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	return isLogin(r.URL.Path) && strings.Contains(s.Body.MediaType, "html")
}

// NewStep reduces an exchange.
func NewStep(x *exchange.Exchange) *Step {
	s := &Step{
		Ref: x.Ref, Time: x.Started, AnsweredAt: x.Answered,
		Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		UserAgent: x.Request.Fields.First("User-Agent"),
	}
	s.readCookies(x.Request.Fields)
	if x.Response != nil {
		s.Status = x.Response.Status
		s.readSetCookie(x.Response.Fields)
		s.Reason = reasonIn(x.Response.Body.Bytes)
	}
	if s.IsPage() {
		s.readPage(x.Response)
	} else {
		s.readForm(&x.Request)
	}
	if x.Logged != nil {
		s.hear(x.Logged.Said)
	}
	marks := s.marks()
	if port, ok := hops.PortMark(x); ok {
		marks = append(marks, port)
	}
	s.Sighting = hops.New(x, marks...)
	return s
}

// hear takes what a log says against the form.
func (s *Step) hear(said []exchange.Statement) {
	for _, statement := range said {
		if statement.Code == exchange.SaidCSRFRefused {
			s.Said = append(s.Said, statement)
			if s.Reason == "" && !statement.Shared {
				s.Reason, s.bySaid = statement.Values.Reason, true
			}
		}
	}
}

// marks: the text of a form's token changes each second, and goes from one page to one
// submission.
func (s *Step) marks() []hops.Mark {
	var marks []hops.Mark
	if s.TokenRaw != "" {
		marks = append(marks, hops.Mark{Kind: "csrf", Value: s.TokenRaw, Fixed: true})
	}
	if s.Set != nil {
		marks = append(marks, hops.Mark{Kind: "session", Value: s.Set.Raw, Fixed: true, Guessable: true})
	}
	return marks
}

func newSession(value string, cookie *http.Cookie) Session {
	session := Session{Raw: value}
	session.Flask, _ = token.ParseFlask(value) // a value of another kind stays as it is
	if cookie != nil {
		kept := *cookie
		kept.Value, kept.Raw = "", ""
		session.Cookie = &kept
	}
	return session
}

func (s *Step) readCookies(fields exchange.Fields) {
	lines, state := fields.Values("Cookie")
	s.SentState = state
	for _, line := range lines {
		cookies, err := http.ParseCookie(line)
		if err != nil {
			s.SentState = exchange.Unknown
			continue
		}
		for _, cookie := range cookies {
			if cookie.Name == sessionCookie {
				s.Sent = append(s.Sent, newSession(cookie.Value, nil))
			}
		}
	}
	if s.SentState == exchange.Known && len(s.Sent) == 0 {
		s.SentState = exchange.Absent
	}
}

func (s *Step) readSetCookie(fields exchange.Fields) {
	lines, _ := fields.Values("Set-Cookie")
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		if err == nil && cookie.Name == sessionCookie && cookie.Value != "" {
			session := newSession(cookie.Value, cookie)
			s.Set = &session
		}
	}
}

// readPage takes the token out of the page's hidden input.
func (s *Step) readPage(r *exchange.Response) {
	if r != nil && r.Body.State == exchange.Known {
		s.take(token.HiddenInput(r.Body.Bytes, csrfField))
	}
}

func (s *Step) readForm(r *exchange.Request) {
	content := r.Body.Bytes
	form, err := url.ParseQuery(string(content))
	switch {
	case r.Body.State != exchange.Known || r.Body.Truncated || err != nil || len(content) == 0:
	case form.Get(csrfField) != "":
		s.take(form.Get(csrfField))
	default:
		s.TokenState = exchange.Absent
	}
}

func (s *Step) take(value string) {
	if t, err := token.ParseFlask(value); err == nil {
		s.Token, s.TokenRaw, s.TokenState = t, value, exchange.Known
	}
}

// SPDX-License-Identifier: Apache-2.0

// Package djangologin follows the submissions of Django's login forms, above all those that
// its CSRF check refused: what the browser said of where the form came from, and what Django
// was told.
//
// It says what happened. Why the check failed is the business of package causes.
package djangologin

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// The names by which Django goes unless it is told otherwise (Django 4 and 5,
// CSRF_COOKIE_NAME; middleware/csrf.py).
const (
	csrfCookie = "csrftoken"
	csrfField  = "csrfmiddlewaretoken"
)

// Step is the submission of a form, reduced to what a decision needs. It keeps no content
// and nothing that a user typed.
type Step struct {
	Ref                        exchange.Ref
	Time                       time.Time
	Method, Path, Host, Scheme string
	UserAgent                  string

	// Sighting is this place's part in the path of the request. Seen are all sightings
	// of it, outermost first, and Hops their path; both are set by Assemble.
	Sighting *hops.Sighting
	Seen     []*Step
	Hops     hops.Path

	// Origin is what the browser says of where the form came from, Asked the host that the
	// request was for, and Proto what proxies say of its scheme.
	Origin, Asked, Proto     string
	OriginState, ProtoState  exchange.Knowledge
	Cookie, Form             token.Django
	CookieState, TokenStated exchange.Knowledge

	Status  int
	Taken   bool   // the answer begins a session
	Refused bool   // the page says that the CSRF check failed
	Reason  string // Django's own words, in its log or, with DEBUG, in the page
	Said    []exchange.Statement
}

// Matters reports whether an exchange can be a step: a form that was refused, or one with
// Django's token that was taken.
func Matters(x *exchange.Exchange) bool {
	if !isLogin(&x.Request) || x.Response == nil {
		return false
	}
	if x.Response.Status == http.StatusForbidden {
		return x.Logged != nil || isRefusal(x.Response.Body.Bytes)
	}
	return isTaken(x)
}

// isTaken reports whether a form with Django's token was answered with a session
// (SESSION_COOKIE_NAME) and a redirect. A wrong password gives the form again.
func isTaken(x *exchange.Exchange) bool {
	if x.Response.Status != http.StatusFound || !bytes.Contains(x.Request.Body.Bytes, []byte(csrfField+"=")) {
		return false
	}
	lines, _ := x.Response.Fields.Values("Set-Cookie")
	return slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "sessionid=") })
}

func isLogin(r *exchange.Request) bool {
	return r.Method == http.MethodPost && strings.Contains(strings.ToLower(r.URL.Path), "login")
}

// isRefusal reports whether a page is that of Django's check (views/csrf.py), in English:
// its title is not translated.
func isRefusal(page []byte) bool {
	return bytes.Contains(page, []byte("<title>403 Forbidden</title>")) && bytes.Contains(page, []byte("CSRF"))
}

// WantRequest says which contents NewStep reads, for an exchange.BodyPolicy.
func WantRequest(r *exchange.Request) bool { return isLogin(r) }

// WantResponse is described with WantRequest.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	return isLogin(r) && s.Status == http.StatusForbidden && strings.Contains(s.Body.MediaType, "html")
}

// NewStep reduces an exchange.
func NewStep(x *exchange.Exchange) *Step {
	fields := x.Request.Fields
	s := &Step{
		Ref: x.Ref, Time: x.Started, Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		UserAgent: fields.First("User-Agent"), Asked: fields.First("Host"), Status: x.Response.Status,
		Taken: isTaken(x), Refused: isRefusal(x.Response.Body.Bytes),
	}
	s.Origin, s.OriginState = fields.Get("Origin")
	s.Proto, s.ProtoState = fields.Get("X-Forwarded-Proto")
	s.readCookie(fields)
	s.readForm(&x.Request)
	if x.Logged != nil {
		s.hear(x.Logged.Said)
	}
	var marks []hops.Mark
	if port, ok := hops.PortMark(x); ok {
		marks = append(marks, port)
	}
	s.Sighting = hops.New(x, marks...)
	return s
}

func (s *Step) hear(said []exchange.Statement) {
	for _, statement := range said {
		if statement.Code == exchange.SaidFormForbidden && !statement.Shared && statement.Values.Target == s.Path {
			s.Said = append(s.Said, statement)
			s.Reason = statement.Values.Reason
		}
	}
}

func (s *Step) readCookie(fields exchange.Fields) {
	lines, state := fields.Values("Cookie")
	if state == exchange.Known {
		state = exchange.Absent
	}
	s.CookieState = state
	for _, line := range lines {
		cookies, _ := http.ParseCookie(line)
		for _, cookie := range cookies {
			if cookie.Name == csrfCookie {
				s.Cookie, _ = token.ParseDjango(cookie.Value)
				s.CookieState = exchange.Known
			}
		}
	}
}

func (s *Step) readForm(r *exchange.Request) {
	form, err := url.ParseQuery(string(r.Body.Bytes))
	if r.Body.State != exchange.Known || r.Body.Truncated || err != nil {
		return
	}
	s.TokenStated = exchange.Absent
	if value := form.Get(csrfField); value != "" {
		s.Form, _ = token.ParseDjango(value)
		s.TokenStated = exchange.Known
	}
}

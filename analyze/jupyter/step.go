// SPDX-License-Identifier: Apache-2.0

// Package jupyter follows visits to JupyterLab: which answer held the server's token,
// which requests showed it and how they were answered, and what became of the fields
// Authorization, Host and Upgrade from hop to hop.
//
// It says what happened. Why a page could not work is the business of package causes.
// Servers that a JupyterHub has started log people in otherwise and are left out.
package jupyter

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Kind is what a request is for.
type Kind string

// The kinds of request.
const (
	Page   Kind = "page"   // a page of JupyterLab's
	API    Kind = "api"    // what the page's script asks for
	Socket Kind = "socket" // a WebSocket that it opens
	Form   Kind = "form"   // Jupyter's own login form
)

// Step is one exchange with a Jupyter server, reduced to what a decision needs. It
// keeps no content.
type Step struct {
	Ref                                exchange.Ref
	AnswerRef                          exchange.Ref
	Time                               time.Time
	Method, Path, Target, Host, Scheme string // Target is the path with the query
	UserAgent                          string
	Kind                               Kind

	// Sighting is this place's part in the path of the request. Seen are all sightings
	// of it, outermost first, and Hops their path; both are set by Assemble.
	Sighting *hops.Sighting
	Seen     []*Step
	Hops     hops.Path

	// Auth is what the Authorization field holds; of a token in the query, QueryToken.
	Auth       Auth
	QueryToken string

	Origin  string // the site of the page that asks; "" if not said or not known
	Referer string // the page that asks, without its query; or its site alone
	Key     bool   // whether the request has the key that a browser sends for a WebSocket

	Status    int    // 0: no answer was captured
	Challenge string // the scheme that a 401 asks for, in lower case
	Detail    string // the answer's own words
	Tornado   bool   // the answer is signed by tornado, on which Jupyter Server is built
	Config    *Config

	// Said are what the server wrote into its log about the request, and Logged which
	// program's log the step is from.
	Said   []exchange.Statement
	Logged exchange.Program

	loginCookie, upgrade bool
}

// Matters reports whether an exchange can be a step.
func Matters(x *exchange.Exchange) bool {
	_, ok := kindOf(x)
	return ok
}

// NewStep reduces an exchange, which must matter.
func NewStep(x *exchange.Exchange) *Step {
	kind, _ := kindOf(x)
	fields := x.Request.Fields
	s := &Step{
		Ref: x.Ref, AnswerRef: x.Ref, Time: x.Started, Method: x.Request.Method, Path: x.Request.URL.Path,
		Target: target(x.Request.URL), Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		UserAgent: fields.First("User-Agent"), Kind: kind,
		Auth: authOf(fields), QueryToken: queryToken(x.Request.URL.RawQuery), loginCookie: hasLoginCookie(fields),
		Origin: clip(fields.First("Origin")), Referer: referer(fields), upgrade: strings.EqualFold(strings.TrimSpace(fields.First("Upgrade")), "websocket"),
		Key: fields.First("Sec-Websocket-Key") != "",
	}
	if x.Logged != nil {
		s.Said, s.Logged = x.Logged.Said, x.Logged.Program
	}
	if x.Response != nil {
		s.readAnswer(x.Response)
	}
	s.Sighting = hops.New(x, s.marks(x)...)
	return s
}

func (s *Step) readAnswer(r *exchange.Response) {
	s.Status = r.Status
	if r.Ref.Capture != nil {
		s.AnswerRef = r.Ref
	}
	s.Tornado = isTornado(r.Fields.First("Server"))
	if r.Status == 401 {
		s.Challenge = scheme(r.Fields.First("WWW-Authenticate"))
	}
	if r.Body.State != exchange.Known {
		return
	}
	if r.Status == 200 {
		s.Config = readConfig(r.Body.Bytes)
	} else {
		s.Detail = words(r.Body.Bytes)
	}
}

// marks tell requests apart: the script puts the time into each that it sends, and
// each page has another tag.
func (s *Step) marks(x *exchange.Exchange) []hops.Mark {
	var marks []hops.Mark
	if stamped(s.Target) && (x.Logged == nil || !x.Logged.Scrubbed) {
		marks = append(marks, hops.Mark{Kind: "target", Value: clip(s.Target[strings.LastIndexByte(s.Path, '/')+1:]), Fixed: true})
	}
	if s.Kind == Page && x.Response != nil {
		marks = append(marks, hops.Mark{Kind: "etag", Value: clip(x.Response.Fields.First("Etag")), Fixed: true})
	}
	if s.Auth.Token != "" {
		marks = append(marks, hops.Mark{Kind: "token", Value: s.Auth.Token, Guessable: true})
	}
	return marks
}

// Refused reports whether what the page asked for was refused, for whatever reason.
func (s *Step) Refused() bool {
	switch s.Status {
	case 401, 403:
		return true
	case 400:
		return s.Kind == Socket
	case 404:
		return s.Kind == Socket || s.Foreign()
	}
	return false
}

// Taken reports whether a request got what it asked for.
func (s *Step) Taken() bool {
	return s.Status == 101 || s.Kind != Socket && (s.Status >= 200 && s.Status < 300 || s.Status == 304)
}

// OriginSaid is the line in which the server says that it blocked the request for
// its Origin; nil if there is none.
func (s *Step) OriginSaid() *exchange.Statement {
	for _, seen := range s.All() {
		for i := range seen.Said {
			if seen.Said[i].Code == exchange.SaidOriginBlocked {
				return &seen.Said[i]
			}
		}
	}
	return nil
}

// All are the sightings of a request, outermost first.
func (s *Step) All() []*Step {
	if len(s.Seen) == 0 {
		return []*Step{s}
	}
	return s.Seen
}

// Outermost and Innermost are the sightings at the ends of the path, without lines of
// logs if anything else was seen.
func (s *Step) Outermost() *Step { return s.onWire(0, 1) }

// Innermost is the sighting that is nearest to the server.
func (s *Step) Innermost() *Step { return s.onWire(len(s.All())-1, -1) }

func (s *Step) onWire(at, step int) *Step {
	all := s.All()
	for i := at; i >= 0 && i < len(all); i += step {
		if !all[i].Ref.HasLine {
			return all[i]
		}
	}
	return all[at]
}

// Seeing is the first sighting of a request that shows something; nil if none does.
func (s *Step) Seeing(is func(*Step) bool) *Step {
	for _, seen := range s.All() {
		if is(seen) {
			return seen
		}
	}
	return nil
}

// At is the best sighting of a hop, as a step; nil if it is the line of a log.
func (s *Step) At(hop int) *Step {
	for _, sighting := range s.Hops[hop].Sightings {
		for _, seen := range s.Seen {
			if seen.Sighting == sighting && !seen.Ref.HasLine {
				return seen
			}
		}
	}
	return nil
}

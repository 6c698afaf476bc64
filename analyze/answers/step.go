// SPDX-License-Identifier: Apache-2.0

// Package answers finds out who made an answer: the application that the request was
// for, or somebody on the way to it.
//
// A proxy that answers by itself gives itself away in three ways. Its own log says so;
// or it was seen to take the request in and not to hand it on; or the page is one that
// it writes. The first two are proof, the third says what program it is and not where.
// Nothing is concluded from what was not captured.
//
// Why a proxy answered by itself is the business of package causes.
package answers

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Step is one exchange, reduced to what tells who made its answer. It keeps no body
// and no credential.
type Step struct {
	Ref  exchange.Ref
	Time time.Time

	Method, Path, Host string
	Part               Part
	Client, Server     exchange.Endpoint
	Status             int // 0: no answer was seen
	UserAgent          string

	// Application is the sign by which an application that made the answer shows, such
	// as a field of its own; "" if there is none.
	Application string

	// Page is the program whose own page the answer holds; its Name is "" if none was
	// recognised.
	Page party.Guess

	// Told is what that page says beside its status, for the causes that it names.
	Told Told

	// HeadLength is how many bytes the request's head has in HTTP/1.1; 0 is unknown.
	HeadLength int

	// Log is what a log tells of the request; nil if the step is not from a log.
	Log *Log

	Sighting *hops.Sighting
}

// Log is what a log tells of who answered.
type Log struct {
	Program      exchange.Program
	Believed     string
	Termination  string
	PassedTo     string
	PassedStatus int
	AskedNobody  bool
	Said         []exchange.Statement
}

// NewStep reduces an exchange. Its sighting is handed in if there is one already.
func NewStep(x *exchange.Exchange, sighting *hops.Sighting) *Step {
	if sighting == nil {
		sighting = hops.New(x)
	}
	s := &Step{
		Ref: x.Ref, Time: x.Started, Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host,
		Part: PartOf(&x.Request), Client: x.Client, Server: x.Server, Sighting: sighting,
		UserAgent: clipped(x.Request.Fields.First("User-Agent")), HeadLength: headLength(&x.Request),
	}
	if l := x.Logged; l != nil {
		s.Log = &Log{
			Program: l.Program, Believed: l.Believed, Termination: l.Termination, PassedTo: l.PassedTo,
			PassedStatus: l.PassedStatus, AskedNobody: l.AskedNobody,
		}
		for _, said := range l.Said {
			if !said.Shared { // maybe of another request
				s.Log.Said = append(s.Log.Said, said)
			}
		}
	}
	if x.Response != nil {
		s.readAnswer(x.Response, x.Logged)
	}
	return s
}

func (s *Step) readAnswer(r *exchange.Response, l *exchange.Logged) {
	s.Status = r.Status
	s.Application = applicationSign(r.Fields, l)
	if r.Body.State != exchange.Known || r.Status < 400 {
		return
	}
	s.Told = toldBy(r.Body.Bytes)
	if s.bare(r) {
		s.Page = party.Guess{Name: party.CHP, Confidence: party.Likely, Signs: []party.Sign{{
			Where: party.InPage, Value: bareWords, Says: "the bare words of configurable-http-proxy, without a Content-Type", Confidence: party.Likely,
		}}}
		return
	}
	head := hops.Reduce(r.Fields)
	guess, ok := party.Recognize(party.Observation{AnswerOut: &head, OwnAnswer: true, OwnPage: r.Body.Bytes})
	if ok && onPage(guess) {
		s.Page = guess
	}
}

// bareWords are all that configurable-http-proxy answers when it does not reach the Hub,
// nor the Hub's page for that: no markup, no line end and no Content-Type (5.3.0,
// lib/configproxy.js, _handleProxyErrorDefault). nginx, HAProxy, Traefik and Envoy send
// one, and other words.
const bareWords = "Service Unavailable"

// bare reports whether an answer is these words. Any program on Node.js can answer so;
// in the place of a Hub it is likely the Hub's own proxy.
func (s *Step) bare(r *exchange.Response) bool {
	_, typed := r.Fields.Get("Content-Type")
	return r.Status == 503 && strings.Contains(s.Path, "/hub/") && typed == exchange.Absent && string(r.Body.Bytes) == bareWords
}

// onPage reports whether the content of the answer shows the program. Its fields do
// not: many proxies write their name into answers that they hand on, too.
func onPage(g party.Guess) bool {
	for _, sign := range g.Signs {
		if sign.Where == party.InPage {
			return true
		}
	}
	return false
}

// headLength counts the bytes of a request's head. HTTP/2 packs its fields, and some
// recorders leave lines out.
func headLength(r *exchange.Request) int {
	if r.Fields.Incomplete || len(r.Fields.Lines) == 0 || strings.HasPrefix(strings.ToLower(r.Proto), "h") && !strings.HasPrefix(strings.ToUpper(r.Proto), "HTTP/1") {
		return 0
	}
	const lineEnd = len("\r\n")
	n := len(r.Method) + len(" ") + len(r.URL.Path) + len("?") + len(r.URL.RawQuery) + len(" HTTP/1.1") + lineEnd
	for _, line := range r.Fields.Lines {
		n += len(line.Name) + len(": ") + len(line.Value) + lineEnd
	}
	return n + lineEnd
}

func clipped(s string) string { return s[:min(len(s), 200)] }

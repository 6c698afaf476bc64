// SPDX-License-Identifier: Apache-2.0

// Package hops puts together what several places saw of one request: which
// sightings are of the same request, in which order it passed them, who stood
// between two of them, and what each of these did to the fields that tell the
// application about its client.
//
// It knows nothing of logins and of tokens: callers give it marks, values that
// nobody can guess. It does not say whose fault anything is; see package causes.
package hops

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Sighting is one request, and its answer, as one place saw it.
type Sighting struct {
	Ref exchange.Ref

	Client, Server exchange.Endpoint
	TCP            exchange.TCP

	// Announced is what the PROXY protocol said of the connection; nil if nothing did.
	Announced *exchange.ProxyHeader

	// Time is when the request began and AnsweredAt when its answer did, on the
	// capture's clock; AnsweredAt is zero when no answer was seen.
	Time, AnsweredAt time.Time

	program  exchange.Program // whose log it is a line of
	keptBack bool             // a proxy's own log says that it answered by itself

	// Believed is the client's address that the application's own log names.
	Believed string

	Method, Path, Host string
	Scheme             string // "" where it does not show
	Proto              string
	Status             int // 0: no answer was seen

	// Head and AnswerHead are the fields, reduced by Reduce.
	Head, AnswerHead exchange.Fields

	Marks []Mark
}

// Mark is a value that tells a request from others.
type Mark struct {
	Kind, Value string

	// Fixed says that nobody on the way changes it, so that two sightings with
	// different values are of two requests.
	Fixed bool

	// Guessable says that other requests can have the same value by chance, so that
	// it ties nothing together across captures.
	Guessable bool

	// Answer says that the value came with the answer: a cache may give that to other
	// requests again, of other clients.
	Answer bool
}

// New reduces an exchange to a sighting. The ids that proxies give to requests are
// marks by themselves; more may be handed in.
func New(x *exchange.Exchange, marks ...Mark) *Sighting {
	s := &Sighting{
		Ref: x.Ref, Client: x.Client, Server: x.Server, TCP: x.TCP, Announced: x.Announced, Time: x.Started, AnsweredAt: x.Answered,
		Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme, Proto: x.Request.Proto,
		Head: Reduce(x.Request.Fields), Marks: append(idMarks(x.Request.Fields), marks...),
	}
	if x.Logged != nil {
		s.Believed, s.program = x.Logged.Believed, x.Logged.Program
		s.keptBack = x.Logged.AskedNobody || !strings.HasPrefix(x.Logged.Termination+"--", "--")
	}
	if x.Response != nil {
		s.Status, s.AnswerHead = x.Response.Status, Reduce(x.Response.Fields)
	}
	return s
}

// idMarks are the ids of a request that proxies hand on, or replace by their own.
func idMarks(head exchange.Fields) []Mark {
	var marks []Mark
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "Request-Id", "X-Amzn-Trace-Id", "Cf-Ray", "X-B3-Traceid", "Sec-Websocket-Key"} {
		if value := head.First(name); value != "" {
			marks = append(marks, Mark{Kind: name, Value: clip(value)})
		}
	}
	// W3C Trace Context, 3.2.2: each hop replaces the parent id, and keeps the trace id.
	if parts := strings.Split(head.First("Traceparent"), "-"); len(parts) == 4 && len(parts[1]) == 32 {
		marks = append(marks, Mark{Kind: "trace id", Value: parts[1]})
	}
	// Zipkin's single field is TRACE-SPAN-SAMPLED-PARENT, and the trace's id stays.
	if trace, _, ok := strings.Cut(head.First("B3"), "-"); ok && len(trace) >= 16 {
		marks = append(marks, Mark{Kind: "b3 trace id", Value: clip(trace)})
	}
	return marks
}

func clip(value string) string { return value[:min(len(value), mostValue)] }

// LogMark is the kind of a mark that ties the line of a log to a request. Other
// requests may well have the same, so it ties nothing else.
const LogMark = "log"

// mark returns the value of a kind, or "".
func (s *Sighting) mark(kind string) string {
	for _, m := range s.Marks {
		if m.Kind == kind {
			return m.Value
		}
	}
	return ""
}

// agrees reports whether nothing that was seen of both sightings differs that
// would not differ between two places.
func (s *Sighting) agrees(t *Sighting) bool {
	if s.Method != t.Method || s.Status != 0 && t.Status != 0 && s.Status != t.Status {
		return false
	}
	for _, m := range s.Marks {
		if other := t.mark(m.Kind); m.Fixed && m.Value != "" && other != "" && m.Value != other {
			return false
		}
	}
	return true
}

// tied reports whether both are of one connection, or a mark is in both.
func (s *Sighting) tied(t *Sighting) bool { return s.sameConnection(t) || s.marked(t) }

// marked reports whether a mark is in both sightings.
func (s *Sighting) marked(t *Sighting) bool {
	for _, m := range s.Marks {
		if m.Value != "" && m.Kind != LogMark && m.Value == t.mark(m.Kind) {
			return true
		}
	}
	return false
}

// sameConnection reports whether both are of one request on one connection, seen
// at two places of it; addresses may have been translated in between.
func (s *Sighting) sameConnection(t *Sighting) bool {
	return s.TCP.Known && s.TCP == t.TCP
}

// samePath reports whether one path can have become the other: proxies strip
// prefixes and put them on.
func samePath(a, b string) bool {
	return a == b || strings.HasSuffix(a, b) && strings.HasPrefix(b, "/") || strings.HasSuffix(b, a) && strings.HasPrefix(a, "/")
}

// watched are the fields whose values are kept, in lower case: they tell an
// application about its client, or tell requests apart.
var watched = map[string]bool{
	"forwarded": true, "via": true, "host": true, "user-agent": true, "connection": true, "server": true,
	"true-client-ip": true, "client-ip": true,
	"x-cluster-client-ip": true, "fastly-client-ip": true,
	"traceparent": true, "tracestate": true, "b3": true, "x-b3-traceid": true, "x-b3-spanid": true,
	"x-request-id": true, "x-correlation-id": true, "request-id": true, "x-amzn-trace-id": true, "x-cloud-trace-context": true,
	"x-real-ip": true, "x-scheme": true, "x-client-ip": true, "x-envoy-external-address": true, "content-length": true,
	"x-appgw-trace-id": true,
}

// CF-* are Cloudflare's: CF-Connecting-IP, CF-Connecting-IPv6, CF-Ray, CF-IPCountry, ….
// CF-Access-* hold a user's token, so their values are not kept.
var (
	watchedPrefixes   = []string{"x-forwarded-", "x-original-", "cf-"}
	unwatchedPrefixes = []string{"cf-access-", "x-forwarded-access-token", "x-forwarded-client-cert", "x-forwarded-tls-client-cert"}
)

// Watched reports whether Reduce keeps the value of a field.
func Watched(name string) bool {
	name = strings.ToLower(name)
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return !slices.ContainsFunc(unwatchedPrefixes, begins) && (watched[name] || slices.ContainsFunc(watchedPrefixes, begins))
}

// secret reports whether a field is a credential: only whether it changed is of
// interest.
func secret(name string) bool {
	return strings.EqualFold(name, "Cookie") || strings.EqualFold(name, "Authorization")
}

// stand is what stands in for a credential within this program. It never leaves it.
func stand(value string) string {
	sum := sha256.Sum256([]byte(value))
	return string(sum[:8])
}

const (
	mostFields = 128 // of a head; what is more is left out and the head incomplete
	mostValue  = 512 // bytes of a value
)

// Reduce keeps the names of all fields in their order, and the values of those
// that Watched names; the others may be credentials, and take memory.
func Reduce(fields exchange.Fields) exchange.Fields {
	kept := exchange.Fields{Incomplete: fields.Incomplete, Origin: fields.Origin}
	for i, line := range fields.Lines {
		if i == mostFields {
			kept.Incomplete = true
			break
		}
		reduced := exchange.Field{Name: line.Name}
		switch {
		case Watched(line.Name):
			reduced.Value = clip(line.Value)
		case secret(line.Name):
			reduced.Value = stand(line.Value)
		}
		kept.Lines = append(kept.Lines, reduced)
	}
	return kept
}

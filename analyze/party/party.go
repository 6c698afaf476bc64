// SPDX-License-Identifier: Apache-2.0

// Package party says which intermediary a proxy is, from what it was seen to do
// with requests and answers, and by which signs.
//
// It knows products by what they write by themselves, and by their habits where a
// habit is theirs alone. It does not guess: what it does not know, and what points
// at two products, has no name. It does not say what a proxy did wrong, and not
// where it is.
package party

import (
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Name is a product, as its makers write it.
type Name string

// The intermediaries that can be recognised.
const (
	Nginx           Name = "nginx"
	IngressNginx    Name = "ingress-nginx"
	HAProxy         Name = "HAProxy"
	OpenShiftRouter Name = "OpenShift router"
	Traefik         Name = "Traefik"
	Caddy           Name = "Caddy"
	Apache          Name = "Apache httpd"
	Envoy           Name = "Envoy"
	Istio           Name = "Istio"
	Contour         Name = "Contour"
	CHP             Name = "configurable-http-proxy"
	AWSALB          Name = "AWS ALB"
	AWSELB          Name = "AWS ELB"
	GCPLoadBalancer Name = "GCP load balancer"
	AzureAppGateway Name = "Azure Application Gateway"
	Cloudflare      Name = "Cloudflare"
)

// builtOn says which products are others with a configuration of their own, so
// that signs of both agree.
var builtOn = map[Name]Name{
	IngressNginx:    Nginx,
	OpenShiftRouter: HAProxy,
	Istio:           Envoy,
	Contour:         Envoy,
}

// Confidence says how sure a guess is. Its order is that of certainty.
type Confidence uint8

// The degrees of confidence.
const (
	// Possible: others do the same, or it may have been done by somebody else on
	// the way.
	Possible Confidence = iota + 1
	// Likely: a habit that we know of nobody else.
	Likely
	// Certain: the intermediary wrote its own name, and was seen writing it.
	Certain
)

func (c Confidence) String() string {
	if c < Possible || c > Certain {
		return "unknown"
	}
	return [...]string{Possible: "possible", Likely: "likely", Certain: "certain"}[c]
}

// Observation is what one intermediary was seen to do with one request. Any part
// may be missing. The heads are read and never changed.
//
// Lines must be all those of the head, in wire order and case; the value of a
// line that was not kept is empty. A head in which lines are missing must say so
// (Incomplete): its order then says nothing.
type Observation struct {
	// RequestIn is the head as it came in, RequestOut as it went on. Without
	// RequestIn nobody can tell what the intermediary added from what it was given.
	RequestIn, RequestOut *exchange.Fields
	RequestOutProto       string // "HTTP/1.0"; empty is unknown

	// AnswerIn is the head of the answer as it came from inside, AnswerOut as it
	// was handed outside.
	AnswerIn, AnswerOut *exchange.Fields

	// OwnAnswer says that the intermediary made the answer itself; OwnPage is the
	// beginning of its content, with content codings undone.
	OwnAnswer bool
	OwnPage   []byte
}

// Guess is who an intermediary is.
type Guess struct {
	Name       Name
	Version    string // as the intermediary itself says it; hostile text, mostly empty
	Confidence Confidence
	Signs      []Sign // the strongest first; never empty
}

// Sign is one thing that points at a product.
type Sign struct {
	Where      Where
	Field      string // a field name as it was written, "Set-Cookie: NAME" for a cookie, or empty
	Value      string // what was seen; hostile text of at most 80 bytes, never the value of a cookie
	Says       string // why this points there: one clause
	Confidence Confidence
}

// Where is the part of an exchange in which a sign was seen.
type Where string

// The places of signs.
const (
	InRequest Where = "request"
	InAnswer  Where = "answer"
	InPage    Where = "page"
)

// Recognize says which product made all of the observations. ok is false if none
// that we know, or if they point at several.
func Recognize(observations ...Observation) (guess Guess, ok bool) {
	var found []mark
	for _, o := range observations {
		s := look(o)
		for _, rule := range rules {
			found = keep(found, rule(s))
		}
	}
	return decide(found)
}

// mostMarks bounds what strangers can make us remember, with a version of their own
// in each answer.
const mostMarks = 100

// keep adds marks that say something new: a hundred requests through one proxy
// show the same habit a hundred times.
func keep(found, more []mark) []mark {
	for _, m := range more {
		if len(found) < mostMarks && !slices.ContainsFunc(found, m.saysTheSame) {
			found = append(found, m)
		}
	}
	return found
}

func (m mark) saysTheSame(other mark) bool {
	return m.name == other.name && m.version == other.version && m.Where == other.Where && m.Field == other.Field && m.Says == other.Says
}

// SPDX-License-Identifier: Apache-2.0

// Package apitokens finds requests to a Hub's API whose token the Hub does not know:
// those of users' servers, of services, and of whoever else calls it (JupyterHub 2.0 to
// 5.5, scopes.py, needs_scope).
//
// It does not look at what users' browsers ask, nor at /hub/api/user, by which servers
// find out whose token a cookie holds: such tokens run out as a matter of course. Tokens
// never leave this package; a refusal has a stand-in by which callers make pseudonyms.
package apitokens

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/logintrace/logintrace/capture/exchange"
)

// words are those of a Hub that found nobody behind a request.
const words = "Missing or invalid credentials"

// Refusal is what was seen first of one sender, or of one token.
type Refusal struct {
	Ref    exchange.Ref
	Time   time.Time
	Sender string // address; "" if it is not known
	Method string
	Path   string
	Times  int // how often

	// Secret stands in for the token; "" if a log alone tells of the request, which does
	// not say whether it had one.
	Secret string
	// Direct says that no proxy handed the request on, so that the sender is its author.
	Direct bool
}

// Activity reports whether it is the request by which a user's server tells the Hub that
// it is used, which nobody else sends.
func (r *Refusal) Activity() bool {
	return r.Method == "POST" && strings.HasSuffix(r.Path, "/activity")
}

// most bounds how many senders and tokens are told of.
const most = 16

// Collector finds refusals. The zero value is ready for use.
type Collector struct {
	Refusals []*Refusal
}

// WantResponse says which contents Add reads; it is made for an exchange.BodyPolicy.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	return s.Status == 403 && ofAPI(r.URL.Path) && strings.Contains(s.Body.MediaType, "json")
}

func ofAPI(path string) bool {
	_, of, ok := strings.Cut(path, "/hub/api/")
	return ok && of != "user" && !strings.HasPrefix(of, "oauth2/")
}

// Add takes in an exchange. What a capture shows on several hops is counted on each.
func (c *Collector) Add(x *exchange.Exchange) {
	if x.Response == nil || x.Response.Status != 403 || !ofAPI(x.Request.URL.Path) {
		return
	}
	r := &Refusal{Ref: x.Ref, Time: x.Started, Sender: x.Client.Address, Method: x.Request.Method, Path: x.Request.URL.Path, Times: 1}
	if l := x.Logged; l != nil {
		if l.Program != exchange.ProgramJupyterHub || !said(l.Said) {
			return
		}
		r.Sender, r.Direct = l.Believed, true
	} else {
		r.Secret = shown(x.Request.Fields)
		if r.Secret == "" || !strings.HasPrefix(message(x.Response), words) {
			return
		}
		r.Direct = x.Client.Address != "" && x.Request.Fields.First("X-Forwarded-For") == "" && !x.Request.Fields.Incomplete
	}
	c.keep(r)
}

func (c *Collector) keep(r *Refusal) {
	for i, known := range c.Refusals {
		same := known.Secret != "" && known.Secret == r.Secret || known.Sender != "" && known.Sender == r.Sender
		if !same {
			continue
		}
		if r.Secret != "" && known.Secret == "" || r.Direct && !known.Direct { // it tells more
			r.Times = known.Times
			c.Refusals[i] = r
			known = r
		}
		known.Times++
		return
	}
	if len(c.Refusals) < most {
		c.Refusals = append(c.Refusals, r)
	}
}

func said(list []exchange.Statement) bool {
	for _, s := range list {
		if s.Code == exchange.SaidRefused && !s.Shared && strings.HasPrefix(s.Values.Reason, words) {
			return true
		}
	}
	return false
}

// shown is a stand-in for the token that a request shows in Authorization.
func shown(fields exchange.Fields) string {
	scheme, token, ok := strings.Cut(strings.TrimSpace(fields.First("Authorization")), " ")
	if !ok || !strings.EqualFold(scheme, "token") && !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return StandIn(strings.TrimSpace(token))
}

// StandIn is what stands in for a token within this program.
func StandIn(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return string(sum[:16])
}

// message is what the Hub's API says with an error (apihandlers/base.py, write_error).
func message(r *exchange.Response) string {
	if r.Body.State != exchange.Known || len(r.Body.Bytes) > 16<<10 {
		return ""
	}
	var told struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Body.Bytes, &told) != nil {
		return ""
	}
	return told.Message
}

// SPDX-License-Identifier: Apache-2.0

// Package jwt decides why a signed token was of no use: Airflow's, above all.
package jwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Case is one token that was refused, or never came back, and everything that
// is known about it.
type Case struct {
	Attempt *bearer.Attempt
	Others  []*bearer.Attempt // all tokens of the input, this one included
	Keys    *keys.Set         // that the user gave; may be nil

	Kubernetes bool // the user's names are of pods, services or nodes

	// Generated is the line in which the server at which a request ended says that it
	// made a key of its own, if its log says so. May be nil.
	Generated func(*bearer.Step) (finding.Evidence, bool)

	// Proxied is what shows who refused the token; may be nil.
	Proxied *proxied.Case

	// Pseudonym stands in for a token in evidence.
	Pseudonym func(raw string) string
}

// family is the order in which PyJWT checks, which Airflow asks: form, key, times,
// issuer, audience; before it what keeps a token from arriving at all, and what the
// server's own log says.
var family = causes.Family[*Case]{
	{Code: finding.JWTCookieDropped, Run: tokenCookieDropped},
	{Code: finding.JWTNotSent, Run: tokenNotSent},
	{Code: finding.JWTMalformed, Run: tokenMalformed},
	{Code: finding.JWTClaimMissing, Run: tokenClaimMissing},
	{Code: finding.JWTClockSkew, Run: tokenClockSkew},
	{Code: finding.JWTExpired, Run: tokenExpired},
	{Code: finding.JWTKeyMismatch, Run: tokenKeyMismatch},
	{Code: finding.JWTWrongIssuer, Run: tokenWrongIssuer},
	{Code: finding.JWTWrongAudience, Run: tokenWrongAudience},
}

// Decide says why a token was refused. It must be asked about failed attempts
// only.
func Decide(c *Case) causes.Decision {
	if c.Proxied != nil {
		if d, ok := proxied.Decide(c.Proxied); ok && d.Finding != nil {
			return d
		}
	}
	r := family.Rule(c)
	if r.Match == nil {
		return causes.Decision{Undecided: r.Undecided()}
	}
	return causes.Decision{Finding: r.Finding()}
}

// refusal is the first request with the token that was refused, or nil.
func (c *Case) refusal() *bearer.Step {
	if refused := c.Attempt.Refusals(); len(refused) > 0 {
		return refused[0]
	}
	return nil
}

// said is what the refusing server says against the token, in its log or in its
// answer: "" if neither tells.
func (c *Case) said() (string, exchange.Statement) {
	for _, s := range c.Attempt.Refusals() {
		for _, statement := range s.Said {
			if statement.Code == exchange.SaidTokenInvalid && statement.Values.Reason != "" && !statement.Shared {
				return statement.Values.Reason, statement
			}
		}
	}
	for _, s := range c.Attempt.Refusals() {
		if reason := s.Reason(); reason != "" {
			return reason, exchange.Statement{Ref: s.Ref, Text: s.Detail}
		}
	}
	return "", exchange.Statement{}
}

// bySaid decides by the server's log: it matches if the log gives one of these
// reasons (PyJWT 2.10), and is excluded if it gives another one.
func (c *Case) bySaid(origin finding.Origin, reasons ...string) (causes.Answer, bool) {
	reason, statement := c.said()
	if reason == "" {
		return causes.Answer{}, false
	}
	for _, prefix := range reasons {
		if strings.HasPrefix(reason, prefix) {
			m := causes.Match{Confidence: finding.Proven, Origin: origin, Evidence: c.evidence()}
			field := "log"
			if !statement.Ref.HasLine {
				field = "answer"
			}
			m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(statement.Ref), Field: field, Value: statement.Text})
			return causes.Matched(m), true
		}
	}
	return causes.Excluded("the server's log gives another reason"), true
}

// minter is the server that gave the token out.
func (c *Case) minter() finding.Origin {
	o := finding.Origin{Kind: finding.OriginApplication, Party: "airflow"}
	if c.Attempt.Birth != nil {
		o.Address = roles.LastServer(c.Attempt.Birth.Hops)
	}
	return o
}

// differing are the servers that disagree about the token: the one that gave it out
// and the one that refused it.
func (c *Case) differing() finding.Origin {
	o := c.minter()
	s := c.refusal()
	if s == nil {
		return o
	}
	if server := roles.LastServer(s.Hops); server != "" && server != o.Address {
		o.Address = strings.TrimPrefix(o.Address+", "+server, ", ")
	}
	return o
}

// evidence is the life of the token: where it was given out, taken and refused.
func (c *Case) evidence() []finding.Evidence {
	var list []finding.Evidence
	if b := c.Attempt.Birth; b != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(b.Ref), Field: "token", Value: c.Pseudonym(c.Attempt.Token.Raw), Note: "given out " + serverWords(b)})
	}
	if taken := c.Attempt.Acceptances(); len(taken) > 0 {
		list = append(list, c.answered(taken[0], "taken "+serverWords(taken[0])))
	}
	if s := c.refusal(); s != nil {
		list = append(list, c.answered(s, strings.TrimSpace(fmt.Sprintf("refused %s: %d %s", serverWords(s), s.Status, s.Detail))))
	}
	return list
}

// answered points at a request of the token's life. It names the token only if that was seen
// there: a proxy may have sent something else on.
func (c *Case) answered(s *bearer.Step, note string) finding.Evidence {
	e := finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "answer", Note: note}
	if raw := c.Attempt.Token.Raw; raw != "" && slices.ContainsFunc(s.Shown, func(t bearer.Token) bool { return t.Raw == raw }) {
		e.Field, e.Value = "token", c.Pseudonym(raw)
	}
	return e
}

func (c *Case) lackEvidence(s *bearer.Step) []finding.Evidence {
	return append(c.evidence(), finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Authorization, Cookie",
		Note: strings.TrimSpace(fmt.Sprintf("no token was sent: %d %s", s.Status, s.Detail))})
}

// serverWords say by whom a request was answered: from the client's side that is a site
// only, behind which there may be several servers.
func serverWords(s *bearer.Step) string {
	switch server := s.Server(); {
	case server != "" && roles.LastServer(s.Hops) == "":
		return "at " + server
	case server != "":
		return "by " + server
	case s.BySender() && s.Host != "":
		return "by " + s.Host
	case s.Ref.HasLine:
		return "by the server of this log"
	}
	return "by a server that was not captured"
}

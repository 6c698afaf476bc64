// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
)

// The checks of this file look at how a token was made: whole, with the claims and
// the key that the server asks for.

func tokenMalformed(c *TokenCase) answer {
	s := c.refusal()
	if s == nil {
		return answer{}
	}
	if m, ok := c.garbled(s); ok {
		return matched(m)
	}
	for _, problem := range c.Attempt.Token.Problems {
		if slices.Contains(damage, problem.Code) && len(c.Attempt.Acceptances()) == 0 {
			return matched(match{
				confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
				summary:  "the token is damaged: " + problem.Text,
				evidence: c.evidence(), fixes: sendWhole(s.UserAgent),
			})
		}
	}
	said, logged := c.bySaid(finding.Origin{Kind: finding.OriginUnknown}, "Not enough segments", "Invalid header", "Invalid payload", "Invalid crypto")
	switch {
	case said.match != nil:
		c.damagedUnseen(s, said.match)
		return said
	case logged:
		return said
	case s.Status == 403 && lastServer(s.Hops) == "" && c.Attempt.Token.Raw != "" && len(c.Attempt.Acceptances()) == 0:
		return open(missing("the Authorization field as it reached the server", howToCaptureServers))
	}
	return excluded("the token is whole")
}

// damagedUnseen is about a token that is damaged by the word of the server's log, and of which
// that was not seen: it was whole where it was captured, or was not captured at all.
func (c *TokenCase) damagedUnseen(s *bearer.Step, m *match) {
	if c.Attempt.Token.Raw == "" || lastServer(s.Hops) != "" {
		m.fixes = sendWhole(s.UserAgent)
		return
	}
	m.summary = "the client sent the token whole, and the server got it damaged"
	m.missing = []finding.Missing{missing("who on the way changed the Authorization field", howToCaptureServers)}
	m.fixes = []string{cureHandOnAsCame}
}

// garbled matches on text around the token, or on something else in its place. Whose it is,
// is seen where the request left the client, or on both sides of a proxy: behind one nobody
// knows who put it there.
func (c *TokenCase) garbled(s *bearer.Step) (match, bool) {
	first := slices.IndexFunc(s.Seen, func(at *bearer.Step) bool { return c.spoilt(s, at) != "" })
	if first < 0 {
		return match{}, false
	}
	at := s.Seen[first]
	what := c.spoilt(s, at)
	m := match{
		confidence: finding.Proven, origin: finding.Origin{Kind: finding.OriginUnknown},
		summary:  "the Authorization field holds " + what,
		evidence: append(c.evidence(), finding.Evidence{Ref: finding.NewRef(at.Ref), Field: "Authorization", Note: what}),
	}
	switch hop := c.spoiltAt(s); {
	case hop == 0 && sentByClient(s):
		m.origin, m.fixes = finding.Origin{Kind: finding.OriginClient, Address: client(s)}, []string{cureSendUnchanged}
		if byPage(s.UserAgent) {
			m.fixes = []string{cureForgetKept}
		}
	case hop > 0 && s.Hops.Adjacent(hop):
		address := s.Hops[hop].From.Address
		m.origin = finding.Origin{Kind: kindAt(s.Hops, hop), Address: address, Party: programAt(s.Hops, hop)}
		m.summary = fmt.Sprintf("%s changed the Authorization field, which then holds %s", address, what)
		m.evidence = append(m.evidence, finding.Evidence{Ref: finding.NewRef(s.At(hop - 1).Ref), Field: "Authorization", Note: "the token alone, as far as here"})
		m.fixes = []string{cureHandOnAsCame}
	case hop > 0:
		m.summary = fmt.Sprintf("the token alone was sent to %s, and what %s sent on holds %s", s.Hops[hop-1].To.Address, s.Hops[hop].From.Address, what)
		m.missing = []finding.Missing{missing("who between the two changed the Authorization field", howToCaptureServers)}
		m.fixes = []string{cureHandOnAsCame}
	default:
		m.missing = []finding.Missing{missing("the Authorization field as the client sent it", howToCaptureBrowser)}
		m.fixes = sendWhole(s.UserAgent)
	}
	return m, true
}

// spoilt says what stands in the token's place where a refused request was seen, or beside it;
// "" if nothing does.
func (c *TokenCase) spoilt(s, at *bearer.Step) string {
	if at.Foreign && s.SaidInvalid() {
		return "something else in the token's place"
	}
	for _, t := range at.Shown {
		if t.Garbled != "" && t.Raw == c.Attempt.Token.Raw {
			return fmt.Sprintf("%q beside the token", t.Garbled)
		}
	}
	return ""
}

// spoiltAt is the hop from which on the token is not alone, or not there: 0 is the outermost,
// and -1 is unknown.
func (c *TokenCase) spoiltAt(s *bearer.Step) int {
	for i := range s.Hops {
		switch at := s.At(i); {
		case c.spoilt(s, at) != "":
			return i
		case !slices.ContainsFunc(at.Shown, func(t bearer.Token) bool { return t.Raw == c.Attempt.Token.Raw }):
			return -1
		}
	}
	return -1
}

// sentByClient reports whether the outermost hop of a request begins at the client, or is
// known from what the client wrote.
func sentByClient(s *bearer.Step) bool {
	if len(s.Hops) == 0 {
		return true
	}
	from, _ := Roles(s.Hops, 0)
	return from == finding.HopClient
}

// damage are the problems with which no server can take a token. Others depend on
// its library: Airflow 3.0.0 writes an empty list as issuer, and takes it.
var damage = []token.ProblemCode{
	token.ProblemSegments, token.ProblemBase64, token.ProblemJSON, token.ProblemAlgNone, token.ProblemEncrypted, token.ProblemSignature,
}

func tokenClaimMissing(c *TokenCase) answer {
	if c.refusal() == nil || c.Attempt.Token.Raw == "" || len(c.Attempt.Token.Claims.Names) == 0 {
		return answer{}
	}
	for _, name := range []string{"exp", "iat", "nbf"} { // what Airflow asks for
		if !c.Attempt.Token.Claims.Has(name) {
			return matched(match{
				confidence: finding.Likely, origin: c.minter(),
				summary:  "the token has no claim " + name,
				evidence: c.evidence(),
			})
		}
	}
	return excluded("the token has exp, iat and nbf")
}

// tokenKeyMismatch matches with the word of the server's log, or with the keys. That
// one server takes a token and another refuses it shows that they differ, and not in
// what: the issuer or the audience that they ask for looks alike.
func tokenKeyMismatch(c *TokenCase) answer {
	s := c.refusal()
	if s == nil || s.ExpiredSaid() {
		return answer{}
	}
	own, generated, ofOthers := c.ownKeys(s)
	if answer, ok := c.bySaid(c.differing(), "Signature verification failed"); ok {
		if m := answer.match; m != nil {
			m.evidence = append(m.evidence, generated...)
			m.summary, m.fixes = keyWords(s, own), oneKey(own)
		}
		return answer
	}
	if ofOthers {
		return matched(match{
			confidence: finding.Proven, origin: c.differing(), summary: keyWords(s, own), fixes: oneKey(own),
			evidence: append(c.evidence(), generated...),
		})
	}
	if c.Keys.Candidates(c.Attempt.Token.JWS) > 0 {
		if _, ok := c.Keys.Verify(c.Attempt.Token.JWS); !ok {
			return matched(match{
				confidence: finding.Likely, origin: c.minter(), // a file may hold what no server reads
				summary:  "the token was signed with none of the keys that were given",
				evidence: c.evidence(),
				missing:  []finding.Missing{missing("whether these are the keys that the servers run with", "compare the files with what each server reads as [api_auth] jwt_secret")},
			})
		}
	}
	return open(c.undecided()...)
}

// ownKeys says how many of the two servers, the one that gave the token out and the one
// that refused it, say that they made a key of their own, and with which lines. apart is
// true if that alone proves that their keys are two: a key that was made up is known to
// one process, and the signature is checked before all that servers may disagree in.
func (c *TokenCase) ownKeys(refusal *bearer.Step) (own int, said []finding.Evidence, apart bool) {
	if c.Generated == nil {
		return 0, nil, false
	}
	for _, s := range []*bearer.Step{c.Attempt.Birth, refusal} {
		if s == nil {
			continue
		}
		if e, ok := c.Generated(s); ok && !slices.Contains(said, e) {
			own, said = own+1, append(said, e)
		}
	}
	birth := c.Attempt.Birth
	apart = own > 0 && birth != nil && birth.Server() != "" && refusal.Server() != "" && birth.Server() != refusal.Server() && (refusal.Status == 403 || refusal.TookAway)
	return own, said, apart
}

func keyWords(refusal *bearer.Step, own int) string {
	switch {
	case own == 2:
		return "jwt_secret was empty: the server that signed the token and the one that refused it each made a key of their own"
	case own == 1:
		return "jwt_secret was empty, and one server made a key of its own: who refused the token has another than who signed it"
	case strings.Contains(refusal.Path, "/execution/"):
		return "the API server refused a task's token: the scheduler that made it signs with another key"
	}
	return ""
}

func tokenWrongIssuer(c *TokenCase) answer {
	taken, refusal := c.Attempt.Acceptances(), c.refusal()
	bySame := refusal != nil && slices.ContainsFunc(taken, func(s *bearer.Step) bool {
		return s.Server() != "" && applicationAt(s) == applicationAt(refusal) && s.Time.Before(refusal.Time)
	})
	return c.bySetting(oneIssuer(len(taken) > 0, bySame), "Invalid issuer", "Token is missing the \"iss\" claim")
}

func tokenWrongAudience(c *TokenCase) answer {
	var fixes []string
	switch {
	case c.ofTask():
		fixes = []string{cureTokenForTheAPI}
	case c.Attempt.Birth != nil && c.Attempt.Token.Raw != "": // Airflow's own, for users
		fixes = []string{cureBothSections, cureChartSections}
		if !firstRelease(c.Attempt.Token) {
			fixes = append(fixes, cureOneSection)
		}
	}
	answer := c.bySetting(fixes, "Audience doesn't match", "Invalid audience", "Token is missing the \"aud\" claim")
	if m := answer.match; m != nil && c.ofTask() {
		m.summary = "a token that was made for a task was shown to the API for users"
		m.origin = finding.Origin{Kind: finding.OriginClient, Address: client(c.refusal())}
		if !sentByClient(c.refusal()) {
			m.origin.Address = ""
		}
	}
	return answer
}

// ofTask reports whether the token was made for a task and shown elsewhere than where tasks
// report to.
func (c *TokenCase) ofTask() bool {
	s := c.refusal()
	return s != nil && slices.Contains(c.Attempt.Token.Claims.Audience, taskAudience) && !strings.Contains(s.Path, "/execution/")
}

func (c *TokenCase) bySetting(fixes []string, reasons ...string) answer {
	s := c.refusal()
	if s == nil || s.ExpiredSaid() {
		return answer{}
	}
	if answer, ok := c.bySaid(c.differing(), reasons...); ok {
		if answer.match != nil {
			answer.match.fixes = fixes
		}
		return answer
	}
	return open(c.undecided()...)
}

func (c *TokenCase) undecided() []finding.Missing {
	return []finding.Missing{
		missing("what the server holds against the token", `its own log: kubectl logs deploy/airflow-api-server | grep "JWT token is not valid"`),
		missing("the secret of each server", "analyze with --jwt-secret-file, once for each"),
	}
}

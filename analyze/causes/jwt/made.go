// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/analyze/token"
)

// The checks of this file look at how a token was made: whole, with the claims and
// the key that the server asks for.

func tokenMalformed(c *Case) causes.Answer {
	s := c.refusal()
	if s == nil {
		return causes.Answer{}
	}
	if m, ok := c.garbled(s); ok {
		return causes.Matched(m)
	}
	for _, problem := range c.Attempt.Token.Problems {
		if slices.Contains(damage, problem.Code) && len(c.Attempt.Acceptances()) == 0 {
			return causes.Matched(causes.Match{
				Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
				Summary:  "the token is damaged: " + problem.Text,
				Evidence: c.evidence(), Fixes: sendWhole(s.UserAgent),
			})
		}
	}
	said, logged := c.bySaid(finding.Origin{Kind: finding.OriginUnknown}, "Not enough segments", "Invalid header", "Invalid payload", "Invalid crypto")
	switch {
	case said.Match != nil:
		c.damagedUnseen(s, said.Match)
		return said
	case c.cutMayBe():
		return causes.Open(tokenUnseen)
	case logged:
		return said
	case s.Status == 403 && roles.LastServer(s.Hops) == "" && c.Attempt.Token.Raw != "" && len(c.Attempt.Acceptances()) == 0:
		return causes.Open(causes.Missing("the Authorization field as it reached the server", causes.HowToCaptureServers))
	}
	return causes.Excluded("the token is whole")
}

// badSignature is what PyJWT 2.10 says of another key, and as well of a token that has lost
// some of its last characters, where the rest is still base64url.
const badSignature = "Signature verification failed"

var tokenUnseen = causes.Missing("whether the token came whole", causes.HowToCaptureServers)

// cutMayBe reports whether all that is known of a token is a log's word that its signature
// is wrong.
func (c *Case) cutMayBe() bool {
	reason, _ := c.said()
	return c.Attempt.Token.Raw == "" && strings.HasPrefix(reason, badSignature)
}

// damagedUnseen is about a token that is damaged by the word of the server's log, and of which
// that was not seen: it was whole where it was captured, or was not captured at all.
func (c *Case) damagedUnseen(s *bearer.Step, m *causes.Match) {
	if c.Attempt.Token.Raw == "" || roles.LastServer(s.Hops) != "" {
		m.Fixes = sendWhole(s.UserAgent)
		return
	}
	m.Summary = "the client sent the token whole, and the server got it damaged"
	m.Missing = []finding.Missing{causes.Missing("who on the way changed the Authorization field", causes.HowToCaptureServers)}
	m.Fixes = []string{fixHandOnAsCame}
}

// garbled matches on text around the token, or on something else in its place. Whose it is,
// is seen where the request left the client, or on both sides of a proxy: behind one nobody
// knows who put it there.
func (c *Case) garbled(s *bearer.Step) (causes.Match, bool) {
	first := slices.IndexFunc(s.Seen, func(at *bearer.Step) bool { return c.spoilt(s, at) != "" })
	if first < 0 {
		return causes.Match{}, false
	}
	at := s.Seen[first]
	what := c.spoilt(s, at)
	m := causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary:  "the Authorization field holds " + what,
		Evidence: append(c.evidence(), finding.Evidence{Ref: finding.NewRef(at.Ref), Field: "Authorization", Note: what}),
	}
	switch hop := c.spoiltAt(s); {
	case hop == 0 && sentByClient(s):
		m.Origin, m.Fixes = finding.Origin{Kind: finding.OriginClient, Address: client(s)}, []string{fixSendUnchanged}
		if byPage(s.UserAgent) {
			m.Fixes = []string{fixForgetKept}
		}
	case hop > 0 && s.Hops.Adjacent(hop):
		address := s.Hops[hop].From.Address
		m.Origin = roles.OriginAt(s.Hops, hop)
		m.Summary = fmt.Sprintf("%s changed the Authorization field, which then holds %s", address, what)
		m.Evidence = append(m.Evidence, finding.Evidence{Ref: finding.NewRef(s.At(hop - 1).Ref), Field: "Authorization", Note: "the token alone, as far as here"})
		m.Fixes = []string{fixHandOnAsCame}
	case hop > 0:
		m.Summary = fmt.Sprintf("the token alone was sent to %s, and what %s sent on holds %s", s.Hops[hop-1].To.Address, s.Hops[hop].From.Address, what)
		m.Missing = []finding.Missing{causes.Missing("who between the two changed the Authorization field", causes.HowToCaptureServers)}
		m.Fixes = []string{fixHandOnAsCame}
	default:
		m.Missing = []finding.Missing{causes.Missing("the Authorization field as the client sent it", causes.HowToCaptureBrowser)}
		m.Fixes = sendWhole(s.UserAgent)
	}
	return m, true
}

// spoilt says what stands in the token's place where a refused request was seen, or beside it;
// "" if nothing does.
func (c *Case) spoilt(s, at *bearer.Step) string {
	if at.Foreign && s.SaidInvalid() {
		return "something else in the token's place"
	}
	for _, t := range at.Shown {
		if t.Garbled != "" && t.Raw == c.Attempt.Token.Raw {
			return causes.Visible(t.Garbled) + " beside the token"
		}
	}
	return ""
}

// spoiltAt is the hop from which on the token is not alone, or not there: 0 is the outermost,
// and -1 is unknown.
func (c *Case) spoiltAt(s *bearer.Step) int {
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
	from, _ := roles.Of(s.Hops, 0)
	return from == finding.HopClient
}

// damage are the problems with which no server can take a token. Others depend on
// its library: Airflow 3.0.0 writes an empty list as issuer, and takes it.
var damage = []token.ProblemCode{
	token.ProblemSegments, token.ProblemBase64, token.ProblemJSON, token.ProblemAlgNone, token.ProblemEncrypted, token.ProblemSignature,
}

func tokenClaimMissing(c *Case) causes.Answer {
	if c.refusal() == nil || c.Attempt.Token.Raw == "" || len(c.Attempt.Token.Claims.Names) == 0 {
		return causes.Answer{}
	}
	for _, name := range []string{"exp", "iat", "nbf"} { // what Airflow asks for
		if !c.Attempt.Token.Claims.Has(name) {
			return causes.Matched(causes.Match{
				Confidence: finding.Likely, Origin: c.minter(),
				Summary:  "the token has no claim " + name,
				Evidence: c.evidence(),
			})
		}
	}
	return causes.Excluded("the token has exp, iat and nbf")
}

// tokenKeyMismatch matches with the word of the server's log, or with the keys. That
// one server takes a token and another refuses it shows that they differ, and not in
// what: the issuer or the audience that they ask for looks alike.
func tokenKeyMismatch(c *Case) causes.Answer {
	s := c.refusal()
	if s == nil {
		return c.refusedUnseen()
	}
	if s.ExpiredSaid() {
		return causes.Answer{}
	}
	own, generated, ofOthers := c.ownKeys(s)
	if answer, ok := c.bySaid(c.differing(), badSignature); ok {
		if m := answer.Match; m != nil {
			if c.cutMayBe() {
				m.Confidence, m.Missing = finding.Likely, []finding.Missing{tokenUnseen}
			}
			m.Evidence = append(m.Evidence, generated...)
			m.Summary, m.Fixes = keyWords(s, own), oneKey(own, c.Kubernetes)
		}
		return answer
	}
	if ofOthers {
		return causes.Matched(causes.Match{
			Confidence: finding.Proven, Origin: c.differing(), Summary: keyWords(s, own), Fixes: oneKey(own, c.Kubernetes),
			Evidence: append(c.evidence(), generated...),
		})
	}
	if c.Keys.Candidates(c.Attempt.Token.JWS) > 0 {
		if _, ok := c.Keys.Verify(c.Attempt.Token.JWS); !ok {
			return causes.Matched(causes.Match{
				Confidence: finding.Likely, Origin: c.minter(), // a file may hold what no server reads
				Summary:  "the token was signed with none of the keys that were given",
				Evidence: c.evidence(),
				Missing:  []finding.Missing{causes.Missing("whether these are the keys that the servers run with", "compare the files with what each server reads as [api_auth] jwt_secret")},
			})
		}
	}
	return causes.Open(c.undecided()...)
}

// ownKeys says how many of the two servers, the one that gave the token out and the one
// that refused it, say that they made a key of their own, and with which lines. apart is
// true if that alone proves that their keys are two: a key that was made up is known to
// one process, and the signature is checked before all that servers may disagree in.
func (c *Case) ownKeys(refusal *bearer.Step) (own int, said []finding.Evidence, apart bool) {
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

func tokenWrongIssuer(c *Case) causes.Answer {
	taken, refusal := c.Attempt.Acceptances(), c.refusal()
	bySame := refusal != nil && slices.ContainsFunc(taken, func(s *bearer.Step) bool {
		return s.Server() != "" && roles.LastServer(s.Hops) == roles.LastServer(refusal.Hops) && s.Time.Before(refusal.Time)
	})
	return c.bySetting(oneIssuer(len(taken) > 0, bySame), "Invalid issuer", "Token is missing the \"iss\" claim")
}

func tokenWrongAudience(c *Case) causes.Answer {
	var fixes []string
	switch {
	case c.ofTask():
		fixes = []string{fixTokenForTheAPI}
	case c.Attempt.Birth != nil && c.Attempt.Token.Raw != "": // Airflow's own, for users
		fixes = []string{fixBothSections, fixChartSections}
		if !firstRelease(c.Attempt.Token) {
			fixes = append(fixes, fixOneSection)
		}
	}
	answer := c.bySetting(fixes, "Audience doesn't match", "Invalid audience", "Token is missing the \"aud\" claim")
	if m := answer.Match; m != nil && c.ofTask() {
		m.Summary = "a token that was made for a task was shown to the API for users"
		m.Origin = finding.Origin{Kind: finding.OriginClient, Address: client(c.refusal())}
		if !sentByClient(c.refusal()) { // a proxy may put a token of its own in
			m.Origin = finding.Origin{Kind: finding.OriginUnknown}
			m.Missing = append(m.Missing, causes.Missing("whether the client sent this token", causes.HowToCaptureBrowser))
		}
	}
	return answer
}

// ofTask reports whether the token was made for a task and shown elsewhere than where tasks
// report to.
func (c *Case) ofTask() bool {
	s := c.refusal()
	return s != nil && slices.Contains(c.Attempt.Token.Claims.Audience, taskAudience) && !strings.Contains(s.Path, "/execution/")
}

func (c *Case) bySetting(fixes []string, reasons ...string) causes.Answer {
	s := c.refusal()
	if s == nil {
		return c.refusedUnseen()
	}
	if s.ExpiredSaid() {
		return causes.Answer{}
	}
	if answer, ok := c.bySaid(c.differing(), reasons...); ok {
		if answer.Match != nil {
			answer.Match.Fixes = fixes
		}
		return answer
	}
	return causes.Open(c.undecided()...)
}

func (c *Case) undecided() []finding.Missing {
	return []finding.Missing{
		causes.Missing("what the server holds against the token, in its own log", `kubectl logs deploy/airflow-api-server | grep -E "JWT (token is not|reissue)|validate JWT"`),
		causes.Missing("the secret of each server", "analyze with --jwt-secret-file, once for each"),
	}
}

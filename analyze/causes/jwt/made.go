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
	if c.refusal() == nil {
		return causes.Answer{}
	}
	if answer, ok := c.bySaid(finding.Origin{Kind: finding.OriginUnknown}, "Not enough segments", "Invalid header", "Invalid payload", "Invalid crypto"); ok && answer.Match != nil && c.Attempt.Token.Raw == "" {
		return answer
	}
	for _, t := range c.refusal().Shown {
		if t.Garbled != "" && t.Raw == c.Attempt.Token.Raw {
			return causes.Matched(c.garbled(t))
		}
	}
	for _, problem := range c.Attempt.Token.Problems {
		if slices.Contains(damage, problem.Code) && len(c.Attempt.Acceptances()) == 0 {
			return causes.Matched(causes.Match{
				Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
				Summary:  "the token is damaged: " + problem.Text,
				Evidence: c.evidence(),
			})
		}
	}
	if c.cutMayBe() {
		return causes.Open(tokenUnseen)
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

// garbled is about text around the token. Whose it is, is seen where the request left the
// client: behind a proxy nobody knows who put it there.
func (c *Case) garbled(t bearer.Token) causes.Match {
	m := causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary:  fmt.Sprintf("the Authorization field holds %s beside the token", causes.Visible(t.Garbled)),
		Evidence: c.evidence(),
	}
	s := c.refusal()
	if len(s.Hops) > 0 {
		if from, _ := roles.Of(s.Hops, 0); from != finding.HopClient {
			m.Missing = []finding.Missing{causes.Missing("the Authorization field as the client sent it", causes.HowToCaptureBrowser)}
			return m
		}
	}
	m.Origin, m.Fixes = finding.Origin{Kind: finding.OriginClient, Address: client(s)}, []string{fixSendUnchanged}
	return m
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
	var fixes []string
	if len(c.Attempt.Acceptances()) > 0 { // servers disagree now, so a new token fares no better
		fixes = []string{fixSameIssuer, fixSameIssuerPods}
	}
	return c.bySetting(fixes, "Invalid issuer", "Token is missing the \"iss\" claim")
}

func tokenWrongAudience(c *Case) causes.Answer {
	var fixes []string
	switch {
	case slices.Contains(c.Attempt.Token.Claims.Audience, taskAudience):
		fixes = []string{fixTokenForTheAPI}
	case c.Attempt.Birth != nil && c.Attempt.Token.Raw != "": // Airflow's own, for users
		fixes = []string{fixBothSections, fixChartSections}
		if !firstRelease(c.Attempt.Token) {
			fixes = append(fixes, fixOneSection)
		}
	}
	return c.bySetting(fixes, "Audience doesn't match", "Invalid audience", "Token is missing the \"aud\" claim")
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

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// TokenCase is one token that was refused, or never came back, and everything that
// is known about it.
type TokenCase struct {
	Attempt *bearer.Attempt
	Others  []*bearer.Attempt // all tokens of the input, this one included
	Keys    *keys.Set         // that the user gave; may be nil

	// Pseudonym stands in for a token in evidence.
	Pseudonym func(raw string) string
}

// leeway is how far clocks may be apart for Airflow ([api_auth] jwt_leeway, 10 s;
// Airflow 3.0), and moment what whole seconds of two clocks may differ beside that.
const (
	leeway = 10 * time.Second
	moment = 2 * time.Second
)

// tokenCheck is one step of the decision on a token.
type tokenCheck struct {
	code finding.Code
	run  func(*TokenCase) answer
}

// jwtFamily is the order in which PyJWT checks, which Airflow asks: form, key, times,
// issuer, audience; before it what keeps a token from arriving at all, and what the
// server's own log says.
var jwtFamily = []tokenCheck{
	{finding.JWTCookieDropped, tokenCookieDropped},
	{finding.JWTNotSent, tokenNotSent},
	{finding.JWTMalformed, tokenMalformed},
	{finding.JWTClaimMissing, tokenClaimMissing},
	{finding.JWTClockSkew, tokenClockSkew},
	{finding.JWTExpired, tokenExpired},
	{finding.JWTKeyMismatch, tokenKeyMismatch},
	{finding.JWTWrongIssuer, tokenWrongIssuer},
	{finding.JWTWrongAudience, tokenWrongAudience},
}

// DecideToken says why a token was refused. It must be asked about failed attempts
// only.
func DecideToken(c *TokenCase) Decision {
	var found *match
	var cause finding.Code
	var rejected []finding.Rejected
	var between []finding.Code
	var lacking []finding.Missing
	for _, check := range jwtFamily {
		a := check.run(c)
		switch {
		case a.match != nil && found == nil:
			cause, found = check.code, a.match
		case a.excluded != "":
			rejected = append(rejected, finding.Rejected{Code: check.code, Why: a.excluded})
		case a.open != nil:
			between = append(between, check.code)
			lacking = appendMissing(lacking, a.open...)
		}
	}
	if found == nil {
		return Decision{Undecided: &finding.Undecided{Why: undecidedWhy(between), Between: between, Rejected: rejected, Missing: lacking}}
	}
	text, _ := Lookup(cause)
	f := &finding.Finding{
		Code: cause, Severity: text.Severity, Confidence: found.confidence, Origin: found.origin, Summary: found.summary,
		Explanation: explanation(found.detail, text), Evidence: found.evidence, Rejected: rejected, Missing: found.missing,
		Fixes: text.Fixes, NotCures: text.NoHelp,
	}
	if f.Summary == "" {
		f.Summary = withinSentence(text.Title)
	}
	return Decision{Finding: f}
}

// refusal is the first request with the token that was refused, or nil.
func (c *TokenCase) refusal() *bearer.Step {
	if refused := c.Attempt.Refusals(); len(refused) > 0 {
		return refused[0]
	}
	return nil
}

// said is what the refusing server says against the token, in its log or in its
// answer: "" if neither tells.
func (c *TokenCase) said() (string, exchange.Statement) {
	for _, s := range c.Attempt.Refusals() {
		for _, statement := range s.Said {
			if statement.Code == exchange.SaidTokenInvalid && !statement.Shared {
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
func (c *TokenCase) bySaid(origin finding.Origin, reasons ...string) (answer, bool) {
	reason, statement := c.said()
	if reason == "" {
		return answer{}, false
	}
	for _, prefix := range reasons {
		if strings.HasPrefix(reason, prefix) {
			m := match{confidence: finding.Proven, origin: origin, evidence: c.evidence()}
			field := "log"
			if !statement.Ref.HasLine {
				field = "answer"
			}
			m.evidence = append(m.evidence, finding.Evidence{Ref: finding.NewRef(statement.Ref), Field: field, Value: statement.Text})
			return matched(m), true
		}
	}
	return excluded("the server's log gives another reason"), true
}

func tokenMalformed(c *TokenCase) answer {
	if c.refusal() == nil {
		return answer{}
	}
	if answer, ok := c.bySaid(finding.Origin{Kind: finding.OriginUnknown}, "Not enough segments", "Invalid header", "Invalid payload", "Invalid crypto"); ok && answer.match != nil && c.Attempt.Token.Raw == "" {
		return answer
	}
	for _, t := range c.refusal().Shown {
		if t.Garbled != "" && t.Raw == c.Attempt.Token.Raw {
			return matched(match{
				confidence: finding.Proven, origin: finding.Origin{Kind: finding.OriginClient, Address: client(c.refusal())},
				summary:  fmt.Sprintf("the Authorization field holds %q beside the token", t.Garbled),
				evidence: c.evidence(),
			})
		}
	}
	for _, problem := range c.Attempt.Token.Problems {
		if slices.Contains(damage, problem.Code) && len(c.Attempt.Acceptances()) == 0 {
			return matched(match{
				confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
				summary:  "the token is damaged: " + problem.Text,
				evidence: c.evidence(),
			})
		}
	}
	return excluded("the token is whole")
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

// tokenClockSkew matches when a token is too young or too old for the clock of the
// server that refused it, and would not be by another clock.
func tokenClockSkew(c *TokenCase) answer {
	s := c.refusal()
	if s == nil {
		return answer{}
	}
	claims := c.Attempt.Token.Claims
	server := clockAt(s)
	if c.Attempt.Token.Raw == "" { // a log alone
		if answer, ok := c.bySaid(finding.Origin{Kind: finding.OriginApplication, Party: "airflow"}, "The token is not yet valid"); ok && answer.match != nil {
			return answer
		}
		if reason, _ := c.said(); reason == "Signature has expired" {
			return open(missing("the token and the clocks of the servers", howToCaptureServers))
		}
		return excluded("the server's log gives another reason")
	}
	switch {
	case server.date.IsZero():
		return open(missing("the answer with its Date field, on the hop to the server that refused", howToCaptureServers))
	case early(claims.IssuedAt, server.date) || early(claims.NotBefore, server.date):
		return matched(c.skewed(s, "is from the future for the server that refused it"))
	case s.ExpiredSaid() && !claims.Expires.IsZero() && c.wouldHold(s, claims.Expires):
		return matched(c.skewed(s, "has expired by the clock of the server that refused it, and by no other"))
	}
	if answer, ok := c.bySaid(finding.Origin{}, "The token is not yet valid"); ok && answer.excluded != "" {
		return answer
	}
	return excluded("the clocks agree as far as they were seen")
}

func early(claim, date time.Time) bool {
	return !claim.IsZero() && claim.Sub(date) > leeway+moment
}

// wouldHold reports whether the token had not expired yet when it was refused, by
// the clock of the capture and by that of every other server that was seen.
func (c *TokenCase) wouldHold(s *bearer.Step, expires time.Time) bool {
	if !s.Time.Before(expires.Add(-moment)) {
		return false
	}
	at := clockAt(s)
	return at.date.After(expires) || at.ahead > moment
}

// serverClock is the Date of the innermost answer, and how far it is ahead of the
// capture that saw it.
type serverClock struct {
	date  time.Time
	ahead time.Duration
}

func clockAt(s *bearer.Step) serverClock {
	for _, seen := range slices.Backward(s.Seen) {
		if !seen.Date.IsZero() && !seen.AnsweredAt.IsZero() {
			return serverClock{seen.Date, seen.Date.Sub(seen.AnsweredAt)}
		}
	}
	return serverClock{date: s.Date}
}

// skewed names the server whose clock is away from that of the capture.
func (c *TokenCase) skewed(s *bearer.Step, what string) match {
	refuser, claims := clockAt(s), c.Attempt.Token.Claims
	m := match{
		confidence: finding.Likely,
		origin:     finding.Origin{Kind: finding.OriginApplication, Party: "airflow"},
		summary:    "the token " + what,
		evidence:   c.evidence(),
	}
	m.evidence = append(m.evidence, finding.Evidence{
		Ref: finding.NewRef(s.Ref), Field: "Date", Value: refuser.date.UTC().Format(time.RFC3339),
		Note: fmt.Sprintf("issued %s, expires %s", claims.IssuedAt.UTC().Format(time.RFC3339), claims.Expires.UTC().Format(time.RFC3339)),
	})
	if birth := c.Attempt.Birth; birth != nil {
		minter := claims.IssuedAt.Sub(birth.AnsweredAt)
		switch {
		case minter.Abs() > leeway && refuser.ahead.Abs() <= leeway:
			m.origin.Address, m.confidence = birth.Server(), finding.Proven
		case refuser.ahead.Abs() > leeway && minter.Abs() <= leeway:
			m.origin.Address, m.confidence = s.Server(), finding.Proven
		}
		m.detail = fmt.Sprintf("Against the clock of the capture, the server that issued it is %s ahead, and the one that refused it %s.",
			rounded(minter), rounded(refuser.ahead))
	}
	if m.origin.Address == "" {
		m.missing = []finding.Missing{missing("which of the clocks is wrong", "date -u on every node, at one moment")}
	}
	return m
}

func tokenExpired(c *TokenCase) answer {
	s := c.refusal()
	if s == nil {
		return answer{}
	}
	if reason, _ := c.said(); c.Attempt.Token.Raw == "" {
		if reason == "Signature has expired" {
			return open(missing("the token and the clocks of the servers", howToCaptureServers))
		}
		return excluded("the server's log gives another reason")
	}
	claims := c.Attempt.Token.Claims
	expired := !claims.Expires.IsZero() && s.Time.After(claims.Expires.Add(-moment))
	switch {
	case expired && (s.ExpiredSaid() || s.Status == 401):
		return matched(match{
			confidence: finding.Proven,
			origin:     finding.Origin{Kind: finding.OriginClient, Address: client(s)},
			summary:    fmt.Sprintf("the token had expired at %s, and was used at %s", claims.Expires.UTC().Format(time.RFC3339), s.Time.UTC().Format(time.RFC3339)),
			evidence:   c.evidence(),
		})
	case s.ExpiredSaid():
		return open(missing("the clock of the server that refused", howToCaptureServers))
	}
	return excluded("the server did not say that it had expired")
}

func client(s *bearer.Step) string {
	if len(s.Hops) == 0 {
		return ""
	}
	if from, _ := Roles(s.Hops, 0); from != finding.HopClient {
		return ""
	}
	return s.Hops[0].From.Address
}

// tokenKeyMismatch matches with the word of the server's log, or with the keys. That
// one server takes a token and another refuses it shows that they differ, and not in
// what: the issuer or the audience that they ask for looks alike.
func tokenKeyMismatch(c *TokenCase) answer {
	s := c.refusal()
	if s == nil || s.ExpiredSaid() {
		return answer{}
	}
	if answer, ok := c.bySaid(c.differing(), "Signature verification failed"); ok {
		return answer
	}
	if c.Keys.Candidates(c.Attempt.Token.JWS) > 0 {
		if _, ok := c.Keys.Verify(c.Attempt.Token.JWS); !ok {
			return matched(match{
				confidence: finding.Proven, origin: c.minter(),
				summary:  "the token was signed with none of the keys that were given",
				evidence: c.evidence(),
			})
		}
	}
	return open(c.undecided()...)
}

func tokenWrongIssuer(c *TokenCase) answer {
	return c.bySetting("Invalid issuer", "Token is missing the \"iss\" claim")
}

func tokenWrongAudience(c *TokenCase) answer {
	return c.bySetting("Audience doesn't match", "Invalid audience", "Token is missing the \"aud\" claim")
}

func (c *TokenCase) bySetting(reasons ...string) answer {
	s := c.refusal()
	if s == nil || s.ExpiredSaid() {
		return answer{}
	}
	if answer, ok := c.bySaid(c.differing(), reasons...); ok {
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

// tokenNotSent matches when requests of the client that had just got the token were
// refused since they showed none, and nothing of its cookie explains that.
func tokenNotSent(c *TokenCase) answer {
	for _, s := range c.Attempt.Refusals() {
		if m, ok := c.stripped(s); ok {
			return matched(m)
		}
	}
	if len(c.Attempt.Without) == 0 {
		if c.refusal() != nil {
			return excluded("the token was sent")
		}
		return answer{}
	}
	s := c.Attempt.Without[0]
	if c.cookieUnseen(s) {
		return open(missing("the cookie as the browser got it", howToCaptureBrowser))
	}
	if s.ShownState != exchange.Absent {
		return open(missing("the Authorization and Cookie fields of the request", howToKeepCookies))
	}
	return matched(match{
		confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginClient, Address: client(s)},
		evidence: c.lackEvidence(s),
	})
}

// stripped matches when a proxy sent a request on without the token that it had got.
func (c *TokenCase) stripped(s *bearer.Step) (match, bool) {
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if !s.Hops.Adjacent(i) || s.Hops.Translated(i) || len(in.Shown) == 0 || out.ShownState != exchange.Absent {
			continue
		}
		address := s.Hops[i].From.Address
		return match{
			confidence: finding.Proven,
			origin:     finding.Origin{Kind: kindAt(s.Hops, i), Address: address, Party: programOf(s, i)},
			summary:    address + " took the token out of the request",
			evidence: []finding.Evidence{
				{Ref: finding.NewRef(in.Ref), Field: in.Shown[0].By, Value: c.Pseudonym(in.Shown[0].Raw), Note: "sent as far as here"},
				{Ref: finding.NewRef(out.Ref), Field: in.Shown[0].By, Note: strings.TrimSpace(fmt.Sprintf("sent on without it: %d %s", s.Status, s.Detail))},
			},
		}, true
	}
	return match{}, false
}

// maxCookie is the longest cookie that browsers keep, name, value and attributes
// (RFC 6265, 6.1).
const maxCookie = 4096

// tokenCookieDropped matches when the cookie that the token came in is one that a
// browser does not keep, or does not send there.
func tokenCookieDropped(c *TokenCase) answer {
	birth := c.Attempt.Birth
	if birth == nil || len(c.Attempt.Without) == 0 {
		return answer{}
	}
	s := c.Attempt.Without[0]
	if c.cookieUnseen(s) {
		return open(missing("the cookie as the browser got it", howToCaptureBrowser))
	}
	outer := outermost(birth)
	for _, t := range outer.Given {
		if t.Cookie == nil || t.Raw != c.Attempt.Token.Raw {
			continue
		}
		why := ""
		switch {
		case len(t.Cookie.Name)+len(t.Raw) > maxCookie:
			why = fmt.Sprintf("is %d bytes long, and browsers keep 4096", len(t.Cookie.Name)+len(t.Raw))
		case t.Cookie.Secure && (outermost(s).Scheme == "http" || plainPort(s)):
			why = "is marked Secure, and the site is reached by plain http"
		case t.Cookie.Path != "" && !pathMatches(outermost(s).Path, t.Cookie.Path):
			why = fmt.Sprintf("has the path %s, and %s is not below it", t.Cookie.Path, outermost(s).Path)
		}
		if why == "" {
			continue
		}
		return matched(match{
			confidence: finding.Proven, origin: c.setter(birth, t),
			summary:  fmt.Sprintf("the cookie %s that holds the token %s", t.Cookie.Name, why),
			evidence: c.lackEvidence(s),
		})
	}
	return answer{}
}

// cookieUnseen reports whether the token came in a cookie, and nobody saw it arrive at
// the client: a proxy may have changed it, or the browser may not keep it.
func (c *TokenCase) cookieUnseen(s *bearer.Step) bool {
	inCookie := slices.ContainsFunc(c.Attempt.Birth.Given, func(t bearer.Token) bool { return t.Cookie != nil })
	if !inCookie || len(s.Hops) == 0 {
		return inCookie
	}
	from, _ := Roles(s.Hops, 0)
	return from != finding.HopClient
}

func outermost(s *bearer.Step) *bearer.Step {
	if len(s.Seen) == 0 {
		return s
	}
	return s.Seen[0]
}

func plainPort(s *bearer.Step) bool { return len(s.Hops) > 0 && s.Hops[0].To.Port == 80 }

// setter is who wrote the cookie as the browser got it: the proxy that changed it,
// or the application.
func (c *TokenCase) setter(birth *bearer.Step, outside bearer.Token) finding.Origin {
	for i := len(birth.Seen) - 1; i > 0; i-- {
		for _, inside := range birth.Seen[i].Given {
			if inside.Cookie == nil || inside.Raw != outside.Raw || i >= len(birth.Hops) {
				continue
			}
			if inside.Cookie.Secure != outside.Cookie.Secure || inside.Cookie.Path != outside.Cookie.Path {
				return finding.Origin{Kind: finding.OriginIngress, Address: birth.Hops[i].From.Address, Party: programOf(birth, i)}
			}
		}
	}
	return finding.Origin{Kind: finding.OriginApplication, Party: "airflow", Address: birth.Server()}
}

func programOf(s *bearer.Step, hop int) string {
	guess, ok := party.Recognize(s.Hops.Observe(hop))
	if !ok {
		return ""
	}
	return strings.TrimSpace(string(guess.Name) + " " + guess.Version)
}

// minter is the server that gave the token out.
func (c *TokenCase) minter() finding.Origin {
	o := finding.Origin{Kind: finding.OriginApplication, Party: "airflow"}
	if c.Attempt.Birth != nil {
		o.Address = c.Attempt.Birth.Server()
	}
	return o
}

// differing are the servers that disagree about the token: the one that gave it out
// and the one that refused it.
func (c *TokenCase) differing() finding.Origin {
	o := c.minter()
	if s := c.refusal(); s != nil && s.Server() != "" && s.Server() != o.Address {
		o.Address = strings.TrimPrefix(o.Address+", "+s.Server(), ", ")
	}
	return o
}

// evidence is the life of the token: where it was given out, taken and refused.
func (c *TokenCase) evidence() []finding.Evidence {
	name := c.Pseudonym(c.Attempt.Token.Raw)
	var list []finding.Evidence
	if b := c.Attempt.Birth; b != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(b.Ref), Field: "token", Value: name, Note: "given out by " + serverWords(b)})
	}
	if taken := c.Attempt.Acceptances(); len(taken) > 0 {
		list = append(list, finding.Evidence{Ref: finding.NewRef(taken[0].Ref), Field: "token", Value: name, Note: "taken by " + serverWords(taken[0])})
	}
	if s := c.refusal(); s != nil {
		list = append(list, finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "token", Value: name,
			Note: strings.TrimSpace(fmt.Sprintf("refused by %s: %d %s", serverWords(s), s.Status, s.Detail))})
	}
	return list
}

func (c *TokenCase) lackEvidence(s *bearer.Step) []finding.Evidence {
	return append(c.evidence(), finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Authorization, Cookie",
		Note: strings.TrimSpace(fmt.Sprintf("no token was sent: %d %s", s.Status, s.Detail))})
}

func serverWords(s *bearer.Step) string {
	if server := s.Server(); server != "" {
		return server
	}
	return "a server that was not captured"
}

const howToCaptureBrowser = "a HAR of the browser, or a capture in front of the outermost proxy"

const howToCaptureServers = "capture between the proxy and each of the servers"

// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"fmt"
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/roles"
)

// The checks of this file hold the times of a token against clocks.

// leeway is how far clocks may be apart for Airflow ([api_auth] jwt_leeway, 10 s;
// Airflow 3.0), and moment what whole seconds of two clocks may differ beside that.
const (
	leeway = 10 * time.Second
	moment = 2 * time.Second
)

// tokenClockSkew matches when a token is too young or too old for the clock of the
// server that refused it, and would not be by another clock.
func tokenClockSkew(c *Case) causes.Answer {
	s := c.refusal()
	if s == nil {
		return c.refusedUnseen()
	}
	claims := c.Attempt.Token.Claims
	server := clockAt(s)
	if c.Attempt.Token.Raw == "" { // a log alone
		if answer, ok := c.bySaid(finding.Origin{Kind: finding.OriginApplication, Party: "airflow"}, "The token is not yet valid"); ok && answer.Match != nil {
			return answer
		}
		switch reason, _ := c.said(); reason {
		case "": // and what was sent is no token
			return causes.Answer{}
		case "Signature has expired":
			return causes.Open(causes.Missing("the token and the clocks of the servers", causes.HowToCaptureServers))
		}
		return causes.Excluded("the server's log gives another reason")
	}
	switch {
	case server.date.IsZero():
		return causes.Open(causes.Missing("the answer with its Date field, on the hop to the server that refused", causes.HowToCaptureServers))
	case early(claims.IssuedAt, server.date) || early(claims.NotBefore, server.date):
		return causes.Matched(c.skewed(s, "is from the future for the server that refused it"))
	case s.ExpiredSaid() && !claims.Expires.IsZero() && c.wouldHold(s, claims.Expires):
		return causes.Matched(c.skewed(s, "has expired by the clock of the server that refused it, and by no other"))
	case s.ExpiredSaid():
		if m, ok := c.tooSoon(s); ok {
			return causes.Matched(m)
		}
	}
	if answer, ok := c.bySaid(finding.Origin{}, "The token is not yet valid"); ok && answer.Excluded != "" {
		return answer
	}
	if roles.LastServer(s.Hops) == "" { // the Date may be that of a proxy, which writes its own
		return causes.Open(causes.Missing("the clock of the server that refused", causes.HowToCaptureServers))
	}
	return causes.Excluded("the clocks agree as far as they were seen")
}

// tooSoon matches when a server calls a token expired of which one capture saw that it was
// just made: what passed since then is less than it is valid for, whatever the capture's
// own clock says. The Date of the answer does not count here, a proxy may have written it.
func (c *Case) tooSoon(s *bearer.Step) (causes.Match, bool) {
	claims := c.Attempt.Token.Claims
	made, passed, ok := c.sinceBirth(s)
	valid := claims.Expires.Sub(claims.IssuedAt)
	if !ok || claims.Expires.IsZero() || claims.IssuedAt.IsZero() || passed > valid-leeway-moment {
		return causes.Match{}, false
	}
	if claims.IssuedAt.Sub(made).Abs() > leeway+moment { // the answer may have handed out an old one
		return causes.Match{}, false
	}
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginApplication, Party: "airflow"},
		Summary:    fmt.Sprintf("a server called the token expired within %s of its making, and it is valid for %s", causes.Rounded(passed.Truncate(time.Second)+time.Second), hoursOr(valid)),
		Detail:     "The clock of that server is ahead of the clock of the one that made the token.",
		Evidence:   c.evidence(),
		Fixes:      inTime(valid - passed),
		Missing:    []finding.Missing{causes.Missing("which of the clocks is wrong", "date -u on every node, at one moment")},
	}
	last := &m.Evidence[len(m.Evidence)-1]
	last.Note += fmt.Sprintf("; issued %s, expires %s", claims.IssuedAt.UTC().Format(time.RFC3339), claims.Expires.UTC().Format(time.RFC3339))
	return m, true
}

// hoursOr says how long a token is valid: in hours if that is exact.
func hoursOr(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return causes.Rounded(d)
}

// sinceBirth is when the token was given out, and how much later the request was refused,
// by the clock of one capture that saw both.
func (c *Case) sinceBirth(s *bearer.Step) (made time.Time, passed time.Duration, ok bool) {
	if c.Attempt.Birth == nil {
		return time.Time{}, 0, false
	}
	for _, given := range c.Attempt.Birth.Seen {
		for _, refused := range s.Seen {
			if given.Ref.Capture != nil && given.Ref.Capture == refused.Ref.Capture && !given.AnsweredAt.IsZero() && refused.AnsweredAt.After(given.AnsweredAt) {
				return given.AnsweredAt, refused.AnsweredAt.Sub(given.AnsweredAt), true
			}
		}
	}
	return time.Time{}, 0, false
}

func early(claim, date time.Time) bool {
	return !claim.IsZero() && claim.Sub(date) > leeway+moment
}

// wouldHold reports whether the token had not expired yet when it was refused, by
// the clock of the capture and by that of every other server that was seen.
func (c *Case) wouldHold(s *bearer.Step, expires time.Time) bool {
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
func (c *Case) skewed(s *bearer.Step, what string) causes.Match {
	refuser, claims := clockAt(s), c.Attempt.Token.Claims
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginApplication, Party: "airflow"},
		Summary:    "the token " + what,
		Evidence:   c.evidence(),
	}
	m.Evidence = append(m.Evidence, finding.Evidence{
		Ref: finding.NewRef(s.Ref), Field: "Date", Value: refuser.date.UTC().Format(time.RFC3339),
		Note: fmt.Sprintf("issued %s, expires %s", claims.IssuedAt.UTC().Format(time.RFC3339), claims.Expires.UTC().Format(time.RFC3339)),
	})
	apart := claims.IssuedAt.Sub(refuser.date) // at least, of a token that comes from the future
	if !early(claims.IssuedAt, refuser.date) {
		apart = refuser.ahead
	}
	if birth := c.Attempt.Birth; birth != nil {
		minter := claims.IssuedAt.Sub(birth.AnsweredAt)
		apart = refuser.ahead - minter
		switch {
		case minter.Abs() > leeway && refuser.ahead.Abs() <= leeway:
			m.Origin.Address, m.Confidence = roles.LastServer(birth.Hops), finding.Proven
		case refuser.ahead.Abs() > leeway && minter.Abs() <= leeway:
			m.Origin.Address, m.Confidence = roles.LastServer(s.Hops), finding.Proven
		}
		m.Detail = fmt.Sprintf("By the clock of the capture, the server that issued it is %s, and the one that refused it is %s.",
			aheadWords(minter), aheadWords(refuser.ahead))
	}
	m.Fixes = inTime(apart)
	if m.Confidence != finding.Proven {
		m.Missing = []finding.Missing{causes.Missing("which of the clocks is wrong", "date -u on every node, at one moment")}
	}
	return m
}

func tokenExpired(c *Case) causes.Answer {
	s := c.refusal()
	if s == nil {
		return causes.Answer{}
	}
	if reason, _ := c.said(); c.Attempt.Token.Raw == "" {
		switch reason {
		case "":
			return causes.Answer{}
		case "Signature has expired":
			return causes.Open(causes.Missing("the token and the clocks of the servers", causes.HowToCaptureServers))
		}
		return causes.Excluded("the server's log gives another reason")
	}
	claims := c.Attempt.Token.Claims
	expired := !claims.Expires.IsZero() && s.Time.After(claims.Expires.Add(-moment))
	switch {
	case expired && (s.ExpiredSaid() || s.Status == 401 || s.TookAway):
		return causes.Matched(causes.Match{
			Confidence: finding.Proven,
			Origin:     finding.Origin{Kind: finding.OriginClient, Address: client(s)},
			Summary:    fmt.Sprintf("the token had expired at %s, and was used at %s", claims.Expires.UTC().Format(time.RFC3339), s.Time.UTC().Format(time.RFC3339)),
			Evidence:   c.evidence(),
		})
	case s.ExpiredSaid():
		return causes.Open(causes.Missing("the clock of the server that refused", causes.HowToCaptureServers))
	}
	return causes.Excluded("the server did not say that it had expired")
}

func client(s *bearer.Step) string {
	if len(s.Hops) == 0 {
		return ""
	}
	if from, _ := roles.Of(s.Hops, 0); from != finding.HopClient {
		return ""
	}
	return s.Hops[0].From.Address
}

// aheadWords say by how much a clock is off; whole seconds of HTTP are no more exact than
// moment.
func aheadWords(ahead time.Duration) string {
	switch {
	case ahead.Abs() <= moment:
		return "right"
	case ahead < 0:
		return fmt.Sprintf("%s behind", causes.Rounded(-ahead))
	}
	return fmt.Sprintf("%s ahead", causes.Rounded(ahead))
}

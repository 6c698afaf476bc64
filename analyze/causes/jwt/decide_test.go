// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A log's word on a signature is likely another key, and does not exclude that the token was
// cut; where the token was seen whole it is proof.
func TestSignatureByLog(t *testing.T) {
	said := exchange.Statement{Code: exchange.SaidTokenInvalid}
	said.Values.Reason = badSignature
	for name, test := range map[string]struct {
		raw       string
		want      finding.Confidence
		malformed bool // may be
	}{
		"the log alone":        {"", finding.Likely, true},
		"beside a whole token": {"a.b.c", finding.Proven, false},
	} {
		attempt := &bearer.Attempt{Uses: []*bearer.Step{{Path: "/ui/config", Status: 403, Said: []exchange.Statement{said}}}}
		attempt.Token.Raw = test.raw
		f := Decide(&Case{Attempt: attempt, Pseudonym: func(string) string { return "token-1" }}).Finding
		if f == nil || f.Code != finding.JWTKeyMismatch || f.Confidence != test.want {
			t.Errorf("%s: %+v", name, f)
			continue
		}
		excluded := slices.ContainsFunc(f.Rejected, func(r finding.Rejected) bool { return r.Code == finding.JWTMalformed })
		if excluded == test.malformed {
			t.Errorf("%s: damage is excluded: %v", name, excluded)
		}
	}
}

// A token that one capture saw being made cannot have expired at once; an old one that was
// handed out can have, and so can one whose time is over.
func TestExpiredTooSoon(t *testing.T) {
	capture := &exchange.Capture{ID: "capture-1"}
	made := time.Date(2026, 11, 24, 0, 0, 11, 0, time.UTC)
	for name, test := range map[string]struct {
		age, valid, used time.Duration
		elsewhere        bool
		want             bool
	}{
		"a day too soon":            {0, 24 * time.Hour, time.Second, false, true},
		"in time":                   {0, time.Minute, 61 * time.Second, false, false},
		"nearly in time":            {0, time.Minute, 50 * time.Second, false, false},
		"an old one was handed out": {time.Hour, 24 * time.Hour, time.Second, false, false},
		"by two clocks":             {0, 24 * time.Hour, time.Second, true, false},
	} {
		birth := &bearer.Step{Ref: exchange.Ref{Capture: capture}, AnsweredAt: made}
		use := &bearer.Step{Ref: exchange.Ref{Capture: capture}, Time: made.Add(test.used), AnsweredAt: made.Add(test.used), Status: 401, Detail: "Token Expired"}
		if test.elsewhere {
			use.Ref.Capture = &exchange.Capture{ID: "capture-2"}
		}
		birth.Seen, use.Seen = []*bearer.Step{birth}, []*bearer.Step{use}
		attempt := &bearer.Attempt{Birth: birth, Uses: []*bearer.Step{use}}
		attempt.Token.Raw = "a.b.c"
		attempt.Token.Claims = token.Claims{IssuedAt: made.Add(-test.age), Expires: made.Add(test.valid - test.age)}
		c := &Case{Attempt: attempt, Pseudonym: func(string) string { return "token-1" }}
		if _, got := c.tooSoon(use); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// The token is named at a refusal only if it was seen to arrive there.
func TestEvidenceNamesWhatArrived(t *testing.T) {
	for name, test := range map[string]struct {
		replaced    bool
		field, want string
	}{"the token": {false, "token", "token-1"}, "something else": {true, "answer", ""}} {
		s := shownTo(false, "", "")
		if test.replaced {
			s.Shown, s.Foreign = nil, true
		}
		list := tokenCase(s).evidence()
		if last := list[len(list)-1]; last.Field != test.field || last.Value != test.want {
			t.Errorf("%s: %+v", name, last)
		}
	}
}

// What is not sent is not called sent, whatever came in its place.
func TestSomethingElseWasSent(t *testing.T) {
	s := shownTo(false, "")
	s.Shown, s.Foreign = nil, true
	if a := tokenNotSent(tokenCase(s)); a.Excluded != "something was sent in the token's place" {
		t.Errorf("%+v", a)
	}
}

// A task's token at the API for users is the client's doing only where the client was seen.
func TestWhoShowedTheTokenOfATask(t *testing.T) {
	for _, behindProxy := range []bool{false, true} {
		s := shownTo(behindProxy, "")
		s.Path, s.Said = "/api/v2/dags", []exchange.Statement{{Code: exchange.SaidTokenInvalid, Values: exchange.Values{Reason: "Audience doesn't match"}}}
		c := tokenCase(s)
		c.Attempt.Token.Claims.Audience = []string{taskAudience}
		want := finding.OriginClient
		if behindProxy {
			want = finding.OriginUnknown
		}
		m := tokenWrongAudience(c).Match
		if m == nil || m.Origin.Kind != want || (len(m.Missing) > 0) != behindProxy {
			t.Errorf("behind a proxy %v: %+v", behindProxy, m)
		}
	}
}

// What is said of the clocks is a sentence.
func TestClocksInWords(t *testing.T) {
	made := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	birth := &bearer.Step{AnsweredAt: made}
	s := &bearer.Step{Status: 401, AnsweredAt: made, Date: made}
	s.Seen = []*bearer.Step{s}
	c := tokenCase(s)
	c.Attempt.Birth = birth
	c.Attempt.Token.Claims = token.Claims{IssuedAt: made.Add(time.Minute)}
	const want = "the server that issued it is 1m0s ahead, and the one that refused it is right."
	if m := c.skewed(s, "is young"); !strings.HasSuffix(m.Detail, want) {
		t.Errorf("%q", m.Detail)
	}
}

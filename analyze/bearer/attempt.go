// SPDX-License-Identifier: Apache-2.0

package bearer

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Attempt is the life of one token: the answer that gave it out and the requests
// that showed it. A token that was not seen to be given out has no Birth.
type Attempt struct {
	Token Token
	Birth *Step
	Uses  []*Step // in order of time

	// Before is the answer that gave out the first token of the same login, nil if that is
	// this one. It was replaced before a server had looked at it: a form answers with a
	// token, and the page that it leads to with another one (FAB provider 3).
	Before *Step

	// Without are requests of the same client after the birth that were refused since
	// they showed no token.
	Without []*Step

	// SentAgain says that a redirect gave the same user's browser another token soon after
	// a server had taken this one: whatever sent it there, the login did not hold.
	SentAgain bool

	// lost says that an answer deleted the token's cookie before the token was shown: it
	// was for an older token, and the browser cannot tell.
	lost bool
}

// Assemble makes attempts out of steps, one for each token, in order of time; and
// one for requests that were refused for lack of a token if none was seen at all.
func Assemble(steps []*Step) ([]*Attempt, hops.Clocks) {
	requests, clocks := join(steps)
	var attempts []*Attempt
	of := map[string]*Attempt{}
	life := func(t Token) *Attempt {
		a := of[t.Raw]
		if a == nil {
			a = &Attempt{Token: t}
			of[t.Raw] = a
			attempts = append(attempts, a)
		}
		return a
	}
	for _, s := range requests {
		for _, t := range s.shownAnywhere() {
			a := life(t)
			if n := len(a.Uses); n == 0 || a.Uses[n-1] != s {
				a.Uses = append(a.Uses, s)
			}
		}
		for _, t := range s.Given {
			if a := life(t); a.Birth == nil && len(a.Uses) == 0 {
				a.Birth = s
			}
		}
		if bare := len(s.shownAnywhere()) == 0 && len(s.Given) == 0 && !s.Foreign; bare || s.TookAway {
			for _, a := range attempts {
				a.goneBefore(s, bare)
			}
		}
	}
	attempts = withoutReplaced(attempts, of)
	for i, a := range attempts {
		if taken := a.Acceptances(); len(taken) > 0 && a.Token.Claims.Subject != "" {
			last := taken[len(taken)-1]
			a.SentAgain = slices.ContainsFunc(attempts[i+1:], func(b *Attempt) bool {
				return b.Token.Claims.Subject == a.Token.Claims.Subject && b.soonAfter(last)
			})
		}
	}
	attempts = append(attempts, refusedAsForeign(requests, attempts)...)
	return append(attempts, onlyLogged(requests)...), clocks
}

// soon is within how long a browser that was logged in is not sent to the login again.
const soon = time.Minute

// soonAfter reports whether the token was given out soon after a request, to the same
// client and by a redirect that asked nobody.
func (a *Attempt) soonAfter(last *Step) bool {
	b := a.Birth
	if b == nil || b.Method != "GET" || b.Status < 300 || b.Status >= 400 || len(b.shownAnywhere()) > 0 {
		return false
	}
	after := b.Time.Sub(last.Time)
	return after >= 0 && after < soon && sameClient(last, b)
}

// withoutReplaced leaves out the tokens that were shown on the way to their successors
// only: they are of one login.
func withoutReplaced(attempts []*Attempt, of map[string]*Attempt) []*Attempt {
	return slices.DeleteFunc(attempts, func(a *Attempt) bool {
		next := a.successor(of)
		if next == nil {
			return false
		}
		if next.Before == nil {
			next.Before = cmp.Or(a.Before, a.Birth)
		}
		return true
	})
}

// successor is the token that an answer gave out in the place of this one, nil if there is
// none or if a server said before what it thinks of this one.
func (a *Attempt) successor(of map[string]*Attempt) *Attempt {
	if len(a.Without) > 0 || len(a.Refusals()) > 0 || len(a.Acceptances()) > 0 || len(a.KeptOut()) > 0 {
		return nil
	}
	for _, s := range a.Uses {
		for _, t := range s.Given {
			if next := of[t.Raw]; t.Raw != a.Token.Raw && next.Birth == s {
				return next
			}
		}
	}
	return nil
}

// refusedAsForeign follows requests that showed what is no token, and were refused for it.
// They are uses of the token that their client got before and never showed; without one it
// makes attempts out of them, one for each client.
func refusedAsForeign(requests []*Step, tokens []*Attempt) []*Attempt {
	var attempts []*Attempt
	unused := slices.DeleteFunc(slices.Clone(tokens), func(a *Attempt) bool { return a.Birth == nil || len(a.Uses) > 0 || len(a.Without) > 0 })
	for _, s := range requests {
		if !s.Foreign || !s.SaidInvalid() || len(s.shownAnywhere()) > 0 {
			continue
		}
		if a := lastGiven(unused, s); a != nil {
			a.Uses = append(a.Uses, s)
			continue
		}
		i := slices.IndexFunc(attempts, func(a *Attempt) bool { return sameClient(a.Uses[0], s) })
		if i < 0 {
			i, attempts = len(attempts), append(attempts, &Attempt{})
		}
		attempts[i].Uses = append(attempts[i].Uses, s)
	}
	return attempts
}

// lastGiven is the last of the tokens that the client of a request had got before it; nil if
// there is none.
func lastGiven(tokens []*Attempt, s *Step) *Attempt {
	for _, a := range slices.Backward(tokens) {
		if sameClient(a.Birth, s) && !s.Time.Before(a.Birth.AnsweredAt) {
			return a
		}
	}
	return nil
}

// goneBefore takes in a request that does not show the token, though it was given out
// before to the same client: one that showed none, or one whose answer deletes the
// cookie.
func (a *Attempt) goneBefore(s *Step, bare bool) {
	if a.Birth == nil || a.Birth == s || len(a.Uses) > 0 || a.lost || !sameClient(a.Birth, s) {
		return
	}
	switch {
	case s.TookAway && a.inCookie():
		a.lost = !s.AnsweredAt.Before(a.Birth.AnsweredAt)
	case bare && !s.Time.Before(a.Birth.AnsweredAt):
		a.Without = append(a.Without, s)
	}
}

// inCookie reports whether the token came in a cookie.
func (a *Attempt) inCookie() bool {
	return slices.ContainsFunc(a.Birth.Given, func(t Token) bool { return t.Raw == a.Token.Raw && t.Cookie != nil })
}

// shownAnywhere are the tokens that a request showed, wherever on its path: a proxy
// may have taken them out.
func (s *Step) shownAnywhere() []Token {
	for _, seen := range s.Seen {
		if len(seen.Shown) > 0 {
			return seen.Shown
		}
	}
	return s.Shown
}

// join puts the sightings of each request together; the innermost one that was
// answered stands for it.
func join(steps []*Step) ([]*Step, hops.Clocks) {
	requests, clocks := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	var joined []*Step
	for _, r := range requests {
		seen := r.Seen
		best := seen[0]
		for _, s := range seen {
			if s.Status != 0 && s.ShownState != exchange.Unknown {
				best = s
			}
		}
		best.Seen, best.Hops = seen, r.Path
		for _, s := range seen {
			best.fillFrom(s)
		}
		joined = append(joined, best)
	}
	return joined, clocks
}

func (s *Step) fillFrom(other *Step) {
	if s.ShownState == exchange.Unknown {
		s.Shown, s.ShownState = other.Shown, other.ShownState
	}
	if len(s.Given) == 0 {
		s.Given = other.Given
	}
	if s.Detail == "" {
		s.Detail = other.Detail
	}
	s.TookAway = s.TookAway || other.TookAway
	if s != other {
		s.Said = append(s.Said, other.Said...)
	}
}

// sameClient reports whether two requests came from one browser: from one
// recording, or from one address with one User-Agent.
func sameClient(a, b *Step) bool {
	if a.Host != b.Host || a.UserAgent != b.UserAgent || len(a.Hops) == 0 || len(b.Hops) == 0 {
		return false
	}
	if from := a.Hops[0].From.Address; from != "" || b.Hops[0].From.Address != "" {
		return from == b.Hops[0].From.Address
	}
	return a.Ref.Capture == b.Ref.Capture
}

// At is the sighting of a hop that was answered, as a step.
func (s *Step) At(hop int) *Step {
	for _, sighting := range s.Hops[hop].Sightings {
		for _, step := range s.Seen {
			if step.Sighting == sighting && step.ShownState != exchange.Unknown {
				return step
			}
		}
	}
	return &Step{}
}

// LoggedClient is the client's address as the application's own log has it of the last
// hop; "" without a line on that hop.
func (s *Step) LoggedClient() string {
	for _, seen := range s.Seen {
		if seen.Logged != "" && slices.Contains(s.Hops[len(s.Hops)-1].Sightings, seen.Sighting) {
			return seen.Logged
		}
	}
	return ""
}

// Server is the address at which a request ended, as far as it was seen.
func (s *Step) Server() string {
	if len(s.Hops) == 0 {
		return ""
	}
	return s.Hops[len(s.Hops)-1].To.Address
}

// The words by which Airflow 3 says what it holds against a token (Airflow 3.0 to
// 3.2, api_fastapi/core_api/security.py; execution API, app.py).
const (
	detailExpired = "Token Expired"
	detailInvalid = "Invalid JWT token"
	detailAuth    = "Invalid auth token"
)

// detailDeleted stands in for them where an answer has none, and shows by a deleted
// cookie that the token was refused.
const detailDeleted = "deletes the cookie"

// KeptOut are the requests with the token that failed for another reason than the token,
// as far as their answers say: a proxy may have answered them.
func (a *Attempt) KeptOut() []*Step {
	var kept []*Step
	for _, s := range a.Uses {
		if s.Status >= 400 && !s.Refused() {
			kept = append(kept, s)
		}
	}
	return kept
}

// Refused reports whether a token that a request showed was refused as a token, and
// not for what its user may do.
func (s *Step) Refused() bool {
	if len(s.Said) > 0 || s.TookAway {
		return true
	}
	switch s.Status {
	case 401:
		return true
	case 403:
		return s.Detail == detailInvalid || strings.HasPrefix(s.Detail, detailAuth)
	}
	return false
}

// Reason is what the answer itself holds against the token: that of the execution
// API says it, the others hide it.
func (s *Step) Reason() string {
	_, reason, _ := strings.Cut(s.Detail, detailAuth+": ")
	return reason
}

// SaidInvalid reports whether the server says, in its answer or its log, that what was shown
// is no token that it takes. Other applications refuse opaque tokens of their own.
func (s *Step) SaidInvalid() bool {
	return s.Detail == detailInvalid || strings.HasPrefix(s.Detail, detailAuth) || len(s.Said) > 0
}

// ExpiredSaid reports whether the answer says that the token is too old.
func (s *Step) ExpiredSaid() bool { return s.Detail == detailExpired }

// Accepted reports whether the server looked at the token and took it, whatever it answered
// then.
func (s *Step) Accepted() bool {
	return s.checked() && !s.Refused() && (s.Status >= 200 && s.Status < 400 || s.Status == 403 && s.Detail == "Forbidden")
}

// Refusals are the uses that were refused.
func (a *Attempt) Refusals() []*Step {
	return slices.DeleteFunc(slices.Clone(a.Uses), func(s *Step) bool { return !s.Refused() })
}

// Acceptances are the uses that were accepted.
func (a *Attempt) Acceptances() []*Step {
	return slices.DeleteFunc(slices.Clone(a.Uses), func(s *Step) bool { return !s.Accepted() })
}

// Outcome is what became of the login behind a token. One refusal is enough: the
// user was sent back, or saw an error.
func (a *Attempt) Outcome() finding.Outcome {
	switch {
	case len(a.Refusals()) > 0 || len(a.Without) > 0:
		return finding.Failed
	case len(a.Acceptances()) > 0 && !a.SentAgain:
		return finding.Succeeded
	}
	return finding.OutcomeUnknown
}

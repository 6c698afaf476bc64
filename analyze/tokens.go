// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes/jwt"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// mostUses bounds how many requests with one token at one server are kept: a user
// interface sends thousands, and the first ones tell.
const (
	mostUses       = 64
	mostTokenSteps = 10_000 // however many tokens there are
)

// tokenSteps collects the steps of token logins.
type tokenSteps struct {
	steps  []*bearer.Step
	uses   map[string]int
	passed map[*exchange.Capture]int // requests that were not looked at
}

func (t *tokenSteps) add(x *exchange.Exchange) {
	if !bearer.Matters(x) {
		return
	}
	if len(t.steps) >= mostTokenSteps {
		if t.passed == nil {
			t.passed = map[*exchange.Capture]int{}
		}
		t.passed[x.Ref.Capture]++
		return
	}
	s := bearer.NewStep(x)
	if t.uses == nil {
		t.uses = map[string]int{}
	}
	if len(s.Given) == 0 {
		key := fmt.Sprint(captureID(x.Ref.Capture), x.Server, s.Refused())
		for _, shown := range s.Shown {
			key += " " + shown.Raw
		}
		if t.uses[key]++; t.uses[key] > mostUses {
			return
		}
	}
	t.steps = append(t.steps, s)
}

// note says how many requests of a capture were not looked at.
func (t *tokenSteps) note(c *exchange.Capture) (finding.Note, bool) {
	return passedNote(t.passed[c], "with tokens", mostTokenSteps)
}

// concludeTokens judges the tokens that were seen, one login for each, and returns
// what the servers' logs say of the servers as well.
func (a *Analyzer) concludeTokens(captures []*exchange.Capture) ([]finding.Login, serverLogs) {
	bearer.Attach(a.tokens.steps, captures)
	attempts, _ := bearer.Assemble(a.tokens.steps)
	logs := readServerLogs(captures, attempts)
	var logins []finding.Login
	for _, attempt := range attempts {
		// Identity providers give out tokens that nobody shows again.
		unused := len(attempt.Uses) == 0 && len(attempt.Without) == 0
		if unused && (attempt.Birth == nil || applicationOf(attempt) == "") {
			continue
		}
		logins = append(logins, a.tokenLogin(attempt, attempts, logs))
	}
	return logins, logs
}

func (a *Analyzer) tokenLogin(attempt *bearer.Attempt, all []*bearer.Attempt, logs serverLogs) finding.Login {
	a.counter.logins++
	l := finding.Login{
		ID: loginID(a.counter.logins), Outcome: attempt.Outcome(), Findings: []finding.Finding{},
		Application: finding.Application{Name: applicationOf(attempt)}, Steps: a.tokenSteps(attempt),
	}
	first := l.Steps[0]
	l.Time, l.Client = first.Time, first.ClientIP.True.Value
	a.noteTraits(&l)
	switch l.Outcome {
	case finding.Failed:
		decision := jwt.Decide(&jwt.Case{
			Attempt: attempt, Others: all, Keys: a.options.JWTKeys, Generated: logs.generated, Pseudonym: a.tokenNames.of,
			Kubernetes: a.options.Names.Kubernetes(),
			Proxied:    a.answered.ofToken(attempt),
		})
		l.Undecided = decision.Undecided
		if decision.Finding != nil {
			l.Cause = a.add(&l, *decision.Finding)
		}
	case finding.OutcomeUnknown:
		if f, by := a.keptOut(attempt); f != nil {
			l.Outcome, l.Cause = finding.Failed, a.add(&l, *f)
			if address, role, ok := by.Ended(); ok {
				end(l.Steps[len(l.Steps)-1].Hops, address, role)
			}
			break
		}
		l.Undecided = whyUnknown(attempt)
	}
	return l
}

// whyUnknown is what keeps the outcome of a login by a token from being known.
func whyUnknown(attempt *bearer.Attempt) *finding.Undecided {
	if attempt.SentAgain {
		return &finding.Undecided{
			Why:     "a server took the token, and the browser was sent to the login again at once",
			Missing: []finding.Missing{{What: "the answer that sent the browser there", How: "record with contents, at each of the servers too"}},
		}
	}
	return &finding.Undecided{
		Why:     "no request with the token was captured, or none that shows whether it was taken",
		Missing: []finding.Missing{{What: "the requests after the login", How: "record until the error appears, at the servers too"}},
	}
}

// keptOut is the finding on a proxy that answered each request with a token itself, so
// that no server saw it; nil if none did.
func (a *Analyzer) keptOut(attempt *bearer.Attempt) (*finding.Finding, *proxied.Case) {
	kept := attempt.KeptOut()
	if len(kept) == 0 {
		return nil, nil
	}
	c := a.answered.ofUse(kept[0])
	d, ok := proxied.Decide(c)
	if !ok {
		return nil, nil
	}
	return d.Finding, c
}

// noteTraits tells the selector what a login can be selected by.
func (a *Analyzer) noteTraits(l *finding.Login) {
	if a.selector.IsZero() {
		return
	}
	t := loginTraits{number: a.counter.logins, time: l.Time.Time}
	if l.Client != "" {
		t.clients = []string{l.Client}
	}
	a.selector.traits[l.ID] = t
}

// applicationOf says which application a token is of: Airflow 3, by the audience
// that it sets unless it is told otherwise, or by the paths of its APIs.
func applicationOf(a *bearer.Attempt) string {
	if slices.ContainsFunc(a.Token.Claims.Audience, bearer.AirflowAudience) {
		return "airflow"
	}
	for _, s := range append([]*bearer.Step{a.Birth}, a.Uses...) {
		if s != nil && (len(s.Said) > 0 || s.Foreign && s.SaidInvalid() || strings.Contains(s.Path, "/api/v2/") || strings.Contains(s.Path, "/execution/") || strings.HasSuffix(s.Path, "/auth/token")) {
			return "airflow"
		}
	}
	return ""
}

// tokenSteps are what a report shows of a token's life: its birth, the first request
// that was taken, and the first that was refused.
func (a *Analyzer) tokenSteps(attempt *bearer.Attempt) []finding.Step {
	application := applicationOf(attempt)
	step := func(role finding.Role, s *bearer.Step) finding.Step { return a.tokenStep(role, s, application) }
	var steps []finding.Step
	if attempt.Before != nil {
		steps = append(steps, step(finding.RoleTokenIssued, attempt.Before))
	}
	if attempt.Birth != nil {
		steps = append(steps, step(finding.RoleTokenIssued, attempt.Birth))
	}
	if taken := attempt.Acceptances(); len(taken) > 0 {
		steps = append(steps, step(finding.RoleTokenUse, taken[0]))
	}
	if refused := attempt.Refusals(); len(refused) > 0 {
		steps = append(steps, step(finding.RoleTokenUse, refused[0]))
	} else if len(attempt.Without) > 0 {
		steps = append(steps, step(finding.RoleTokenUse, attempt.Without[0]))
	} else if kept := attempt.KeptOut(); len(kept) > 0 && len(attempt.Acceptances()) == 0 {
		steps = append(steps, step(finding.RoleTokenUse, kept[0]))
	} else if len(attempt.Uses) > 0 && len(attempt.Acceptances()) == 0 {
		steps = append(steps, step(finding.RoleTokenUse, attempt.Uses[0]))
	}
	return steps
}

func (a *Analyzer) tokenStep(role finding.Role, s *bearer.Step, application string) finding.Step {
	step := a.shownStep(finding.Step{
		Role: role, Method: s.Method, URL: s.Path, Status: s.Status, Answer: s.Detail,
		Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref),
	}, s.Scheme, s.Host, s.Hops)
	step.ClientIP.AppSaw = a.appSaw(application, s.Hops, s.LoggedClient())
	return step
}

// shownStep fills in what the path of a request tells: its whole URL and its client.
func (a *Analyzer) shownStep(step finding.Step, scheme, host string, path hops.Path) finding.Step {
	step.Hops = a.hopsWith(path, -1)
	if host != "" {
		step.URL = "//" + host + step.URL
	}
	if scheme != "" {
		step.URL = scheme + ":" + step.URL
	}
	if len(path) > 0 {
		if from, _ := roles.Of(path, 0); from == finding.HopClient && path[0].From.Address != "" {
			step.ClientIP.True = finding.TrueIP{Value: path[0].From.Address, How: "the peer of the outermost hop in the capture"}
		}
	}
	return step
}

func captureID(c *exchange.Capture) string {
	if c == nil {
		return ""
	}
	return c.ID
}

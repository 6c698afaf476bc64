// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/provider"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// concludeOAuth judges the logins by an identity provider, one for each round trip.
// A login that a server left to the Hub is the second half of one; where it passed, it
// is told only if there is nothing else to tell.
func (a *Analyzer) concludeOAuth(others int) []finding.Login {
	attempts, requests, _ := oauth.Assemble(a.oauth.Steps)
	index := oauth.NewIndex(requests)
	var logins []finding.Login
	for _, attempt := range attempts {
		if attempt.Server() == "" {
			others++
		}
	}
	for _, attempt := range attempts {
		if others > 0 && attempt.Server() != "" && (attempt.Outcome() == finding.Succeeded || attempt.ByProxyAlone()) {
			continue
		}
		logins = append(logins, a.oauthLogin(attempt, index))
	}
	return logins
}

func (a *Analyzer) oauthLogin(attempt *oauth.Attempt, index *oauth.Index) finding.Login {
	a.counter.logins++
	l := finding.Login{
		ID: loginID(a.counter.logins), Outcome: attempt.Outcome(), Findings: []finding.Finding{}, Steps: a.oauthSteps(attempt),
		Application: finding.Application{Name: "jupyterhub", Version: attempt.HubVersion()},
	}
	l.Time = l.Steps[0].Time
	for _, s := range l.Steps {
		l.Client = cmp.Or(l.Client, s.ClientIP.True.Value)
	}
	if len(a.options.ClientAddresses) == 1 {
		l.Client = a.options.ClientAddresses[0]
	}
	a.noteOAuth(attempt, &l)
	switch l.Outcome {
	case finding.Failed:
		decision := provider.Decide(&provider.Case{
			Attempt: attempt, Index: index, Secret: a.options.CookieSecret, Pseudonym: a.stateNames.of,
			TokenName: a.apiTokens.names.of, Proxied: a.answered.ofCallback(attempt),
		})
		l.Undecided = decision.Undecided
		if decision.Finding != nil {
			l.Cause = a.add(&l, *decision.Finding)
		}
	case finding.OutcomeUnknown:
		l.Undecided = unreturned(attempt)
	}
	return l
}

// unreturned says why the outcome of a round trip is not known.
func unreturned(attempt *oauth.Attempt) *finding.Undecided {
	if attempt.Callback() == nil && attempt.Return != nil {
		return &finding.Undecided{
			Why: "the identity provider sent the browser back to the Hub, and what the Hub made of it was not captured",
			Missing: []finding.Missing{{
				What: "the Hub's answer to the callback", How: "kubectl logs deploy/hub, or a recording of the browser",
			}},
		}
	}
	if attempt.Callback() == nil {
		return &finding.Undecided{
			Why: "the browser was sent to the identity provider, and its way back was not captured",
			Missing: []finding.Missing{{
				What: "what the provider showed, or that nobody came back",
				How:  "record in the browser, with Preserve log ticked, until the page that users complain of",
			}},
		}
	}
	return &finding.Undecided{
		Why: "the answer to the callback was not captured, or bears no sign of the Hub",
		Missing: []finding.Missing{{
			What: "the answer to the callback",
			How:  "record until the page after the login has appeared, or take the Hub's log: kubectl logs deploy/hub",
		}},
	}
}

// oauthSteps are what a report shows of a round trip: where it began, what the provider
// was asked for, and the callback; a reload of it; and what the Hub asked the provider.
func (a *Analyzer) oauthSteps(attempt *oauth.Attempt) []finding.Step {
	var steps []finding.Step
	add := func(role finding.Role, s *oauth.Step) {
		if s != nil {
			steps = append(steps, a.oauthStep(role, s))
		}
	}
	add(finding.RoleRedirect, attempt.Start)
	if n := len(attempt.Authorize); n > 0 {
		add(finding.RoleRedirect, attempt.Authorize[n-1])
	} else {
		add(finding.RoleRedirect, attempt.Return)
	}
	add(finding.RoleCallback, attempt.Callback())
	add(finding.RoleTokenIssued, attempt.Token)
	add(finding.RoleTokenUse, attempt.UserInfo)
	if again := attempt.Reloads(); len(again) > 0 {
		add(finding.RoleCallback, again[0])
	}
	if len(steps) == 0 { // sent on to itself, and not seen there
		add(finding.RoleCallback, attempt.Callbacks[0])
	}
	return steps
}

func (a *Analyzer) oauthStep(role finding.Role, s *oauth.Step) finding.Step {
	step := finding.Step{
		Role: role, Method: s.Method, URL: oauthAddress(s), Status: s.Status, Answer: s.Message,
		Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref), Hops: a.hopsWith(s.Hops, -1),
		RoundTrip: a.roundTrip(s),
	}
	if len(s.Hops) > 0 && step.RoundTrip.At != finding.BehindHub && step.RoundTrip.At != finding.BehindServer {
		if from, _ := roles.Of(s.Hops, 0); from == finding.HopClient && s.Hops[0].From.Address != "" {
			step.ClientIP.True = finding.TrueIP{Value: s.Hops[0].From.Address, How: "the peer of the outermost hop in the capture"}
		}
	}
	if s.Believed != "" {
		step.ClientIP.AppSaw = finding.AppSaw{Value: s.Believed, Logged: finding.LoggedIP{Value: s.Believed}}
	}
	return step
}

// oauthAddress is the address of a step as the browser knew it, without its query.
func oauthAddress(s *oauth.Step) string {
	outer := s.Outermost()
	path := outer.Path
	if s.Part == oauth.PartReturn {
		path = "/…" // providers put ids of sessions there
	}
	switch {
	case outer.Host == "":
		return path
	case outer.Scheme == "":
		return "//" + outer.Host + path
	}
	return outer.Scheme + "://" + outer.Host + path
}

func (a *Analyzer) roundTrip(s *oauth.Step) *finding.RoundTrip {
	t := &finding.RoundTrip{At: place(s), RedirectURI: s.RedirectURI, Error: s.Problem.Words()}
	if !s.State.IsZero() {
		t.State = a.stateNames.of(s.State.ID)
	}
	switch s.Part {
	case oauth.PartStart:
		switch {
		case s.Set != nil:
			t.Cookie, t.CookieState = finding.CookieSet, a.stateNames.of(s.Set.State.ID)
			if s.Outermost().SetState == exchange.Absent {
				t.Cookie = finding.CookieLost
			}
		case s.SetState == exchange.Absent && s.Status != 0:
			t.Cookie = finding.CookieNotSet
		}
	case oauth.PartCallback:
		switch n := len(s.Cookies); {
		case n > 0:
			t.Cookie, t.CookieState = finding.CookieSent, a.stateNames.of(s.Cookies[n-1].State.ID)
		case len(s.Outermost().Cookies) > 0 && s.CookiesState == exchange.Absent:
			t.Cookie, t.CookieState = finding.CookieLost, a.stateNames.of(s.Outermost().Cookies[0].State.ID)
		case s.CookiesState == exchange.Absent:
			t.Cookie = finding.CookieNotSent
		}
	}
	return t
}

// place is where a step takes place.
func place(s *oauth.Step) finding.Place {
	switch s.Part {
	case oauth.PartStart, oauth.PartCallback:
		if s.OfServer() {
			return finding.AtServer
		}
		return finding.AtHub
	case oauth.PartAuthorize, oauth.PartReturn:
		if s.OfServer() {
			return finding.AtHub
		}
		return finding.AtProvider
	}
	if s.OfServer() {
		return finding.BehindServer
	}
	return finding.BehindHub
}

// noteOAuth keeps what a login is selected by.
func (a *Analyzer) noteOAuth(attempt *oauth.Attempt, l *finding.Login) {
	if a.selector.IsZero() {
		return
	}
	t := loginTraits{number: a.counter.logins, time: l.Time.Time}
	for _, s := range attempt.Steps() {
		t.clients = addAddress(t.clients, s.Believed)
		if s.Host != "" && (s.Part == oauth.PartStart || s.Part == oauth.PartCallback) {
			t.hosts = append(t.hosts, strings.ToLower(s.Outermost().Host))
		}
		if s.User != "" {
			t.named = true
			t.user = t.user || strings.EqualFold(s.User, strings.TrimSpace(a.selector.User))
		}
	}
	t.clients = addAddress(t.clients, l.Client)
	a.selector.traits[l.ID] = t
}

// passedRoundTrips says how many requests of a capture were not looked at.
func (a *Analyzer) passedRoundTrips(c *exchange.Capture) (finding.Note, bool) {
	if a.oauth.Passed[c] == 0 {
		return finding.Note{}, false
	}
	return finding.Note{Code: exchange.NoteLimit, Text: fmt.Sprintf(
		"%s of logins by an identity provider were not looked at, after %d others: split the capture, such as with editcap -A and -B",
		plural(a.oauth.Passed[c], "request"), oauth.MostSteps)}, true
}

// notAllowedByLog is the finding on lines of logs that stand for themselves.
func notAllowedByLog(captures []*exchange.Capture) []finding.Finding {
	lines := oauth.NotAllowedAlone(captures)
	if len(lines) == 0 {
		return nil
	}
	return []finding.Finding{*provider.NotAllowedByLog(lines)}
}

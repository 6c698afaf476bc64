// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
)

// Attempt is one round trip to a provider: what was seen of the requests that carry one
// state. Any part may be missing.
type Attempt struct {
	State     State // zero where a log alone tells of the login
	Start     *Step
	Authorize []*Step // several if the address was opened again
	Return    *Step   // the provider's answer that leads back

	// Callbacks are in order of time. What the first answers is what became of the
	// login: it deletes the state's cookie, so that a reload is answered otherwise.
	Callbacks []*Step

	Token, UserInfo *Step // of the Hub itself, or of the server that has it for its provider

	// Late is the application's own line for a callback that a proxy had given up by then.
	Late *Step
}

// Assemble makes attempts of steps, in order of time. Attempts that nobody came back
// from are left out unless there are no others, or the provider refused them.
func Assemble(steps []*Step) ([]*Attempt, []*Step, hops.Clocks) {
	requests, clocks := join(steps)
	a := assembly{of: map[string]*Attempt{}, logged: map[string]*loggedClient{}}
	for _, s := range requests {
		a.add(s)
	}
	a.addBehind(requests)
	a.withoutTwins()
	a.withoutLate()
	return a.told(), requests, clocks
}

type assembly struct {
	attempts []*Attempt
	of       map[string]*Attempt // by state
	logged   map[string]*loggedClient
	starts   []*Step // without a state
}

func (a *assembly) begin() *Attempt {
	attempt := &Attempt{}
	a.attempts = append(a.attempts, attempt)
	return attempt
}

func (a *assembly) attempt(state State) *Attempt {
	if a.of[state.ID] == nil {
		a.of[state.ID] = a.begin()
		a.of[state.ID].State = state
	}
	return a.of[state.ID]
}

func (a *assembly) add(s *Step) {
	if s.Part == PartStart || s.Part == PartCallback {
		if s.State.IsZero() {
			a.addLogged(s)
			return
		}
		a.client(s).seen(s, a.attempt(s.State))
	}
	if s.State.IsZero() {
		if s.Part == PartAuthorize && s.OfServer() && s.Status >= 400 {
			a.begin().Authorize = []*Step{s} // the Hub's log hides states
		}
		return
	}
	switch attempt := a.attempt(s.State); s.Part {
	case PartStart:
		if attempt.Start == nil {
			attempt.Start = s
		}
	case PartAuthorize:
		attempt.Authorize = append(attempt.Authorize, s)
		if attempt.Return == nil && (IsCallback(s.Leads.Path) || s.OfServer() && IsServersCallback(s.Leads.Path)) {
			attempt.Return = s
		}
	case PartReturn:
		attempt.Return = s
	case PartCallback:
		attempt.Callbacks = append(attempt.Callbacks, s)
	}
}

// addBehind adds what the Hub asked the provider with the code of a callback.
func (a *assembly) addBehind(requests []*Step) {
	byCode, byGrant := map[string]*Attempt{}, map[string]*Attempt{}
	for _, attempt := range a.attempts {
		for _, s := range append([]*Step{attempt.Return}, attempt.Callbacks...) {
			if s != nil && s.code != "" && byCode[s.code] == nil {
				byCode[s.code] = attempt
			}
		}
	}
	for _, s := range requests {
		if attempt := byCode[s.code]; s.Part == PartToken && attempt != nil && attempt.Token == nil {
			attempt.Token = s
			byGrant[s.granted] = attempt
		}
	}
	for _, s := range requests {
		if attempt := byGrant[s.granted]; s.Part == PartUserInfo && attempt != nil && attempt.UserInfo == nil {
			attempt.UserInfo, s.Server = s, attempt.Server()
		}
	}
	a.addRefusedInLog(requests)
}

// told leaves out what is no login for a report.
func (a *assembly) told() []*Attempt {
	var back, begun []*Attempt
	for _, attempt := range a.attempts {
		switch {
		case attempt.Callback() != nil || attempt.RefusedAtProvider() != nil || attempt.noToken():
			back = append(back, attempt)
		case attempt.first() != nil && attempt.Server() == "": // who is to log in first may not come back
			begun = append(begun, attempt)
		}
	}
	if len(back) > 0 {
		return back
	}
	for _, s := range a.starts {
		begun = append(begun, &Attempt{Start: s})
	}
	return begun
}

// Callback is the one that decided the attempt: the first that was not merely sent on
// to the same path elsewhere, as from http to https. It is nil if there is none.
func (a *Attempt) Callback() *Step {
	for _, s := range a.Callbacks {
		if s.Status/100 != 3 || !IsCallback(s.Leads.Path) && !IsServersCallback(s.Leads.Path) {
			return s
		}
	}
	return nil
}

// Reloads are the callbacks behind the one that decided.
func (a *Attempt) Reloads() []*Step {
	for i, s := range a.Callbacks {
		if s == a.Callback() {
			return a.Callbacks[i+1:]
		}
	}
	return nil
}

// RefusedAtProvider is the request in answer to which the provider showed an error of
// its own, instead of sending the browser back; nil if there is none.
func (a *Attempt) RefusedAtProvider() *Step {
	for _, s := range a.Authorize {
		if s.Status >= 400 && a.Callback() == nil {
			return s
		}
	}
	return nil
}

// noToken reports whether the provider refused the Hub's code, which ends the login
// whatever the browser is told.
func (a *Attempt) noToken() bool { return a.Token != nil && a.Token.Status >= 400 }

// Asked is the redirect URI that the provider was asked for, or "".
func (a *Attempt) Asked() string {
	for _, s := range append([]*Step{a.Start}, a.Authorize...) {
		if s != nil && s.RedirectURI != "" {
			return s.RedirectURI
		}
	}
	return ""
}

// Outcome is what became of the login.
func (a *Attempt) Outcome() finding.Outcome {
	s := a.Callback()
	switch {
	case s == nil && (a.RefusedAtProvider() != nil || a.noToken()):
		return finding.Failed
	case s == nil || s.Status == 0:
		return finding.OutcomeUnknown
	case s.Status >= 400:
		return finding.Failed
	case s.loggedIn || s.Status/100 == 3 && s.FromHub():
		return finding.Succeeded
	case s.OfServer() && s.Status/100 == 3 && s.Leads.Host == "" && s.Leads.Path != "":
		return finding.Succeeded // to a page of its own, by its path
	}
	return finding.OutcomeUnknown
}

// Server is the path of the server that left the login to the Hub; "" in a login of the
// Hub's own.
func (a *Attempt) Server() string {
	for _, s := range append([]*Step{a.Token}, a.Steps()...) {
		if s != nil && s.Server != "" {
			return s.Server
		}
	}
	return ""
}

// Steps are the requests of the browser that were seen, in their order.
func (a *Attempt) Steps() []*Step {
	var all []*Step
	for _, s := range append([]*Step{a.Start}, a.Authorize...) {
		if s != nil {
			all = append(all, s)
		}
	}
	if a.Return != nil && len(a.Authorize) == 0 {
		all = append(all, a.Return)
	}
	return append(all, a.Callbacks...)
}

func (a *Attempt) first() *Step {
	if all := a.Steps(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// HubVersion is the version that the Hub's answers name, or "".
func (a *Attempt) HubVersion() string {
	for _, s := range a.Steps() {
		if s.HubVersion != "" {
			return s.HubVersion
		}
	}
	return ""
}

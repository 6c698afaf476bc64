// SPDX-License-Identifier: Apache-2.0

// Package analyze turns exchanges into a report: it collects what belongs to
// logins, recovers addresses, asks package causes why a login failed, and gives
// the verdict. Files and live traffic feed the same Analyzer.
//
// It reads no files and prints nothing; see packages capture and reports.
package analyze

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/apitokens"
	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/djangologin"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/analyze/spawns"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Options are the choices of the user.
type Options struct {
	Version string // of this program, for the report

	// Recover bounds the search for addresses behind tokens in Close.
	Recover iprecovery.Scope

	// Announce is told before a search how many hashes it may take; Progress is
	// told how it goes. Either may be nil.
	Announce func(hashes uint64)
	Progress iprecovery.Progress

	ClientAddresses []string // the client's own, if the user knows them
	Names           *names.Directory

	// TrustedDownstream is JupyterHub's trusted_downstream_ips, as text.
	TrustedDownstream []string
	CookieSecret      []byte // the Hub's; nil when not given

	// App says how the application behind the last hop computes the client's address;
	// zero if the user did not say.
	App clientip.App

	// JWTKeys are the keys that may have signed JSON Web Tokens; may be nil.
	JWTKeys *keys.Set

	// FlaskKeys are SECRET_KEYs that may have signed Flask's sessions; may be nil.
	FlaskKeys *keys.Set

	// Select says which logins the report of Close is about.
	Select Selection

	// OnLogin is called for each login that Advance concludes. May be nil.
	OnLogin func(finding.Login)
}

// Analyzer collects exchanges and concludes logins. It is not safe for
// concurrent use. Its memory grows with the number of login exchanges up to
// mostSteps, never with the size of the input.
type Analyzer struct {
	options    Options
	steps      []*login.Step
	submitted  map[*login.Step]bool // already concluded by Advance
	candidates addressBook
	agents     addressBook
	relays     addressBook // addresses that were seen to hand requests on
	secrets    secretLedger
	setters    login.Setters
	announced  announcements
	settings   settings
	answered   responders
	concluded  []finding.Login
	pseudonyms pseudonyms // of _xsrf tokens
	tokenNames pseudonyms // of signed tokens
	tokens     tokenSteps
	forms      formSteps
	visits     visitSteps
	oauth      oauth.Collector
	stateNames pseudonyms // of states of logins by a provider
	apiTokens  apiTokens
	spawns     spawns.Collector

	sessionNames pseudonyms // of Flask's sessions

	given     causes.Given
	counter   counter
	shared    sharedTexts
	selector  selector
	retention retention
}

// How long the parts of a login are remembered by Advance.
const (
	settle    = 30 * time.Second // for an answer that is seen late
	keepSteps = 2 * time.Hour    // a form can be open for long
)

// New returns an Analyzer.
func New(options Options) *Analyzer {
	if options.Recover == "" {
		options.Recover = iprecovery.Private
	}
	a := &Analyzer{
		options:    options,
		shared:     sharedTexts{},
		submitted:  map[*login.Step]bool{},
		candidates: addressBook{most: 4096},
		agents:     addressBook{most: 8},
		relays:     addressBook{most: 4096},
		pseudonyms: pseudonyms{kind: "xsrf"},
		tokenNames: pseudonyms{kind: "token"},
		stateNames: pseudonyms{kind: "state"},

		sessionNames: pseudonyms{kind: "session"},
		apiTokens:    apiTokens{names: pseudonyms{kind: "api-token"}},

		selector: selector{Selection: options.Select, traits: map[string]loginTraits{}},
	}
	for _, address := range options.ClientAddresses {
		a.candidates.add(address)
	}
	for _, address := range options.Names.Addresses() {
		a.candidates.add(address)
	}
	return a
}

// maxBody is more than any login page or form takes.
const maxBody = 512 << 10

// Bodies says which contents Add wants to see.
func Bodies() exchange.BodyPolicy {
	return exchange.BodyPolicy{
		MaxBytes: maxBody,
		WantRequest: func(r *exchange.Request) bool {
			return login.WantRequest(r) || flasklogin.WantRequest(r) || djangologin.WantRequest(r) || oauth.WantRequest(r) || mayHoldPassword(r)
		},
		WantResponse: func(r *exchange.Request, s *exchange.Response) bool {
			return login.WantResponse(r, s) || bearer.WantResponse(r, s) || flasklogin.WantResponse(r, s) ||
				djangologin.WantResponse(r, s) || jupyter.WantResponse(r, s) || oauth.WantResponse(r, s) || answers.WantResponse(r, s) ||
				redirects.WantResponse(r, s) || apitokens.WantResponse(r, s) || spawns.WantResponse(r, s)
		},
	}
}

// Add takes in an exchange. It keeps no body and no reference to x.
func (a *Analyzer) Add(x *exchange.Exchange) {
	a.candidates.addFrom(x)
	a.take(x)
	a.secrets.add(x)
	a.announced.add(x)
	a.settings.add(x)
	a.apiTokens.add(x)
	a.spawns.Add(x)
	if login.Matters(x) {
		step := login.NewStep(x)
		if !a.retain(step) {
			return
		}
		a.agents.add(step.UserAgent)
		a.selector.look(step, x)
		a.steps = append(a.steps, step)
		a.answered.add(x, step)
		return
	}
	a.answered.add(x, nil)
	a.setters.Add(x)
	if a.oauth.Add(x) {
		return // the tokens that a provider gives to a Hub are no logins of their own
	}
	a.tokens.add(x)
	a.forms.add(x)
	a.visits.add(x)
}

// Advance tells the Analyzer what time it is in live traffic. Logins whose
// answer must have come by now are concluded and handed to Options.OnLogin;
// what is too old to matter is forgotten. Ranges are not searched: a stranger's
// token must not make a node hash for seconds.
func (a *Analyzer) Advance(now time.Time) {
	var due []*login.Attempt
	attempts, _ := login.Assemble(a.steps)
	attempts = slices.DeleteFunc(attempts, aside)
	for _, attempt := range attempts {
		if !a.submitted[attempt.Submit] && now.Sub(attempt.Submit.Time) >= settle {
			a.submitted[attempt.Submit] = true
			due = append(due, attempt)
		}
	}
	a.answered.gather(attempts, nil)
	// Searching addresses that were seen takes no context: it ends at once.
	logins, _ := a.conclude(context.Background(), due, narrower(a.options.Recover, iprecovery.Seen))
	a.concluded = append(a.concluded, logins...)
	if a.options.OnLogin != nil {
		for _, l := range logins {
			a.options.OnLogin(l)
		}
	}
	a.forget(now)
}

// narrower is the narrower of two scopes.
func narrower(a, b iprecovery.Scope) iprecovery.Scope {
	for _, scope := range iprecovery.Scopes() {
		if scope == a || scope == b {
			return scope
		}
	}
	return b
}

// aside reports whether a submitted form is none that a report is about: the other
// forms of a Hub are worth a word only where they are refused.
func aside(attempt *login.Attempt) bool {
	return attempt.Kind() != login.KindLogin && attempt.Outcome() != finding.Failed
}

func (a *Analyzer) forget(now time.Time) {
	kept := a.steps[:0]
	for _, step := range a.steps {
		if now.Sub(step.Time) < keepSteps {
			kept = append(kept, step)
		} else {
			delete(a.submitted, step)
			delete(a.selector.named, step)
		}
	}
	clear(a.steps[len(kept):])
	a.steps = kept
	a.answered.forget(func(s *answers.Step) bool { return now.Sub(s.Time) < keepSteps })
}

// Close concludes the logins that are left and returns the report on all. When
// ctx ends, recovery stops early and the report says so; it is valid all the same.
func (a *Analyzer) Close(ctx context.Context, captures []*exchange.Capture) *finding.Report {
	var left []*login.Attempt
	attempts, clocks := login.Assemble(a.steps)
	attempts = slices.DeleteFunc(attempts, aside)
	for _, attempt := range attempts {
		if !a.submitted[attempt.Submit] {
			left = append(left, attempt)
		}
	}
	a.answered.gather(attempts, captures)
	a.selector.span(captures)
	logins, err := a.conclude(ctx, left, a.options.Recover)
	oauthLogins := a.concludeOAuth(len(logins))
	tokenLogins, logs := a.concludeTokens(captures)
	report := &finding.Report{
		Schema: finding.Schema,
		Tool:   finding.Tool{Version: a.options.Version},
		Options: finding.Options{
			Recover:         string(a.options.Recover),
			ClientAddresses: a.options.ClientAddresses,
			Names:           len(a.options.Names.Addresses()),
			SecretGiven:     a.options.CookieSecret != nil,
			RecoveryStopped: err != nil,
			App:             a.options.App.String(),
		},
		Captures: a.describe(captures, clocks),
		Logins:   slices.Concat(a.concluded, logins, oauthLogins, tokenLogins, a.concludeForms(captures), a.concludeVisits()),
		Findings: []finding.Finding{},
	}
	none := a.selector.apply(report)
	own := a.settings.findings(captures, len(report.Logins) > 0)
	others := logs.explain(a.settings.temper(own, a.answered.findings(report.Logins)))
	for _, f := range slices.Concat(a.announced.findings(), own, others, notAllowedByLog(captures), a.apiTokens.findings(report.Logins),
		spawnsRefused(a.spawns.Refusals), logs.findings(report.Logins), loops(report.Logins), across(report.Logins)) {
		a.counter.findings++
		f.ID = fmt.Sprintf("finding-%d", a.counter.findings)
		report.Findings = append(report.Findings, f)
	}
	a.fit(report, captures)
	versionSaid(report, captures)
	judge(report, a.answered.began(len(a.steps)), a.refusedPage(report))
	a.selector.mention(report, none)
	nameOwners(report, a.options.Names)
	return report
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/analyze/token"
)

// counter numbers logins and findings in the order in which they are concluded.
type counter struct{ logins, findings int }

// pseudonyms stand in for token values, in order of first appearance.
type pseudonyms struct {
	kind  string // the word before the number
	names map[string]string
}

func (p *pseudonyms) of(raw string) string {
	if p.names == nil {
		p.names = map[string]string{}
	}
	if p.names[raw] == "" {
		p.names[raw] = fmt.Sprintf("%s-%d", p.kind, len(p.names)+1)
	}
	return p.names[raw]
}

// conclude judges attempts. The addresses of all of them are searched together,
// for one pass over a range serves every token with the same User-Agent.
func (a *Analyzer) conclude(ctx context.Context, attempts []*login.Attempt, scope iprecovery.Scope) ([]finding.Login, error) {
	cases := make([]*xsrf.Case, len(attempts))
	for _, step := range a.steps { // also of pages whose submit went another way
		for _, relay := range step.Relays() {
			a.relays.add(relay)
		}
	}
	var targets []iprecovery.Target
	var wanted []*iprecovery.Result
	for i, attempt := range attempts {
		c := &xsrf.Case{
			Attempt: attempt, ClientAddresses: a.options.ClientAddresses,
			Names: a.options.Names, Relays: a.relays.all(), Secret: a.options.CookieSecret,
			TrustedDownstream: a.options.TrustedDownstream, Setter: a.setters.Of, Pseudonym: a.pseudonyms.of,
			Proxied: a.answered.proxied(attempt),
		}
		c.Form.Token, c.Form.Step = attempt.FormIdentity()
		c.Submit.Token, c.Submit.Step = attempt.SubmitIdentity()
		c.Form.Logged, c.Submit.Logged = login.LoggedAddress(attempt.Forms()), login.LoggedAddress(attempt.Submits())
		c.Form.Computed, c.Submit.Computed = a.computed(attempt.Forms()).Value, a.computed(attempt.Submits()).Value
		cases[i] = c
		within := scope
		if !a.selector.may(a.note(attempt, i), attempt.Outcome()) {
			within = narrower(scope, iprecovery.Seen) // nobody asked for this one
		}
		for _, b := range []*xsrf.Believed{&c.Form, &c.Submit} {
			if b.Step != nil && b.Token.XSRF.HasDigest {
				targets = append(targets, a.target(c, b, within))
				wanted = append(wanted, &b.Recovered)
			}
		}
	}
	if cost := iprecovery.Cost(targets); cost > 0 && a.options.Announce != nil {
		a.options.Announce(cost)
	}
	results, err := iprecovery.Recover(ctx, targets, a.candidates.all(), a.options.Progress)
	for i, result := range results {
		*wanted[i] = result
	}
	for _, c := range cases {
		c.Form.Within = within(c.Form, c.Attempt.Forms())
		c.Submit.Within = within(c.Submit, c.Attempt.Submits())
	}
	logins := make([]finding.Login, len(cases))
	for i, c := range cases {
		logins[i] = a.login(c)
	}
	return logins, err
}

// within is the address of a request that lies in the network which the Hub hashed in
// its place; "" if it hashed an address, or if no certain one is in the network.
func within(b xsrf.Believed, sightings []*login.Step) string {
	if !b.Recovered.Found {
		return ""
	}
	if iprecovery.Holds(b.Recovered.Address, b.Logged) {
		return b.Logged
	}
	for _, s := range sightings {
		address, ok := clientip.TornadoCertain(s.ClientAddress, s.Forwarding)
		if ok && s.AtApplication() && iprecovery.Holds(b.Recovered.Address, address) {
			return address
		}
	}
	return ""
}

// target says how the address behind a token is searched. Ranges are searched
// only for logins that failed over whom the Hub took the client for, and with the
// User-Agent that the token was likeliest made for.
func (a *Analyzer) target(c *xsrf.Case, b *xsrf.Believed, scope iprecovery.Scope) iprecovery.Target {
	if c.Attempt.Outcome() != finding.Failed || !xsrf.AddressMatters(c) {
		scope = narrower(scope, iprecovery.Seen)
	}
	own := c.Attempt.Submit.UserAgent
	if b == &c.Form && c.Attempt.Form != nil {
		own = c.Attempt.Form.UserAgent
	}
	agents := []string{own}
	for _, other := range append([]string{c.Attempt.Submit.UserAgent}, a.agents.all()...) {
		if !slices.Contains(agents, other) {
			agents = append(agents, other)
		}
	}
	return iprecovery.Target{
		Digest: b.Token.XSRF.Digest, UserAgents: agents, Scope: scope,
		Variants: token.VariantsFor(c.Attempt.HubVersion),
	}
}

// clientOfPage is who asked for the page, or "" if the Hub saw that client itself and then
// somebody else submit the form: the client may have moved, or the page be another's.
func clientOfPage(page, submit finding.ClientIP) string {
	seen := page.True.Value
	if other := submit.AppSaw.Value; other != "" && hops.SameAddress(page.AppSaw.Value, seen) && !hops.SameAddress(other, seen) {
		return ""
	}
	return seen
}

// login is the report on one attempt.
func (a *Analyzer) login(c *xsrf.Case) finding.Login {
	a.counter.logins++
	submit := c.Attempt.Submit
	l := finding.Login{
		ID:          fmt.Sprintf("login-%d", a.counter.logins),
		Time:        finding.Time{Time: submit.Time},
		Application: application(c.Attempt),
		Outcome:     c.Attempt.Outcome(),
		Steps:       a.reportSteps(c),
		Findings:    []finding.Finding{},
	}
	l.Client = l.Steps[len(l.Steps)-1].ClientIP.True.Value
	if l.Client == "" && c.Attempt.Form != nil && c.Attempt.Confirmed() { // the submit was not seen so far out
		l.Client = clientOfPage(l.Steps[0].ClientIP, l.Steps[len(l.Steps)-1].ClientIP)
	}
	if len(a.options.ClientAddresses) == 1 {
		l.Client = a.options.ClientAddresses[0]
	}
	switch l.Outcome {
	case finding.Failed:
		a.explain(&l, c)
	case finding.Succeeded:
		form := ""
		if len(l.Steps) > 1 {
			form = l.Steps[0].ClientIP.AppSaw.Value
		}
		for _, f := range xsrf.Remark(c, form, l.Steps[len(l.Steps)-1].ClientIP.AppSaw.Value) {
			a.add(&l, f)
		}
	case finding.OutcomeUnknown:
		l.Undecided = unanswered(submit)
	}
	return l
}

func (a *Analyzer) explain(l *finding.Login, c *xsrf.Case) {
	decision := xsrf.Decide(c)
	l.Undecided = decision.Undecided
	if decision.Finding == nil {
		return
	}
	l.Cause = a.add(l, *decision.Finding)
	if address, role, ok := c.Proxied.Ended(); ok {
		end(l.Steps[len(l.Steps)-1].Hops, address, role)
	}
}

// end marks the hop by which a request reached the proxy that answered it.
func end(path []finding.Hop, address string, role finding.HopRole) {
	if n := len(path); n > 0 && withoutPort(path[n-1].To) == address {
		path[n-1].ToRole, path[n-1].Ends = role, true
	}
}

// add gives a finding its number and puts it into the login.
func (a *Analyzer) add(l *finding.Login, f finding.Finding) *string {
	a.counter.findings++
	f.ID = fmt.Sprintf("finding-%d", a.counter.findings)
	a.shared.share(&f)
	l.Findings = append(l.Findings, f)
	return &f.ID
}

// unanswered says why the outcome of a login is unknown.
func unanswered(s *login.Step) *finding.Undecided {
	u := &finding.Undecided{Why: "no answer to the submit was captured"}
	switch {
	case s.Answered:
		u.Why = fmt.Sprintf("the answer %d does not show whether the login succeeded", s.Status)
		u.Missing = []finding.Missing{xsrf.HubsWord(s.IsLogged())}
		return u
	case s.Ended != nil && s.Ended.ByClient:
		u.Why = fmt.Sprintf("the submit was not answered before its client, %s, %s", s.Ended.By.Address, endWords(s))
		u.Missing = []finding.Missing{{What: "what became of it at " + s.Server.HostPort(), How: "its log at that time, or a capture behind it"}}
		return u
	case s.Ended != nil:
		u.Why = fmt.Sprintf("the submit was not answered: %s %s", s.Ended.By.HostPort(), endWords(s))
		u.Missing = []finding.Missing{{What: "why it did so", How: "the log of " + s.Ended.By.Address + " at that time, or a capture behind it"}}
		return u
	case s.NoResponse != "":
		u.Why += ": " + s.NoResponse
	}
	u.Missing = []finding.Missing{{What: "the answer to the submit", How: "record until the page after the login has appeared"}}
	return u
}

// endWords say how and when the connection of a step ended, and in which packet.
func endWords(s *login.Step) string {
	c := s.Ended.Ref.Capture
	words := c.FrameWords(s.Ended.Ref.Frame)
	if len(c.Parts) == 0 {
		words += " of " + c.Name[strings.LastIndexAny(c.Name, `/\:`)+1:]
	}
	return fmt.Sprintf("%s the connection after %.1f s (%s)", s.Ended.Did(), s.Ended.Time.Sub(s.Time).Seconds(), words)
}

func application(attempt *login.Attempt) finding.Application {
	app := finding.Application{Name: "jupyterhub", Version: attempt.HubVersion}
	for _, s := range []*login.Step{attempt.Form, attempt.Submit} {
		if s != nil && s.HubVersion != "" {
			app.Evidence = append(app.Evidence, finding.Evidence{
				Ref: finding.NewRef(s.Ref), Field: "X-JupyterHub-Version", Value: s.HubVersion,
			})
		}
	}
	return app
}

func (a *Analyzer) reportSteps(c *xsrf.Case) []finding.Step {
	var steps []finding.Step
	if form := c.Attempt.Form; form != nil {
		step := reportStep(finding.RoleForm, form)
		step.ClientIP = a.clientIP(c.Attempt.Forms(), c.Form)
		step.Hops = a.reportHops(c, form, step.ClientIP.AppSaw.Value)
		steps = append(steps, step)
	}
	submit := reportStep(finding.RoleSubmit, c.Attempt.Submit)
	submit.ClientIP = a.clientIP(c.Attempt.Submits(), c.Submit)
	if saw := submit.ClientIP.AppSaw; saw.Value == saw.Computed.Value && saw.Recovered.Value+saw.Logged.Value == "" && a.misreckons(c) {
		submit.ClientIP.AppSaw = finding.AppSaw{}
	}
	submit.Hops = a.reportHops(c, c.Attempt.Submit, submit.ClientIP.AppSaw.Value)
	if c.Attempt.Form == nil && c.Form.Step != nil {
		// The page was not captured, but its token tells whom it was made for.
		steps = append(steps, finding.Step{
			Role: finding.RoleForm, Method: "GET", URL: submit.URL, Ref: submit.Ref,
			Time: finding.Time{Time: c.Form.Token.XSRF.Minted}, ClientIP: believed(c.Form.Recovered),
		})
	}
	return append(steps, submit)
}

func reportStep(role finding.Role, s *login.Step) finding.Step {
	words := s.Words()
	if !s.Answered && s.Ended != nil {
		words = "none, connection " + s.Ended.Did()
	}
	return finding.Step{
		Role: role, Method: s.Method, URL: address(s), Status: s.Status, Answer: words,
		Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref),
	}
}

// address is the URL of a step without its query, which may hold tokens.
func address(s *login.Step) string {
	switch {
	case s.Host == "":
		return s.Path
	case s.Scheme == "":
		return "//" + s.Host + s.Path // packets do not say whether a proxy ended TLS
	}
	return s.Scheme + "://" + s.Host + s.Path
}

// clientIP is whom the Hub took for the client of a step, by every way in which
// that can be known. The recovered address is proof; the computed one stands in
// where there is no token to recover from.
func (a *Analyzer) clientIP(sightings []*login.Step, b xsrf.Believed) finding.ClientIP {
	ip := believed(b.Recovered)
	ip.AppSaw.Computed = a.computed(sightings)
	if b.Within != "" {
		ip.AppSaw.Value = b.Within
	}
	for _, s := range sightings {
		if s.Logged != "" && ip.AppSaw.Logged.Value == "" {
			ip.AppSaw.Logged = finding.LoggedIP{Value: s.Logged}
		}
		if len(s.Hops) > 0 && ip.True.Value == "" {
			if from, _ := roles.Of(s.Hops, 0); from == finding.HopClient && s.Hops[0].From.Address != "" {
				ip.True = finding.TrueIP{Value: s.Hops[0].From.Address, How: "the peer of the outermost hop in the capture"}
			}
		}
	}
	ip.AppSaw.Value = cmp.Or(ip.AppSaw.Value, ip.AppSaw.Logged.Value, ip.AppSaw.Computed.Value)
	return ip
}

// misreckons reports whether fields lead to another address than the one that the
// Hub's own token of the page was made for: the Hub trusts proxies that nobody named. It
// may, too, if the page's hop was not seen, and the submit's fields name that address
// further out.
func (a *Analyzer) misreckons(c *xsrf.Case) bool {
	if !c.Form.Recovered.Found {
		return false
	}
	believed := cmp.Or(c.Form.Within, c.Form.Recovered.Address)
	if c.Form.Computed == "" {
		return believed != c.Submit.Computed && slices.ContainsFunc(c.Attempt.Submits(), func(s *login.Step) bool {
			_, certain := clientip.TornadoCertain(s.ClientAddress, s.Forwarding)
			forwarded, _ := s.Forwarding.Values("X-Forwarded-For")
			return !certain && s.AtApplication() && slices.Contains(hops.Elements(forwarded), believed)
		})
	}
	return c.Attempt.Confirmed() && believed != c.Form.Computed
}

// computed is the address that the fields of the application's own hop lead to, if that
// was seen.
func (a *Analyzer) computed(sightings []*login.Step) finding.ComputedIP {
	for _, s := range sightings {
		if s.AtApplication() {
			if address, rule, _ := clientip.Tornado(s.ClientAddress, s.Forwarding, a.options.TrustedDownstream); address != "" {
				return finding.ComputedIP{Value: address, Rule: string(rule)}
			}
		}
	}
	return finding.ComputedIP{}
}

func believed(r iprecovery.Result) finding.ClientIP {
	return finding.ClientIP{AppSaw: finding.AppSaw{
		Value:     r.Address,
		Recovered: finding.RecoveredIP{Value: r.Address, Variant: string(r.Variant), Scope: r.Where},
	}}
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"maps"
	"slices"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes/hub"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/capture/exchange"
)

// responders collects what tells who answered the requests of logins, and what of them
// was answered on the way to the application.
type responders struct {
	steps          []*answers.Step
	passed, failed int
	forms          clients // that were given a form
	of             map[exchange.Ref]*answers.Step

	// What gather made of them.
	witness answers.Witness
	submits map[*login.Step]*answers.Request
	others  []*answers.Request
	left    []exchange.Statement // lines of logs that are of no request
}

const (
	mostFailed  = 4096
	mostPassed  = 1024 // of requests that went well; they only show the way
	mostClients = 4096
)

// add takes in an exchange; step is what it is of a JupyterHub login, or nil.
func (a *responders) add(x *exchange.Exchange, step *login.Step) {
	a.witness.Refused(x)
	token := x.Response != nil && x.Response.Status >= 400 && bearer.Matters(x)
	if step == nil && !answers.Matters(x) && !token {
		return
	}
	a.forms.note(x)
	switch {
	case step != nil && step.Method == "POST" && step.HubVersion != "":
		return // the Hub answered, and the login itself says so
	case step != nil && step.Method == "POST": // Analyzer.retain bounds these
	case x.Response != nil && x.Response.Status < 400:
		if a.passed++; a.passed > mostPassed {
			return
		}
	default:
		if a.failed++; a.failed > mostFailed {
			return
		}
	}
	var s *answers.Step
	if step != nil {
		s = answers.NewStep(x, step.Sighting)
	} else {
		s = answers.NewStep(x, nil)
	}
	if a.of == nil {
		a.of = map[exchange.Ref]*answers.Step{}
	}
	a.of[s.Ref] = s
	a.steps = append(a.steps, s)
}

// forget drops what is of steps that are too old to matter.
func (a *responders) forget(kept func(*answers.Step) bool) {
	a.steps = slices.DeleteFunc(a.steps, func(s *answers.Step) bool {
		if kept(s) {
			return false
		}
		delete(a.of, s.Ref)
		return true
	})
}

// gather puts together what was seen of each request, with what logs say of it.
func (a *responders) gather(attempts []*login.Attempt, captures []*exchange.Capture) {
	a.witness.Forget()
	a.submits = map[*login.Step]*answers.Request{}
	submitted := map[exchange.Ref]bool{}
	var all []*answers.Request
	for _, attempt := range attempts {
		a.witness.Look(attempt.Submit.Hops)
		if attempt.Form != nil {
			a.witness.Look(attempt.Form.Hops)
		}
		var seen []*answers.Step
		for _, s := range attempt.Submits() {
			if step := a.of[s.Ref]; step != nil {
				seen = append(seen, step)
				submitted[s.Ref] = true
			}
		}
		if len(seen) > 0 {
			r := &answers.Request{Path: attempt.Submit.Hops, Seen: seen}
			a.submits[attempt.Submit] = r
			all = append(all, r)
		}
	}
	a.others = answers.Requests(slices.DeleteFunc(slices.Clone(a.steps), func(s *answers.Step) bool { return submitted[s.Ref] }))
	for _, r := range a.others {
		a.witness.Look(r.Path)
	}
	a.left = answers.Attach(append(all, a.others...), captures)
}

// proxied is what is known of who answered a submit; nil where the Hub did.
func (a *responders) proxied(attempt *login.Attempt) *proxied.Case {
	r := a.submits[attempt.Submit]
	if r == nil {
		return nil
	}
	c := &proxied.Case{Request: r, Witness: &a.witness, Application: proxied.TheHub, Served: attempt.Form != nil && attempt.Form.FromHub()}
	if attempt.Late != nil {
		c.Late, c.LateStatus = attempt.Late.Ref, attempt.Late.Status
	}
	return c
}

// ofCallback is what is known of who answered the way back of a login by a provider.
func (a *responders) ofCallback(attempt *oauth.Attempt) *proxied.Case {
	s := attempt.Callback()
	if s == nil {
		s = attempt.RefusedAtProvider()
	}
	if s == nil || s.Status < 400 {
		return nil
	}
	for _, step := range attempt.Steps() {
		a.witness.Look(step.Hops)
	}
	r := &answers.Request{Path: s.Hops}
	for _, seen := range s.Seen {
		if step := a.of[seen.Ref]; step != nil {
			r.Seen = append(r.Seen, step)
		}
	}
	for _, other := range a.others { // lines of error logs were given to these
		if slices.ContainsFunc(other.Seen, func(step *answers.Step) bool { return slices.Contains(r.Seen, step) }) {
			r.Said = append(r.Said, other.Said...)
		}
	}
	if len(r.Seen) == 0 {
		return nil
	}
	c := &proxied.Case{Request: r, Witness: &a.witness, Application: proxied.TheHub}
	if attempt.Server() != "" && attempt.Callback() != nil {
		c.Application = "the server"
	}
	if attempt.Late != nil {
		c.Late, c.LateStatus = attempt.Late.Ref, attempt.Late.Status
	}
	return c
}

// ofToken is what is known of who refused a token.
func (a *responders) ofToken(attempt *bearer.Attempt) *proxied.Case {
	for _, use := range attempt.Uses {
		a.witness.Look(use.Hops)
	}
	refused := attempt.Refusals()
	if len(refused) == 0 {
		return nil
	}
	return a.ofUse(refused[0])
}

// ofUse is what is known of who answered a request with a token.
func (a *responders) ofUse(use *bearer.Step) *proxied.Case {
	a.witness.Look(use.Hops)
	r := &answers.Request{Path: use.Hops}
	for _, s := range use.Seen {
		if seen := a.of[s.Ref]; seen != nil {
			r.Seen = append(r.Seen, seen)
		}
	}
	if len(r.Seen) == 0 {
		return nil
	}
	return &proxied.Case{Request: r, Witness: &a.witness}
}

// findings are of requests that somebody on the way answered before there was a login
// form. A client that was given one tells of it by its login.
func (a *responders) findings(logins []finding.Login) []finding.Finding {
	var list []finding.Finding
	add := func(f *finding.Finding) {
		for i := range list {
			if alike(&list[i], f) {
				if tellsMore(f, &list[i]) {
					list[i] = *f
				}
				return
			}
		}
		list = append(list, *f)
	}
	served := a.served(logins)
	for _, r := range a.others {
		if r.Status() < 400 || r.First().Part == "" || served.has(r.Client()) {
			continue
		}
		application := ""
		if proxied.OfHub(r) {
			application = proxied.TheHub
		}
		if d, ok := proxied.Decide(&proxied.Case{Request: r, Witness: &a.witness, Application: application}); ok && d.Finding != nil {
			add(d.Finding)
		}
	}
	for _, said := range a.left {
		if f, ok := proxied.SaidByProxy(said); ok && len(served) == 0 {
			add(f)
		}
	}
	return list
}

// refused says of the first page of a login that was refused, and of which nobody
// knows by whom, that it was; "" if there is none.
func (a *responders) refused(logins []finding.Login) string {
	served := a.served(logins)
	for _, r := range a.others {
		if status := r.Status(); status >= 400 && r.First().Part != "" && r.Application() == nil && !served.has(r.Client()) {
			if words := hub.NoRoute(r, &a.witness); words != "" {
				return words
			}
			if words := proxied.ByItself(&proxied.Case{Request: r, Witness: &a.witness}); words != "" {
				return words
			}
			return fmt.Sprintf("%s was answered with %d, and by whom is not in the capture", proxied.RequestWords(r), status)
		}
	}
	return ""
}

// began says what was seen of logins that nothing shows the end of: pages of a Hub are
// counted already. A form that was answered well may have been of a wrong password.
func (a *responders) began(pages int) string {
	sent := ""
	for _, r := range a.others {
		status := r.Status()
		if status < 200 || status >= 400 {
			continue
		}
		switch r.First().Part {
		case answers.Submit:
			sent = fmt.Sprintf("a login form was sent and answered with %d, and nothing shows whether the login succeeded", status)
		case answers.Form:
			pages++
		}
	}
	switch {
	case sent != "":
		return sent
	case pages > 0:
		return "a login page was served, but no submit was captured"
	}
	return ""
}

// alike reports whether two findings can be of one party that answered.
func alike(f, g *finding.Finding) bool {
	return f.Code == g.Code && (f.Origin.Address == g.Origin.Address || f.Origin.Address == "" || g.Origin.Address == "")
}

// tellsMore reports whether a finding is surer than another one, or as sure and knows
// where.
func tellsMore(f, g *finding.Finding) bool {
	rank := map[finding.Confidence]int{finding.Proven: 2, finding.Likely: 1}
	if rank[f.Confidence] != rank[g.Confidence] {
		return rank[f.Confidence] > rank[g.Confidence]
	}
	if (f.Origin.Address == "") != (g.Origin.Address == "") {
		return f.Origin.Address != ""
	}
	return len(f.Evidence) > len(g.Evidence)
}

// clients are addresses; "" is one that is not known, and may be any.
type clients map[string]bool

func (c clients) has(address string) bool {
	return c[address] || c[""] || address == "" && len(c) > 0
}

// note takes in who was given a form. A proxy in between counts as one, too: it is no
// client that was kept out.
func (c *clients) note(x *exchange.Exchange) {
	if x.Response == nil || x.Response.Status != 200 || answers.PartOf(&x.Request) != answers.Form {
		return
	}
	if *c == nil {
		*c = clients{}
	}
	if len(*c) < mostClients {
		(*c)[x.Client.Address] = true
	} else {
		(*c)[""] = true
	}
}

// served are the clients that were given a login form, or had a login.
func (a *responders) served(logins []finding.Login) clients {
	c := clients{}
	maps.Copy(c, a.forms)
	for _, l := range logins {
		c[l.Client] = true
	}
	return c
}

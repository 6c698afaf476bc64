// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// answered collects what tells who answered the requests of logins, and what of them
// was answered on the way to the application.
type answered struct {
	steps  []*answers.Step
	passed int
	of     map[exchange.Ref]*answers.Step

	// What gather made of them.
	witness answers.Witness
	submits map[*login.Step]*answers.Request
	others  []*answers.Request
	left    []exchange.Statement // lines of logs that are of no request
}

const (
	mostAnswers = 4096
	mostPassed  = 1024 // of requests that went well; they only show the way
)

// add takes in an exchange; step is what it is of a JupyterHub login, or nil.
func (a *answered) add(x *exchange.Exchange, step *login.Step) {
	if step == nil && !answers.Matters(x) || len(a.steps) >= mostAnswers {
		return
	}
	if step == nil && x.Response != nil && x.Response.Status < 400 {
		if a.passed++; a.passed > mostPassed {
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
func (a *answered) forget(kept func(*answers.Step) bool) {
	a.steps = slices.DeleteFunc(a.steps, func(s *answers.Step) bool {
		if kept(s) {
			return false
		}
		delete(a.of, s.Ref)
		return true
	})
}

// gather puts together what was seen of each request, with what logs say of it.
func (a *answered) gather(attempts []*login.Attempt, captures []*exchange.Capture) {
	a.witness, a.submits = answers.Witness{}, map[*login.Step]*answers.Request{}
	submitted := map[exchange.Ref]bool{}
	var all []*answers.Request
	for _, attempt := range attempts {
		r := &answers.Request{Path: attempt.Submit.Hops}
		for _, s := range attempt.Submits() {
			if seen := a.of[s.Ref]; seen != nil {
				r.Seen = append(r.Seen, seen)
				submitted[s.Ref] = true
			}
		}
		a.witness.Look(r.Path)
		if attempt.Form != nil {
			a.witness.Look(attempt.Form.Hops)
		}
		if len(r.Seen) > 0 {
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

// proxied is what is known of who answered a submit.
func (a *answered) proxied(attempt *login.Attempt) *causes.ProxyCase {
	c := &causes.ProxyCase{Request: a.submits[attempt.Submit], Witness: &a.witness, Application: causes.TheHub}
	if attempt.Late != nil {
		c.Late, c.LateStatus = attempt.Late.Ref, attempt.Late.Status
	}
	return c
}

// findings are of requests that somebody on the way answered before there was a login
// form. A client that was given one tells of it by its login.
func (a *answered) findings(logins []finding.Login) []finding.Finding {
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
		if r.Status() < 400 || served.has(r.Client()) {
			continue
		}
		application := ""
		if causes.OfHub(r) {
			application = causes.TheHub
		}
		if d, ok := causes.DecideProxied(&causes.ProxyCase{Request: r, Witness: &a.witness, Application: application}); ok && d.Finding != nil {
			add(d.Finding)
		}
	}
	for _, said := range a.left {
		if f, ok := causes.SaidByProxy(said); ok && len(served) == 0 {
			add(f)
		}
	}
	return list
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

// served are the clients that were given a login form, or had a login.
func (a *answered) served(logins []finding.Login) clients {
	c := clients{}
	for _, r := range a.others {
		if first := r.First(); first.Part == answers.Form && r.Status() == 200 {
			c[r.Client()] = true
		}
	}
	for _, l := range logins {
		c[l.Client] = true
	}
	return c
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/jupyterlab"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

const (
	// mostAlike is how many requests that look alike are kept of one client: a page asks
	// again and again, and the first answers tell.
	mostAlike = 16
	// mostVisitSteps is how many are kept in all.
	mostVisitSteps = 1 << 13
)

// visitSteps collects the requests of pages of JupyterLab's.
type visitSteps struct {
	steps  []*jupyter.Step
	alike  map[string]int
	passed map[*exchange.Capture]int // how many were not looked at
}

func (v *visitSteps) add(x *exchange.Exchange) {
	if !jupyter.Matters(x) {
		return
	}
	if v.alike == nil {
		v.alike, v.passed = map[string]int{}, map[*exchange.Capture]int{}
	}
	if len(v.steps) >= mostVisitSteps {
		v.passed[x.Ref.Capture]++
		return
	}
	s := jupyter.NewStep(x)
	key := fmt.Sprint(captureID(x.Ref.Capture), " ", x.Client.Address, " ", x.Server, " ", s.Method, s.Path, " ", s.Status)
	if v.alike[key]++; v.alike[key] > mostAlike {
		return
	}
	v.steps = append(v.steps, s)
}

// note says how many requests of a capture were not looked at.
func (v *visitSteps) note(c *exchange.Capture) (finding.Note, bool) {
	return passedNote(v.passed[c], "of pages of JupyterLab's", mostVisitSteps)
}

// concludeVisits judges the visits to JupyterLab, a login each.
func (a *Analyzer) concludeVisits() []finding.Login {
	var logins []finding.Login
	for _, visit := range jupyter.Assemble(a.visits.steps) {
		logins = append(logins, a.visitLogin(visit))
	}
	return logins
}

func (a *Analyzer) visitLogin(visit *jupyter.Visit) finding.Login {
	a.counter.logins++
	l := finding.Login{
		ID: loginID(a.counter.logins), Outcome: visit.Outcome(), Findings: []finding.Finding{},
		Application: jupyterLab(visit),
	}
	c := &jupyterlab.Case{Visit: visit, Pseudonym: a.tokenNames.of}
	l.Steps = a.visitSteps(c)
	first := l.Steps[0]
	l.Time, l.Client = first.Time, first.ClientIP.True.Value
	if !a.selector.IsZero() {
		a.selector.traits[l.ID] = visitTraits(visit, a.counter.logins, &l)
	}
	switch l.Outcome {
	case finding.Failed:
		decision := jupyterlab.Decide(c)
		l.Undecided = decision.Undecided
		if decision.Finding != nil {
			l.Cause = a.add(&l, *decision.Finding)
		}
	case finding.OutcomeUnknown:
		l.Undecided = visitUnknown(c)
	}
	if f := jupyterlab.Remark(c); f != nil {
		a.add(&l, *f)
	}
	return l
}

// visitUnknown says why the outcome of a visit is not known.
func visitUnknown(c *jupyterlab.Case) *finding.Undecided {
	if len(c.Visit.Unanswered()) > 0 {
		u := jupyterlab.Decide(c).Undecided
		if u == nil {
			u = &finding.Undecided{}
		}
		u.Why = "the page was served, but of no WebSocket that it tried to open is there an answer"
		return u
	}
	return &finding.Undecided{
		Why:     "what the page asked for after it was served, or how that was answered, was not captured",
		Missing: []finding.Missing{{What: "the requests of the page, as the browser sends them", How: "a HAR of the browser, or a capture in front of the outermost proxy"}},
	}
}

func visitTraits(visit *jupyter.Visit, number int, l *finding.Login) loginTraits {
	t := loginTraits{number: number, time: l.Time.Time}
	if l.Client != "" {
		t.clients = []string{l.Client}
	}
	if host := strings.ToLower(visit.Steps[0].Host); host != "" {
		t.hosts = []string{host}
	}
	return t
}

func jupyterLab(visit *jupyter.Visit) finding.Application {
	app := finding.Application{Name: "jupyterlab"}
	version, at := visit.Version()
	if at != nil {
		app.Version = version
		app.Evidence = []finding.Evidence{{Ref: finding.NewRef(at.AnswerRef), Field: "appVersion of the page", Value: version}}
	}
	return app
}

// visitSteps are what a report shows of a visit: the page, and the first request of it
// that was refused or, if it works, taken.
func (a *Analyzer) visitSteps(c *jupyterlab.Case) []finding.Step {
	var steps []finding.Step
	visit, page := c.Visit, c.Visit.Page()
	if page != nil {
		steps = append(steps, a.visitStep(c, page))
	}
	telling := visit.Broken()
	if len(telling) == 0 && visit.Outcome() == finding.Failed {
		telling = visit.Refusals()
	}
	telling = slices.Concat(telling, visit.Unanswered(), showing(visit.Taken()))
	if at := slices.IndexFunc(telling, func(s *jupyter.Step) bool { return s != page }); at >= 0 {
		steps = append(steps, a.visitStep(c, telling[at]))
	}
	if len(steps) == 0 {
		steps = append(steps, a.visitStep(c, visit.Steps[0]))
	}
	return steps
}

// showing puts requests that show a token before the others.
func showing(steps []*jupyter.Step) []*jupyter.Step {
	rank := func(s *jupyter.Step) int {
		if sent, _ := s.Sent(); sent.Token != "" {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(steps, func(a, b *jupyter.Step) int { return cmp.Compare(rank(a), rank(b)) })
	return steps
}

func (a *Analyzer) visitStep(c *jupyterlab.Case, s *jupyter.Step) finding.Step {
	step := finding.Step{
		Role: visitRole(s), Method: s.Method, URL: s.Path, Status: s.Status, Answer: visitWords(s),
		Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref), Hops: a.visitHops(c, s),
	}
	if s.Host != "" {
		step.URL = "//" + s.Host + s.Path
	}
	if s.Scheme != "" {
		step.URL = s.Scheme + ":" + step.URL
	}
	step.ClientIP.True = trueClient(s.Hops)
	if step.ClientIP.True.Value == "" && s.Outermost().Ref.HasLine {
		step.ClientIP.True = finding.TrueIP{Value: c.Visit.Client, How: "as the log names the client"}
	}
	return step
}

// trueClient is the client's own address, where a path begins with it.
func trueClient(p hops.Path) finding.TrueIP {
	if len(p) == 0 || p[0].From.Address == "" {
		return finding.TrueIP{}
	}
	if from, _ := roles.Of(p, 0); from != finding.HopClient {
		return finding.TrueIP{}
	}
	return finding.TrueIP{Value: p[0].From.Address, How: "the peer of the outermost hop in the capture"}
}

func visitRole(s *jupyter.Step) finding.Role {
	switch {
	case s.Config != nil && s.Config.Token != "":
		return finding.RoleTokenIssued
	case s.Kind == jupyter.Page:
		return finding.RoleForm
	}
	if sent, _ := s.Sent(); sent.Token != "" {
		return finding.RoleTokenUse
	}
	return finding.RoleSubmit
}

// visitWords are the answer's own.
func visitWords(s *jupyter.Step) string {
	if s.Status == 401 && s.Challenge != "" {
		return "wants " + jupyterlab.SchemeWord(s.Challenge)
	}
	return s.Detail
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/csrf"
	"github.com/logintrace/logintrace/analyze/djangologin"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/capture/exchange"
)

// mostForms bounds how many pages and submissions are kept.
const mostForms = 4096

// formSteps collects the steps of logins by a form that Flask-WTF or Django protects.
type formSteps struct {
	flask  []*flasklogin.Step
	django []*djangologin.Step
	passed map[*exchange.Capture]int // were not kept
}

func (f *formSteps) add(x *exchange.Exchange) {
	flask, django := flasklogin.Matters(x), djangologin.Matters(x)
	switch {
	case !flask && !django:
		return
	case len(f.flask)+len(f.django) >= mostForms:
		if f.passed == nil {
			f.passed = map[*exchange.Capture]int{}
		}
		f.passed[x.Ref.Capture]++
		return
	}
	if flask {
		f.flask = append(f.flask, flasklogin.NewStep(x))
	}
	if django {
		f.django = append(f.django, djangologin.NewStep(x))
	}
}

// note says how many requests of a capture were not looked at.
func (f *formSteps) note(c *exchange.Capture) (finding.Note, bool) {
	return passedNote(f.passed[c], "at login forms", mostForms)
}

// concludeForms judges forms, one login for each.
func (a *Analyzer) concludeForms(captures []*exchange.Capture) []finding.Login {
	return append(a.concludeFlask(captures), a.concludeDjango(captures)...)
}

func (a *Analyzer) concludeDjango(captures []*exchange.Capture) []finding.Login {
	var logins []finding.Login
	for _, s := range djangologin.Assemble(a.forms.django, captures) {
		step := a.shownStep(finding.Step{
			Role: finding.RoleSubmit, Method: s.Method, URL: s.Path, Status: s.Status, Answer: s.Reason,
			Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref),
		}, s.Scheme, s.Host, s.Hops)
		if s.Taken {
			logins = append(logins, a.formLogin(finding.Succeeded, "django", []finding.Step{step}, causes.Decision{}))
			continue
		}
		logins = append(logins, a.formLogin(finding.Failed, "django", []finding.Step{step}, csrf.DecideDjango(s)))
	}
	return logins
}

// formLogin is the login of a form that was taken or refused.
func (a *Analyzer) formLogin(outcome finding.Outcome, application string, steps []finding.Step, decision causes.Decision) finding.Login {
	a.counter.logins++
	last := steps[len(steps)-1]
	l := finding.Login{
		ID: loginID(a.counter.logins), Time: last.Time, Client: last.ClientIP.True.Value, Outcome: outcome,
		Application: finding.Application{Name: application}, Steps: steps, Findings: []finding.Finding{}, Undecided: decision.Undecided,
	}
	a.noteTraits(&l)
	if decision.Finding != nil {
		l.Cause = a.add(&l, *decision.Finding)
	}
	return l
}

// concludeFlask judges the forms that Flask-WTF refused. Those that were taken gave out a
// token, and are judged by it.
func (a *Analyzer) concludeFlask(captures []*exchange.Capture) []finding.Login {
	var logins []finding.Login
	for _, attempt := range flasklogin.Assemble(a.forms.flask, captures) {
		decision := csrf.DecideFlask(&csrf.FlaskCase{Attempt: attempt, Keys: a.options.FlaskKeys, Pseudonym: a.sessionNames.of})
		logins = append(logins, a.formLogin(finding.Failed, formApplication(attempt), a.formSteps(attempt), decision))
	}
	return logins
}

// formApplication is Airflow by the path at which it mounts its auth manager (Airflow 3).
func formApplication(a *flasklogin.Attempt) string {
	if a.Submit.Path == flasklogin.AirflowLogin {
		return "airflow"
	}
	return ""
}

func (a *Analyzer) formSteps(attempt *flasklogin.Attempt) []finding.Step {
	var steps []finding.Step
	if attempt.Page != nil {
		steps = append(steps, a.formStep(finding.RoleForm, attempt.Page))
	}
	return append(steps, a.formStep(finding.RoleSubmit, attempt.Submit))
}

func (a *Analyzer) formStep(role finding.Role, s *flasklogin.Step) finding.Step {
	return a.shownStep(finding.Step{
		Role: role, Method: s.Method, URL: s.Path, Status: s.Status, Answer: s.Reason,
		Time: finding.Time{Time: s.Time}, UserAgent: s.UserAgent, Ref: finding.NewRef(s.Ref),
	}, s.Scheme, s.Host, s.Hops)
}

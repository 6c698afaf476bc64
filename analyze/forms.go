// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/capture/exchange"
)

// mostForms bounds how many pages and submissions are kept.
const mostForms = 4096

// formSteps collects the steps of logins by a form that Flask-WTF protects.
type formSteps struct{ steps []*flasklogin.Step }

func (f *formSteps) add(x *exchange.Exchange) {
	if len(f.steps) < mostForms && flasklogin.Matters(x) {
		f.steps = append(f.steps, flasklogin.NewStep(x))
	}
}

// concludeForms judges the forms that were refused, one login for each. Those that were
// taken gave out a token, and are judged by it.
func (a *Analyzer) concludeForms(captures []*exchange.Capture) []finding.Login {
	var logins []finding.Login
	for _, attempt := range flasklogin.Assemble(a.forms.steps, captures) {
		a.counter.logins++
		l := finding.Login{
			ID: loginID(a.counter.logins), Outcome: finding.Failed, Findings: []finding.Finding{},
			Application: finding.Application{Name: formApplication(attempt)}, Steps: a.formSteps(attempt),
		}
		first := l.Steps[len(l.Steps)-1]
		l.Time, l.Client = first.Time, first.ClientIP.True.Value
		a.noteTraits(&l)
		decision := causes.DecideForm(&causes.FormCase{Attempt: attempt, Keys: a.options.FlaskKeys, Pseudonym: a.sessionNames.of})
		l.Undecided = decision.Undecided
		if decision.Finding != nil {
			l.Cause = a.add(&l, *decision.Finding)
		}
		logins = append(logins, l)
	}
	return logins
}

// formApplication is Airflow by the path at which it mounts its auth manager (Airflow 3).
func formApplication(a *flasklogin.Attempt) string {
	if a.Submit.Path == "/auth/login/" {
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

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// judge gives the verdict and its sentence. They depend on the outcomes alone or,
// where no login began, on what kept it from that; never on how the report is shown.
// began is what was seen of logins of which nothing shows an end, "" if nothing was.
// refused is what is said of a page that was refused before any login, "" without one.
func judge(r *finding.Report, began, refused string) {
	count := map[finding.Outcome]int{}
	for _, l := range r.Logins {
		count[l.Outcome]++
	}
	all := len(r.Logins)
	switch {
	case all == 0 && barrier(r) != nil:
		r.Verdict = finding.Fail
		r.Summary = "no login got through: " + barrier(r).Summary
	case all == 0:
		r.Verdict = finding.Inconclusive
		r.Summary = "no login was found in " + exchangesSeen(r)
		if began != "" {
			r.Summary = began + ", in " + exchangesSeen(r)
		}
		switch {
		case refused != "":
			r.Summary = "no login was found: " + refused
		case len(r.Findings) > 0:
			r.Summary += "; " + r.Findings[0].Summary
		}
	case count[finding.Failed] > 0 && r.Options.Selection != nil:
		r.Verdict = finding.Fail
		r.Summary = selectedFailed(r, count[finding.Failed])
	case count[finding.Failed] > 0:
		r.Verdict = finding.Fail
		r.Summary = whoFailed(r.Logins) + ": " + failureWords(r)
	case count[finding.OutcomeUnknown] > 0:
		r.Verdict = finding.Inconclusive
		r.Summary = fmt.Sprintf("the outcome of %d of %d logins is not in the capture", count[finding.OutcomeUnknown], all)
	default:
		r.Verdict = finding.Pass
		tasks := tally(r.Logins, (*finding.Login).ByTask).all
		r.Summary = allOf(all-tasks, tasks) + " succeeded" + beside(r)
	}
}

// whoFailed says how many of how many logins failed. Who was sent to the login again and
// again is one visitor, however many tokens that took, and a task logs in nowhere.
func whoFailed(logins []finding.Login) string {
	visitors, rounds := sentRound(logins)
	tasks := tally(logins, (*finding.Login).ByTask)
	others := tally(logins, func(l *finding.Login) bool { return !l.ByTask() })
	var parts []string
	if visitors > 0 {
		parts = append(parts, fmt.Sprintf("%s, sent to the login %d times", plural(visitors, "visitor"), rounds))
		others.failed -= rounds
		if others.all = others.failed + others.succeeded; others.all > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", others.failed, plural(others.all, "other login")))
		}
	} else if others.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d logins", others.failed, others.all))
	}
	if tasks.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d tasks", tasks.failed, tasks.all))
	}
	return strings.Join(parts, ", and ")
}

// outcomes are how many logins there are, and what became of them.
type outcomes struct{ all, failed, succeeded int }

func tally(logins []finding.Login, of func(*finding.Login) bool) (n outcomes) {
	for i := range logins {
		if !of(&logins[i]) {
			continue
		}
		n.all++
		switch logins[i].Outcome {
		case finding.Failed:
			n.failed++
		case finding.Succeeded:
			n.succeeded++
		}
	}
	return n
}

func allOf(logins, tasks int) string {
	switch {
	case tasks == 0:
		return plural(logins, "login")
	case logins == 0:
		return plural(tasks, "task")
	}
	return plural(logins, "login") + " and " + plural(tasks, "task")
}

// selectedFailed says how many of the logins that were selected failed, and why.
func selectedFailed(r *finding.Report, failed int) string {
	who := fmt.Sprintf("%d of %d selected logins failed", failed, len(r.Logins))
	if len(r.Logins) == 1 {
		who = "the selected login failed"
	}
	if of := r.Options.Selection.Of; of > len(r.Logins) {
		who += fmt.Sprintf(", of %d in all", of)
	}
	if why, undecided := strings.CutPrefix(failureWords(r), "failed, "); undecided {
		return who + "; " + strings.TrimPrefix(why, "and ")
	}
	return who + ": " + failureWords(r)
}

// beside is what is wrong enough to be said with a verdict that all is well: the first
// error of a login that passed, or a server that was not started behind one.
func beside(r *finding.Report) string {
	for i := range r.Logins {
		for _, f := range r.Logins[i].Findings {
			if f.Severity == finding.Error {
				return ", but " + f.Summary
			}
		}
	}
	for _, f := range r.Findings {
		if f.Code == finding.SpawnRefused {
			return ", but " + f.Summary
		}
	}
	return ""
}

// barrier is what keeps logins from beginning: the first error that is tied to none
// of them, and more than possible. Nil without one.
func barrier(r *finding.Report) *finding.Finding {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity == finding.Error && f.Code != finding.SpawnRefused && f.Confidence != finding.Possible {
			return f
		}
	}
	return nil
}

// failureWords is the summary of the failed logins: of their cause if they all
// have one and the same, and else of each cause with its first login.
func failureWords(r *finding.Report) string {
	groups := byCause(r.Logins)
	undecided := slices.DeleteFunc(pointers(r.Logins), func(l *finding.Login) bool {
		return l.Outcome != finding.Failed || l.CauseFinding() != nil
	})
	switch {
	case len(groups) == 0:
		return "failed, and why is undecided"
	case len(groups) == 1 && len(undecided) == 0:
		return groups[0][0].CauseFinding().Summary
	}
	var parts []string
	for _, group := range groups[:min(len(groups), mostCauses)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", group[0].CauseFinding().Summary, firstOf(group)))
	}
	if left := len(groups) - len(parts); left > 0 {
		parts = append(parts, plural(left, "other cause"))
	}
	if len(undecided) > 0 {
		parts = append(parts, fmt.Sprintf("undecided (%s)", firstOf(undecided)))
	}
	return strings.Join(parts, "; ")
}

// mostCauses are named in the sentence of a verdict.
const mostCauses = 3

func firstOf(logins []*finding.Login) string {
	if len(logins) == 1 {
		return logins[0].ID
	}
	return fmt.Sprintf("%s and %d more", logins[0].ID, len(logins)-1)
}

func exchangesSeen(r *finding.Report) string {
	total := 0
	for _, c := range r.Captures {
		total += c.Ledger.Exchanges
	}
	return plural(total, "exchange")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

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
// pages is how many login pages were seen that no submit belongs to.
// refused is what is said of a page that was refused before any login, "" without one.
func judge(r *finding.Report, pages int, refused string) {
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
		if pages > 0 {
			r.Summary = "a login page was served, but no submit was captured, in " + exchangesSeen(r)
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
		r.Summary = fmt.Sprintf("%d of %d logins: %s", count[finding.Failed], all, failureWords(r))
	case count[finding.OutcomeUnknown] > 0:
		r.Verdict = finding.Inconclusive
		r.Summary = fmt.Sprintf("the outcome of %d of %d logins is not in the capture", count[finding.OutcomeUnknown], all)
	default:
		r.Verdict = finding.Pass
		r.Summary = plural(all, "login") + " succeeded" + beside(r)
	}
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

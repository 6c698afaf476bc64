// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"

	"github.com/logintrace/logintrace/analyze/finding"
)

// judge gives the verdict and its sentence. They depend on the outcomes alone,
// never on how the report is shown.
// pages is how many login pages were seen that no submit belongs to.
func judge(r *finding.Report, pages int) {
	count := map[finding.Outcome]int{}
	for _, l := range r.Logins {
		count[l.Outcome]++
	}
	all := len(r.Logins)
	switch {
	case all == 0:
		r.Verdict = finding.Inconclusive
		r.Summary = "no JupyterHub login was found in " + exchangesSeen(r)
		if pages > 0 {
			r.Summary = "a login page was served, but no submit was captured, in " + exchangesSeen(r)
		}
	case count[finding.Failed] > 0:
		r.Verdict = finding.Fail
		r.Summary = fmt.Sprintf("%d of %d logins: %s", count[finding.Failed], all, failureWords(r))
	case count[finding.OutcomeUnknown] > 0:
		r.Verdict = finding.Inconclusive
		r.Summary = fmt.Sprintf("the outcome of %d of %d logins is not in the capture", count[finding.OutcomeUnknown], all)
	default:
		r.Verdict = finding.Pass
		r.Summary = plural(all, "login") + " succeeded"
	}
}

// failureWords is the summary of the failed logins: of their cause if they all
// have one and the same.
func failureWords(r *finding.Report) string {
	var first *finding.Finding
	for i := range r.Logins {
		l := &r.Logins[i]
		if l.Outcome != finding.Failed {
			continue
		}
		f := l.CauseFinding()
		switch {
		case f == nil:
			return "failed, and why is undecided"
		case first != nil && first.Code != f.Code:
			return "failed, for different causes"
		case first == nil:
			first = f
		}
	}
	return first.Summary
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

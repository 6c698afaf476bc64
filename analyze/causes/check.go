// SPDX-License-Identifier: Apache-2.0

package causes

import "github.com/logintrace/logintrace/analyze/finding"

// Decision is what a family concluded: exactly one of its members is set.
type Decision struct {
	Finding   *finding.Finding
	Undecided *finding.Undecided
}

// answer is what a check says of a case. Its zero value leaves the question open
// without a remark, for checks that do not apply.
type answer struct {
	match    *match
	excluded string            // why this is not the cause
	open     []finding.Missing // what would decide it; the cause stays possible
}

// match is a check that applies, and how sure that is.
type match struct {
	confidence finding.Confidence
	origin     finding.Origin
	summary    string
	detail     string // a sentence on this case, before the general explanation
	evidence   []finding.Evidence
	missing    []finding.Missing
	fixes      []string  // titles of the fixes that fit this case, best first; all if empty
	without    []string  // titles of fixes whose condition is known not to be met
	seen       []example // for the examples in these fixes
}

func excluded(why string) answer { return answer{excluded: why} }

func open(missing ...finding.Missing) answer { return answer{open: missing} }

func matched(m match) answer { return answer{match: &m} }

func undecidedWhy(between []finding.Code) string {
	if len(between) == 0 {
		return "the capture speaks for none of the causes that this version knows"
	}
	return "the capture does not hold what tells the remaining causes apart"
}

func appendMissing(list []finding.Missing, more ...finding.Missing) []finding.Missing {
	for _, m := range more {
		known := false
		for _, have := range list {
			known = known || have == m
		}
		if !known {
			list = append(list, m)
		}
	}
	return list
}

// check is one step of an ordered decision on a case of some kind.
type check[C any] struct {
	code finding.Code
	run  func(C) answer
}

// family is an ordered decision: the first check that matches wins.
type family[C any] []check[C]

// ruling is what a family says of a case: the match, if any, what was ruled out, and
// what was left open by checks before the match.
type ruling struct {
	code     finding.Code
	match    *match
	rejected []finding.Rejected
	between  []finding.Code
	lacking  []finding.Missing
}

// rule asks every check, also those behind the match: what they rule out is kept, too.
func (f family[C]) rule(c C) (r ruling) {
	for _, check := range f {
		a := check.run(c)
		switch {
		case a.match != nil && r.match == nil:
			r.code, r.match = check.code, a.match
		case a.excluded != "":
			r.rejected = append(r.rejected, finding.Rejected{Code: check.code, Why: a.excluded})
		case a.open != nil && r.match == nil:
			r.between = append(r.between, check.code)
			r.lacking = appendMissing(r.lacking, a.open...)
		}
	}
	return r
}

// undecided is a ruling without a match.
func (r ruling) undecided() *finding.Undecided {
	return &finding.Undecided{Why: undecidedWhy(r.between), Between: r.between, Rejected: r.rejected, Missing: r.lacking}
}

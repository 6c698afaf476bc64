// SPDX-License-Identifier: Apache-2.0

package causes

import "github.com/logintrace/logintrace/analyze/finding"

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

// finding puts the texts of the code around what the check saw.
func (r ruling) finding() *finding.Finding { return newFinding(r.code, *r.match, r.rejected) }

// newFinding is a match with the texts of its code. If the match names fixes, only these
// are kept.
func newFinding(code finding.Code, m match, rejected []finding.Rejected) *finding.Finding {
	text, _ := Lookup(code)
	f := &finding.Finding{
		Code: code, Severity: text.Severity, Confidence: m.confidence, Origin: m.origin, Summary: m.summary,
		Explanation: explanation(m.detail, text), Evidence: m.evidence, Rejected: rejected, Missing: m.missing,
		Fixes: general(text.Fixes), NotCures: text.NoHelp,
	}
	if len(m.fixes) > 0 {
		f.Fixes = picked(text.Fixes, m.fixes)
	}
	f.Fixes = named(f.Fixes, m.seen)
	if f.Summary == "" {
		f.Summary = withinSentence(text.Title)
	}
	if f.Rejected == nil {
		f.Rejected = []finding.Rejected{}
	}
	if f.Missing == nil {
		f.Missing = []finding.Missing{}
	}
	return f
}

// undecided is a ruling without a match.
func (r ruling) undecided() *finding.Undecided {
	return &finding.Undecided{Why: undecidedWhy(r.between), Between: r.between, Rejected: r.rejected, Missing: r.lacking}
}

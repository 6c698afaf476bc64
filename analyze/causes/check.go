// SPDX-License-Identifier: Apache-2.0

// Package causes is what the decisions on why a login failed have in common. Each family
// of causes has a package below this one. Where causes look alike it has an ordered
// decision: the first check that matches wins, and what the others said is kept, so that
// a reader sees what was ruled out and by what. This package decides nothing.
//
// A check matches on evidence that it can point at, never because something was
// not found. What it cannot judge it leaves open, and says what would be needed.
//
// The texts for people are in texts, one folder for each cause.
package causes

import "github.com/logintrace/logintrace/analyze/finding"

// Decision is what a family concluded: exactly one of its members is set.
type Decision struct {
	Finding   *finding.Finding
	Undecided *finding.Undecided
}

// Answer is what a check says of a case. Its zero value leaves the question open
// without a remark, for checks that do not apply.
type Answer struct {
	Match    *Match
	Excluded string            // why this is not the cause
	Open     []finding.Missing // what would decide it; the cause stays possible
}

// Match is a check that applies, and how sure that is.
type Match struct {
	Confidence finding.Confidence
	Origin     finding.Origin
	Summary    string
	Detail     string // a sentence on this case, before the general explanation
	Evidence   []finding.Evidence
	Missing    []finding.Missing
	Fixes      []string  // titles of the fixes that fit this case, best first; all if empty
	Without    []string  // titles of fixes whose condition is known not to be met
	Met        []string  // titles of fixes whose condition is known to be met
	Seen       []Example // for the examples in these fixes
}

// Excluded says why a cause is none here.
func Excluded(why string) Answer { return Answer{Excluded: why} }

// Open says what would decide whether it is one.
func Open(missing ...finding.Missing) Answer { return Answer{Open: missing} }

// Matched says that this is the cause.
func Matched(m Match) Answer { return Answer{Match: &m} }

func undecidedWhy(between []finding.Code) string {
	if len(between) == 0 {
		return "the capture speaks for none of the causes that this version knows"
	}
	return "the capture does not hold what tells the remaining causes apart"
}

// AppendMissing adds what the list does not have yet.
func AppendMissing(list []finding.Missing, more ...finding.Missing) []finding.Missing {
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

// Check is one step of an ordered decision on a case of some kind.
type Check[C any] struct {
	Code finding.Code
	Run  func(C) Answer
}

// Family is an ordered decision: the first check that matches wins.
type Family[C any] []Check[C]

// Ruling is what a family says of a case: the match, if any, what was ruled out, and
// what was left open by checks before the match.
type Ruling struct {
	Code     finding.Code
	Match    *Match
	Rejected []finding.Rejected
	Between  []finding.Code
	Lacking  []finding.Missing
}

// Rule asks every check, also those behind the match: what they rule out is kept, too.
func (f Family[C]) Rule(c C) (r Ruling) {
	for _, check := range f {
		a := check.Run(c)
		switch {
		case a.Match != nil && r.Match == nil:
			r.Code, r.Match = check.Code, a.Match
		case a.Excluded != "":
			r.Rejected = append(r.Rejected, finding.Rejected{Code: check.Code, Why: a.Excluded})
		case a.Open != nil && r.Match == nil:
			r.Between = append(r.Between, check.Code)
			r.Lacking = AppendMissing(r.Lacking, a.Open...)
		}
	}
	return r
}

// Undecided is a Ruling without a match.
func (r Ruling) Undecided() *finding.Undecided {
	return &finding.Undecided{Why: undecidedWhy(r.Between), Between: r.Between, Rejected: r.Rejected, Missing: r.Lacking}
}

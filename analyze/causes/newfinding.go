// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

// withinSentence makes a title fit behind a colon.
func withinSentence(title string) string {
	if article, rest, ok := strings.Cut(title, " "); ok && (article == "The" || article == "A" || article == "An") {
		return strings.ToLower(article) + " " + rest
	}
	return title
}

func explanation(detail string, text catalogue.Cause) string {
	whole := detail
	for _, paragraph := range text.Happened {
		if whole != "" {
			whole += "\n"
		}
		whole += paragraph
	}
	return whole
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

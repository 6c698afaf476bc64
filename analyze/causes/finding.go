// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

// WithinSentence makes a title fit behind a colon.
func WithinSentence(title string) string {
	if article, rest, ok := strings.Cut(title, " "); ok && (article == "The" || article == "A" || article == "An") {
		return strings.ToLower(article) + " " + rest
	}
	return title
}

// Explanation is the general text on a cause, behind a sentence on this case.
func Explanation(detail string, text catalogue.Cause) string {
	whole := detail
	for _, paragraph := range text.Happened {
		if whole != "" {
			whole += "\n"
		}
		whole += paragraph
	}
	return whole
}

// Finding puts the texts of the code around what the check saw.
func (r Ruling) Finding() *finding.Finding { return NewFinding(r.Code, *r.Match, r.Rejected) }

// NewFinding is a match with the texts of its code. If the match names fixes, only these
// are kept.
func NewFinding(code finding.Code, m Match, rejected []finding.Rejected) *finding.Finding {
	text, _ := Lookup(code)
	f := &finding.Finding{
		Code: code, Severity: text.Severity, Confidence: m.Confidence, Origin: m.Origin, Summary: m.Summary,
		Explanation: Explanation(m.Detail, text), Evidence: m.Evidence, Rejected: rejected, Missing: m.Missing,
		Fixes: General(text.Fixes), NotCures: text.NoHelp,
	}
	if len(m.Fixes) > 0 {
		f.Fixes = Picked(text.Fixes, m.Fixes)
	}
	f.Fixes = Named(f.Fixes, m.Seen)
	if f.Summary == "" {
		f.Summary = WithinSentence(text.Title)
	}
	if f.Rejected == nil {
		f.Rejected = []finding.Rejected{}
	}
	if f.Missing == nil {
		f.Missing = []finding.Missing{}
	}
	return f
}

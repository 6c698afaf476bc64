// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"io"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

// WriteCause renders the texts of a cause.
func WriteCause(w io.Writer, c catalogue.Cause, o Options) error {
	p := &page{width: cmp.Or(o.Width, defaultWidth)}
	p.paragraph("", string(c.Code)+": "+c.Title)
	p.line("")
	p.section("Severity", string(c.Severity))
	p.section("Meaning", c.Happened...)
	p.section("Evidence", c.Recognised...)
	p.section("No cure", c.NoHelp...)
	p.fixList(c.Fixes)
	_, err := w.Write(p.out.Bytes())
	return err
}

// fixes writes the fixes of a finding: of a program with many alternatives, on a page
// that is not wide, the first ones whole and the others by name.
func (p *page) fixes(f *finding.Finding) {
	const most, whole = 3, 2
	count := map[string]int{}
	for _, fix := range f.Fixes {
		count[fix.For]++
	}
	var shown []finding.Fix
	var others []string
	have := map[string]int{}
	for _, fix := range f.Fixes {
		if have[fix.For]++; p.wide || count[fix.For] <= most || have[fix.For] <= whole {
			shown = append(shown, fix)
		} else {
			others = append(others, fixTitle(fix))
		}
	}
	p.fixList(shown)
	if len(others) > 0 {
		p.section("", "See logintrace explain "+string(f.Code)+" for the others:")
		for _, title := range others {
			p.paragraph(strings.Repeat(" ", labelWidth)+"- ", title)
		}
	}
}

// fixTitle says for what a fix is, and under which condition.
func fixTitle(fix finding.Fix) string {
	title := fix.Title
	if fix.For != "any" {
		title = fix.For + ": " + title
	}
	if fix.When != "" {
		title += " (if " + fix.When + ")"
	}
	return title
}

// fixList writes fixes with the condition under which each applies.
func (p *page) fixList(fixes []finding.Fix) {
	label := "Fix"
	for _, fix := range fixes {
		p.section(label, fixTitle(fix))
		p.verbatim(labelWidth+2, fix.Config)
		if fix.WhatIf != "" {
			p.section("", "what-if: "+fix.WhatIf)
		}
		if trial := fix.Trial(); trial != "" {
			p.section("", trial)
		}
		label = ""
	}
}

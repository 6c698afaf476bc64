// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"io"

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
	p.fixList(c.Fixes, len(c.Fixes))
	_, err := w.Write(p.out.Bytes())
	return err
}

// mostFixes is how many fixes a page of 80 columns has in full. Where there are more, it has
// one less in full, and says of the others when they fit.
const mostFixes = 3

// inFull is how many of so many fixes a report has in full.
func (p *page) inFull(fixes int) int {
	if p.wide || fixes <= mostFixes {
		return fixes
	}
	return mostFixes - 1
}

// fixList writes fixes with the condition under which each applies, and of those beyond
// the first full ones nothing else.
func (p *page) fixList(fixes []finding.Fix, full int) {
	label := "Fix"
	for i, fix := range fixes {
		title := fix.Title
		if fix.For != "any" {
			title = fix.For + ": " + title
		}
		if fix.When != "" {
			title += " (if " + fix.When + ")"
		}
		if i >= full {
			p.section(label, title+": in full with -o wide")
			continue
		}
		p.section(label, title)
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

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
	p.fixList(c.Fixes)
	_, err := w.Write(p.out.Bytes())
	return err
}

// fixList writes fixes with the condition under which each applies.
func (p *page) fixList(fixes []finding.Fix) {
	label := "Fix"
	for _, fix := range fixes {
		title := fix.Title
		if fix.For != "any" {
			title = fix.For + ": " + title
		}
		if fix.When != "" {
			title += " (if " + fix.When + ")"
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

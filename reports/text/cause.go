// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
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
	label := "Fix"
	for _, fix := range c.Fixes {
		p.fix(label, fix)
		label = ""
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

// mostFixLines are of the recipes that stand in full on a page that is not wide. They
// come in the order of how likely they fit; those behind are named, a line each, for
// explain and the wide page have them in full.
const mostFixLines = 32

// fixList writes fixes with the condition under which each applies. left says that some
// were named only.
func (p *page) fixList(fixes []finding.Fix) (left bool) {
	p.tried = ""
	label, used := "Fix", 0
	for i, fix := range fixes {
		alone := &page{report: p.report, width: p.width}
		alone.fix(label, p.withoutRepeats(fix))
		lines := bytes.Count(alone.out.Bytes(), []byte("\n"))
		if i > 0 && !p.wide && used+lines > mostFixLines {
			p.named(fixes[i:])
			return true
		}
		p.out.Write(alone.out.Bytes())
		p.remember(fix)
		label, used = "", used+lines
	}
	return false
}

// named are fixes of which the recipe stands elsewhere.
func (p *page) named(fixes []finding.Fix) {
	label := "Also"
	for _, fix := range fixes {
		p.section(label, fixTitle(fix))
		label = ""
	}
}

// fix writes one fix in full.
func (p *page) fix(label string, fix finding.Fix) {
	p.section(label, fixTitle(fix))
	p.verbatim(labelWidth+2, fix.Config)
	if fix.WhatIf != "" {
		p.section("", "what-if: "+fix.WhatIf)
	}
	if trial := fix.Trial(); trial != "" {
		p.section("", trial)
	}
}

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

// withoutRepeats says what stands on the page already only in short. That a fix was not
// tried is said of each.
func (p *page) withoutRepeats(fix finding.Fix) finding.Fix {
	if p.wide {
		return fix
	}
	if p.said[fix.WhatIf] {
		fix.WhatIf = ""
	}
	if fix.Tried != "" && fix.Tried == p.tried {
		fix.Tried = "the same"
	}
	return fix
}

func (p *page) remember(fix finding.Fix) {
	if p.said == nil {
		p.said = map[string]bool{}
	}
	if p.tried = fix.Tried; fix.WhatIf != "" && !strings.HasPrefix(fix.WhatIf, "not enough") {
		p.said[fix.WhatIf] = true
	}
}

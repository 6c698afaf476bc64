// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"fmt"
	"io"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

const intro = `# Findings

Every finding of logintrace carries one of the codes below. They are stable:
scripts may rely on them. logintrace explain CODE prints the same text.

The severity is that of a finding which explains a failed login. Addresses, names
and paths in the configurations are examples. This page is written from the files
analyze/causes/texts/CODE/cause.md; make changes there.
`

// Markdown renders the catalogue as docs/findings.md.
func Markdown(w io.Writer, all []Cause) error {
	var b strings.Builder
	b.WriteString(intro + "\n")
	for _, c := range all {
		fmt.Fprintf(&b, "- [%s](#%s)\n", c.Code, c.Code)
		wrap(&b, "  ", "  ", c.Title)
	}
	for _, c := range all {
		section(&b, c)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, c Cause) {
	fmt.Fprintf(b, "\n## %s\n\n", c.Code)
	wrap(b, "", "", c.Title+".")
	fmt.Fprintf(b, "\nSeverity: %s\n\n### What happened\n", c.Severity)
	for _, paragraph := range c.Happened {
		b.WriteByte('\n')
		wrap(b, "", "", paragraph)
	}
	b.WriteString("\n### How it is recognised\n")
	for _, paragraph := range c.Recognised {
		b.WriteByte('\n')
		wrap(b, "", "", paragraph)
	}
	if len(c.NoHelp) > 0 {
		b.WriteString("\n### What does not help\n\n")
	}
	for _, bullet := range c.NoHelp {
		wrap(b, "- ", "  ", bullet)
	}
	for _, f := range c.Fixes {
		fix(b, f)
	}
}

func fix(b *strings.Builder, f finding.Fix) {
	fmt.Fprintf(b, "\n### Fix: %s\n\n- For: %s\n", f.Title, f.For)
	if f.When != "" {
		wrap(b, "- When: ", "  ", f.When)
	}
	if trial := f.Trial(); trial != "" {
		wrap(b, "- ", "  ", strings.ToUpper(trial[:1])+trial[1:])
	}
	if f.Since != "" {
		fmt.Fprintf(b, "- Since: %s\n", f.Since)
	}
	fmt.Fprintf(b, "\n```text\n%s\n```\n\n", f.Config)
	wrap(b, "What if: ", "", f.WhatIf)
}

// wrap writes text in lines of at most width columns. A word
// that would be taken for the mark of a list does not begin a line.
func wrap(b *strings.Builder, first, indent, text string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case len(line)+1+len(word) <= width, marks(word):
			line += " " + word
		default:
			b.WriteString(line + "\n")
			line = indent + word
		}
	}
	b.WriteString(line + "\n")
}

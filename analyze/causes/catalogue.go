// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Cause is the text of one code, as `explain`, the reports and docs/findings.md
// print it. All of it is plain text without markup; a Config keeps its lines.
type Cause struct {
	Code                 finding.Code
	Title                string // a sentence without a full stop
	Severity             finding.Severity
	Happened, Recognised []string // paragraphs
	NoHelp               []string // what does not help; empty when nothing is to be said
	Fixes                []finding.Fix
}

//go:embed */cause.md
var catalogueFiles embed.FS

var catalogueOnce = sync.OnceValues(func() ([]Cause, error) { return catalogueLoad(catalogueFiles) })

// Catalogue returns all causes in order of family and code. The causes share
// their lists with later calls: do not change them.
func Catalogue() ([]Cause, error) {
	all, err := catalogueOnce()
	return slices.Clone(all), err
}

// Lookup returns the cause of a code.
func Lookup(code finding.Code) (Cause, bool) {
	all, err := catalogueOnce()
	if err != nil {
		return Cause{}, false
	}
	i := slices.IndexFunc(all, func(c Cause) bool { return c.Code == code })
	if i < 0 {
		return Cause{}, false
	}
	return all[i], true
}

// catalogueLoad reads the file of each folder; a folder is named after its code.
func catalogueLoad(files fs.FS) ([]Cause, error) {
	names, err := fs.Glob(files, "*/cause.md")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no cause.md found")
	}
	var all []Cause
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		c, err := catalogueParse(finding.Code(path.Dir(name)), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(catalogueFamily(a.Code), catalogueFamily(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return all, nil
}

// catalogueFamily is the part of a code before its first hyphen.
func catalogueFamily(code finding.Code) string {
	family, _, _ := strings.Cut(string(code), "-")
	return family
}

// The words that a cause.md may use where there is a choice.
var (
	catalogueSeverities = []string{string(finding.Error), string(finding.Warning), string(finding.Info)}
	cataloguePrograms   = []string{"nginx", "ingress-nginx", "Traefik", "HAProxy", "Kubernetes", "JupyterHub", "browser", "any"}
	catalogueFences     = []string{"nginx", "haproxy", "yaml", "python", "html", "shell", "text"}
	catalogueKeys       = []string{"severity:", "for:", "when:", "what if:"}
)

// The longest lines, in bytes. A configuration is printed as it is, and must fit
// a terminal of 80 columns beside the margin of a report.
const (
	catalogueWidth       = 80
	catalogueConfigWidth = 68
)

// catalogueParser reads a cause.md from top to bottom. Its first error stays and
// turns all that follows into nothing.
type catalogueParser struct {
	lines []string
	at    int // index of the next line
	err   error
}

func catalogueParse(code finding.Code, text string) (Cause, error) {
	p := &catalogueParser{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	if !strings.HasSuffix(text, "\n") {
		p.fail("a line end at the end of the file")
	}
	for p.at = range p.lines {
		if line := p.lines[p.at]; len(line) > catalogueWidth || line != strings.TrimRightFunc(line, unicode.IsSpace) || strings.ContainsFunc(line, catalogueStray) {
			p.fail("printable text of at most %d bytes without spaces at its end", catalogueWidth)
		}
	}
	p.at = 0
	c := p.cause(code)
	return c, p.err
}

func catalogueStray(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }

func (p *catalogueParser) cause(code finding.Code) Cause {
	c := Cause{Code: code, Title: p.title("# ")}
	p.blank()
	c.Severity = finding.Severity(p.choice("Severity: ", catalogueSeverities))
	p.blank()
	p.heading("What happened")
	c.Happened = p.paragraphs()
	p.heading("How it is recognised")
	c.Recognised = p.paragraphs()
	if strings.HasPrefix(p.peek(), "## What") {
		p.heading("What does not help")
		c.NoHelp = p.bullets()
	}
	for len(c.Fixes) == 0 || !p.done() {
		c.Fixes = append(c.Fixes, p.fix())
	}
	return c
}

// fix reads a section "## Fix: …".
func (p *catalogueParser) fix() finding.Fix {
	f := finding.Fix{Title: p.title("## Fix: "), For: p.choice("For: ", cataloguePrograms)}
	if strings.HasPrefix(p.peek(), "When: ") {
		f.When = p.keyed("When: ")
		if strings.HasSuffix(f.When, ".") {
			p.fail("a condition without a full stop before this line")
		}
	}
	p.blank()
	f.Config = p.config()
	p.blank()
	f.WhatIf = p.keyed("What if: ")
	if !strings.HasSuffix(f.WhatIf, ".") {
		p.fail("a full stop before this line")
	}
	if p.done() {
		return f
	}
	if p.blank(); p.done() {
		p.fail("another section")
	}
	return f
}

// config reads a fenced block.
func (p *catalogueParser) config() string {
	p.choice("```", catalogueFences)
	from := p.at
	for !p.done() && p.peek() != "```" {
		p.at++
	}
	if p.done() {
		p.fail("the end of the block that began at line %d", from)
		return ""
	}
	config := p.lines[from:p.at]
	p.at++
	text := strings.Join(config, "\n")
	if slices.ContainsFunc(config, func(line string) bool { return len(line) > catalogueConfigWidth }) {
		p.failBefore("a block with lines of at most %d bytes", catalogueConfigWidth)
	}
	if text == "" || text != strings.Trim(text, "\n") {
		p.fail("a block with content and without blank lines around it")
	}
	return text
}

// paragraphs reads up to the next heading, and the blank line before that.
func (p *catalogueParser) paragraphs() []string {
	var all []string
	for !p.done() && !strings.HasPrefix(p.peek(), "#") {
		all = append(all, p.paragraph(p.take()))
		if !p.done() {
			p.blank()
		}
	}
	if len(all) == 0 {
		p.fail("a paragraph")
	}
	return all
}

// paragraph joins the lines up to a blank one to those that were begun.
func (p *catalogueParser) paragraph(begun string) string {
	text := p.prose(begun)
	for p.peek() != "" {
		text += " " + p.prose(p.take())
	}
	return text
}

func (p *catalogueParser) bullets() []string {
	var all []string
	for strings.HasPrefix(p.peek(), "- ") {
		text := p.prose(strings.TrimPrefix(p.take(), "- "))
		for strings.HasPrefix(p.peek(), "  ") {
			text += " " + p.prose(strings.TrimPrefix(p.take(), "  "))
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		p.fail("a line that begins with \"- \"")
	}
	p.blank()
	return all
}

// prose checks one line of running text, taken a moment ago. Characters with a
// meaning in Markdown or HTML are refused, so that every format can print it.
func (p *catalogueParser) prose(line string) string {
	switch lower := strings.ToLower(line); {
	case line == "" || line != strings.TrimSpace(line), catalogueMarks(line), strings.ContainsAny(line, "`*<>[]|\\#"):
		p.failBefore("plain text without markup")
	case slices.ContainsFunc(catalogueKeys, func(key string) bool { return strings.HasPrefix(lower, key) }):
		p.failBefore("running text, which may not begin a line with the name of a field")
	}
	return line
}

// catalogueMarks reports whether Markdown takes a line's first word for the mark
// of a list.
func catalogueMarks(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	digits := strings.TrimLeft(word, "0123456789")
	return word == "-" || word == "+" || digits != word && (digits == "." || digits == ")")
}

func (p *catalogueParser) title(prefix string) string {
	title := p.after(prefix)
	if p.prose(title); strings.HasSuffix(title, ".") {
		p.failBefore("a title without a full stop")
	}
	return title
}

// keyed reads a paragraph that begins with the name of a field.
func (p *catalogueParser) keyed(key string) string { return p.paragraph(p.after(key)) }

func (p *catalogueParser) choice(prefix string, allowed []string) string {
	word := p.after(prefix)
	if !slices.Contains(allowed, word) {
		p.failBefore("%q and one of %s", prefix, strings.Join(allowed, ", "))
	}
	return word
}

func (p *catalogueParser) heading(name string) {
	if p.take() != "## "+name {
		p.failBefore("%q", "## "+name)
	}
}

func (p *catalogueParser) blank() {
	switch {
	case p.done():
		p.fail("a blank line")
	case p.take() != "":
		p.failBefore("a blank line")
	}
}

// after takes a line that begins with prefix and returns the rest.
func (p *catalogueParser) after(prefix string) string {
	rest, ok := strings.CutPrefix(p.take(), prefix)
	if !ok {
		p.failBefore("%q", prefix)
	}
	return rest
}

// done reports whether nothing is left to read, or to be said after an error.
func (p *catalogueParser) done() bool { return p.err != nil || p.at >= len(p.lines) }

// peek returns the next line without taking it, or "" when there is none.
func (p *catalogueParser) peek() string {
	if p.done() {
		return ""
	}
	return p.lines[p.at]
}

func (p *catalogueParser) take() string {
	line := p.peek()
	p.at++
	return line
}

// fail reports what was expected in place of the next line.
func (p *catalogueParser) fail(want string, args ...any) {
	if p.err != nil {
		return
	}
	found := "the end of the file"
	if p.at < len(p.lines) {
		found = fmt.Sprintf("%q", p.lines[p.at])
	}
	p.err = fmt.Errorf("line %d: expected %s, found %s", p.at+1, fmt.Sprintf(want, args...), found)
}

// failBefore reports what was expected in place of the line just taken.
func (p *catalogueParser) failBefore(want string, args ...any) {
	p.at--
	p.fail(want, args...)
	p.at++
}

const catalogueIntro = `# Findings

Every finding of logintrace carries one of the codes below. They are stable:
scripts may rely on them. logintrace explain CODE prints the same text.

The severity is that of a finding which explains a failed login. Addresses, names
and paths in the configurations are examples. This page is written from the files
analyze/causes/CODE/cause.md; make changes there.
`

// Markdown renders the catalogue as docs/findings.md.
func Markdown(w io.Writer, all []Cause) error {
	var b strings.Builder
	b.WriteString(catalogueIntro + "\n")
	for _, c := range all {
		fmt.Fprintf(&b, "- [%s](#%s)\n", c.Code, c.Code)
		catalogueWrap(&b, "  ", "  ", c.Title)
	}
	for _, c := range all {
		catalogueSection(&b, c)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func catalogueSection(b *strings.Builder, c Cause) {
	fmt.Fprintf(b, "\n## %s\n\n", c.Code)
	catalogueWrap(b, "", "", c.Title+".")
	fmt.Fprintf(b, "\nSeverity: %s\n\n### What happened\n", c.Severity)
	for _, paragraph := range c.Happened {
		b.WriteByte('\n')
		catalogueWrap(b, "", "", paragraph)
	}
	b.WriteString("\n### How it is recognised\n")
	for _, paragraph := range c.Recognised {
		b.WriteByte('\n')
		catalogueWrap(b, "", "", paragraph)
	}
	if len(c.NoHelp) > 0 {
		b.WriteString("\n### What does not help\n\n")
	}
	for _, bullet := range c.NoHelp {
		catalogueWrap(b, "- ", "  ", bullet)
	}
	for _, f := range c.Fixes {
		catalogueFix(b, f)
	}
}

func catalogueFix(b *strings.Builder, f finding.Fix) {
	fmt.Fprintf(b, "\n### Fix: %s\n\n- For: %s\n", f.Title, f.For)
	if f.When != "" {
		catalogueWrap(b, "- When: ", "  ", f.When)
	}
	fmt.Fprintf(b, "\n```text\n%s\n```\n\n", f.Config)
	catalogueWrap(b, "What if: ", "", f.WhatIf)
}

// catalogueWrap writes text in lines of at most catalogueWidth columns. A word
// that would be taken for the mark of a list does not begin a line.
func catalogueWrap(b *strings.Builder, first, indent, text string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case len(line)+1+len(word) <= catalogueWidth, catalogueMarks(word):
			line += " " + word
		default:
			b.WriteString(line + "\n")
			line = indent + word
		}
	}
	b.WriteString(line + "\n")
}

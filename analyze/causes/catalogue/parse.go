// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/logintrace/logintrace/analyze/finding"
)

// The words that a cause.md may use where there is a choice.
var (
	severities = []string{string(finding.Error), string(finding.Warning), string(finding.Info)}
	programs   = []string{
		"nginx", "ingress-nginx", "Traefik", "HAProxy", "haproxy-ingress", "Caddy", "Apache httpd", "Envoy", "Istio", "Contour", "OpenShift router",
		"configurable-http-proxy", "AWS ALB", "AWS ELB", "GCP load balancer", "Azure Application Gateway", "Cloudflare",
		"Kubernetes", "JupyterHub", "JupyterLab", "Airflow", "Django", "browser", "any",
	}
	fences  = []string{"nginx", "haproxy", "yaml", "python", "html", "shell", "text"}
	effects = []string{string(finding.DoesSetRealIP), string(finding.DoesKeepSource), string(finding.DoesTrustOuter), string(finding.DoesKeepRealIP), string(finding.DoesAnnounce), string(finding.DoesReadHubLog), string(finding.DoesLook)}
	keys    = []string{"severity:", "for:", "does:", "when:", "since:", "tried:", "what if:"}
)

// versionNumbers are the first two numbers of a version.
var versionNumbers = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)

// The longest lines, in bytes. A configuration is printed as it is, and must fit
// a terminal of 80 columns beside the margin of a report.
const (
	width       = 80
	configWidth = 68
)

// parser reads a cause.md from top to bottom. Its first error stays and
// turns all that follows into nothing.
type parser struct {
	lines []string
	at    int // index of the next line
	err   error
}

func parse(code finding.Code, text string) (Cause, error) {
	p := &parser{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	if !strings.HasSuffix(text, "\n") {
		p.fail("a line end at the end of the file")
	}
	for p.at = range p.lines {
		if line := p.lines[p.at]; len(line) > width || line != strings.TrimRightFunc(line, unicode.IsSpace) || strings.ContainsFunc(line, stray) {
			p.fail("printable text of at most %d bytes without spaces at its end", width)
		}
	}
	p.at = 0
	c := p.cause(code)
	return c, p.err
}

func stray(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }

func (p *parser) cause(code finding.Code) Cause {
	c := Cause{Code: code, Title: p.title("# ")}
	p.blank()
	c.Severity = finding.Severity(p.choice("Severity: ", severities))
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
func (p *parser) fix() finding.Fix {
	f := finding.Fix{Title: p.title("## Fix: "), For: p.choice("For: ", programs)}
	if strings.HasPrefix(p.peek(), "Does: ") {
		f.Does = finding.Does(p.choice("Does: ", effects))
	}
	if strings.HasPrefix(p.peek(), "Since: ") {
		f.Since = p.after("Since: ")
		if !versionNumbers.MatchString(f.Since) {
			p.failBefore("a version such as 5.3")
		}
	}
	if strings.HasPrefix(p.peek(), "When: ") {
		f.When = p.keyed("When: ")
		if strings.HasSuffix(f.When, ".") {
			p.fail("a condition without a full stop before this line")
		}
	}
	if strings.HasPrefix(p.peek(), "Tried: ") {
		f.Tried = p.keyed("Tried: ")
		if f.Does.Looks() {
			p.fail("no trial of what changes nothing before this line")
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
func (p *parser) config() string {
	p.choice("```", fences)
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
	if slices.ContainsFunc(config, func(line string) bool { return len(line) > configWidth }) {
		p.failBefore("a block with lines of at most %d bytes", configWidth)
	}
	if text == "" || text != strings.Trim(text, "\n") {
		p.fail("a block with content and without blank lines around it")
	}
	return text
}

// paragraphs reads up to the next heading, and the blank line before that.
func (p *parser) paragraphs() []string {
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

// paragraph joins the lines up to a blank one, or to a line "Tried: …", to those that
// were begun.
func (p *parser) paragraph(begun string) string {
	text := p.prose(begun)
	for p.peek() != "" && !strings.HasPrefix(p.peek(), "Tried: ") {
		text += " " + p.prose(p.take())
	}
	return text
}

func (p *parser) bullets() []string {
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
func (p *parser) prose(line string) string {
	switch lower := strings.ToLower(line); {
	case line == "" || line != strings.TrimSpace(line), marks(line), strings.ContainsAny(line, "`*<>[]|\\#"):
		p.failBefore("plain text without markup")
	case slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(lower, key) }):
		p.failBefore("running text, which may not begin a line with the name of a field")
	}
	return line
}

// marks reports whether Markdown takes a line's first word for the mark
// of a list.
func marks(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	digits := strings.TrimLeft(word, "0123456789")
	return word == "-" || word == "+" || digits != word && (digits == "." || digits == ")")
}

func (p *parser) title(prefix string) string {
	title := p.after(prefix)
	if p.prose(title); strings.HasSuffix(title, ".") {
		p.failBefore("a title without a full stop")
	}
	return title
}

// keyed reads a paragraph that begins with the name of a field.
func (p *parser) keyed(key string) string { return p.paragraph(p.after(key)) }

func (p *parser) choice(prefix string, allowed []string) string {
	word := p.after(prefix)
	if !slices.Contains(allowed, word) {
		p.failBefore("%q and one of %s", prefix, strings.Join(allowed, ", "))
	}
	return word
}

func (p *parser) heading(name string) {
	if p.take() != "## "+name {
		p.failBefore("%q", "## "+name)
	}
}

func (p *parser) blank() {
	switch {
	case p.done():
		p.fail("a blank line")
	case p.take() != "":
		p.failBefore("a blank line")
	}
}

// after takes a line that begins with prefix and returns the rest.
func (p *parser) after(prefix string) string {
	rest, ok := strings.CutPrefix(p.take(), prefix)
	if !ok {
		p.failBefore("%q", prefix)
	}
	return rest
}

// done reports whether nothing is left to read, or to be said after an error.
func (p *parser) done() bool { return p.err != nil || p.at >= len(p.lines) }

// peek returns the next line without taking it, or "" when there is none.
func (p *parser) peek() string {
	if p.done() {
		return ""
	}
	return p.lines[p.at]
}

func (p *parser) take() string {
	line := p.peek()
	p.at++
	return line
}

// fail reports what was expected in place of the next line.
func (p *parser) fail(want string, args ...any) {
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
func (p *parser) failBefore(want string, args ...any) {
	p.at--
	p.fail(want, args...)
	p.at++
}

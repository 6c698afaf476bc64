// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// logins writes one full section for each cause, for its first login; the other
// logins follow in one line each, as do those that passed beside failed ones.
func (p *page) logins() {
	shown := map[string]bool{}
	var others []*finding.Login
	for i := range p.report.Logins {
		l := &p.report.Logins[i]
		key := sectionKey(l)
		passed := l.Outcome == finding.Succeeded && p.report.Verdict == finding.Fail
		if (shown[key] || passed) && !p.wide {
			others = append(others, l)
			continue
		}
		shown[key] = true
		p.login(l)
	}
	if len(others) > 0 {
		p.line("")
		p.line("Further logins")
		for _, l := range others {
			p.paragraph("  ", p.oneLine(l))
		}
	}
}

// sectionKey is equal for logins that one section can speak for.
func sectionKey(l *finding.Login) string {
	if f := l.CauseFinding(); f != nil {
		return string(f.Code)
	}
	return string(l.Outcome)
}

func (p *page) oneLine(l *finding.Login) string {
	words := "undecided"
	switch f := l.CauseFinding(); {
	case f != nil:
		words = fmt.Sprintf("%s (%s)", f.Code, f.Confidence)
	case l.Outcome == finding.Succeeded:
		words = ""
	}
	return strings.TrimRight(fmt.Sprintf("%s  %s  %s  %s", l.ID, clock(l.Time), l.Outcome, words), " ")
}

func (p *page) login(l *finding.Login) {
	p.line("")
	p.paragraph("", strings.Join(p.title(l), " · "))
	p.steps(l)
	if f := l.CauseFinding(); f != nil {
		p.line("")
		p.finding(f)
	}
	if l.Undecided != nil {
		p.line("")
		p.undecided(l.Undecided)
	}
}

func (p *page) title(l *finding.Login) []string {
	application := "unknown application"
	if l.Application.Name == "jupyterhub" {
		application = strings.TrimSpace("JupyterHub " + l.Application.Version)
	}
	client := "client unknown"
	if l.Client != "" {
		client = "client " + l.Client
	}
	title := []string{application, client, clock(l.Time), browser(l)}
	if len(p.report.Logins) > 1 {
		title = append([]string{l.ID}, title...)
	}
	return title
}

func clock(t finding.Time) string {
	if t.IsZero() {
		return "time unknown"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// browser says whether both requests named the same User-Agent.
func browser(l *finding.Login) string {
	first, last := l.Steps[0].UserAgent, l.Steps[len(l.Steps)-1].UserAgent
	switch {
	case len(l.Steps) < 2 || first == "" || last == "":
		return "browser known for one request"
	case first == last:
		return "same browser"
	}
	return "two User-Agents"
}

func (p *page) finding(f *finding.Finding) {
	p.section("Meaning", strings.Split(f.Explanation, "\n")...)
	p.evidence(f.Evidence)
	p.rejected(f.Rejected)
	p.missing("Decide", f.Missing)
	p.fixList(f.Fixes)
	p.section("More", "logintrace explain "+string(f.Code))
}

func (p *page) undecided(u *finding.Undecided) {
	p.section("Undecided", u.Why+".")
	if len(u.Between) > 0 {
		codes := make([]string, len(u.Between))
		for i, code := range u.Between {
			codes[i] = string(code)
		}
		p.section("Possible", strings.Join(codes, ", "))
	}
	p.rejected(u.Rejected)
	p.missing("Missing", u.Missing)
}

// evidence lists the places, each with what is to be seen there.
func (p *page) evidence(list []finding.Evidence) {
	label := "Proof"
	for _, e := range list {
		text := fmt.Sprintf("%s: %s", p.place(e.Ref), e.Field)
		if e.Value != "" {
			text += " = " + e.Value
		}
		if e.Note != "" {
			text += "; " + e.Note
		}
		p.section(label, text)
		label = ""
	}
}

func (p *page) rejected(list []finding.Rejected) {
	if len(list) == 0 {
		return
	}
	if !p.wide {
		reasons := make([]string, len(list))
		for i, r := range list {
			reasons[i] = r.Why
		}
		p.section("Excluded", strings.Join(unique(reasons), "; "))
		return
	}
	label := "Excluded"
	for _, r := range list {
		p.section(label, fmt.Sprintf("%s: %s", r.Code, r.Why))
		label = ""
	}
}

// unique keeps the first of equal texts.
func unique(texts []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			kept = append(kept, text)
		}
	}
	return kept
}

func (p *page) missing(label string, list []finding.Missing) {
	for _, m := range list {
		p.section(label, m.What+":")
		if columns(m.How)+labelWidth <= p.width || strings.HasPrefix(m.How, "kubectl") {
			p.verbatim(labelWidth+2, m.How)
		} else {
			p.section("", m.How)
		}
		label = ""
	}
}

// place is a reference as a person finds it: the capture's name and the entry or
// frame, and for an entry also what a browser shows, since it shows no numbers.
func (p *page) place(ref finding.Ref) string {
	name := p.captureName(ref.Capture)
	if ref.Entry == nil {
		return fmt.Sprintf("%sframe %d", name, ref.Frame)
	}
	if step := p.stepAt(ref); step != nil {
		return fmt.Sprintf("%sentry %d (%s %s)", name, *ref.Entry, step.Method, step.Time.UTC().Format("15:04:05.000Z"))
	}
	return fmt.Sprintf("%sentry %d", name, *ref.Entry)
}

// captureName is the name of a capture and a space, or nothing if there is only
// one: the page names it at its end.
func (p *page) captureName(id string) string {
	for _, c := range p.report.Captures {
		if c.ID == id && len(p.report.Captures) > 1 {
			return p.shortName(c) + " "
		}
	}
	return ""
}

// shortName is the last element of a capture's path, or all of it where another
// capture has the same.
func (p *page) shortName(c finding.Capture) string {
	for _, other := range p.report.Captures {
		if other.ID != c.ID && base(other.Name) == base(c.Name) {
			return c.Name
		}
	}
	return base(c.Name)
}

func (p *page) stepAt(ref finding.Ref) *finding.Step {
	for _, l := range p.report.Logins {
		for i := range l.Steps {
			at := l.Steps[i].Ref
			if at.Capture == ref.Capture && at.Entry != nil && *at.Entry == *ref.Entry && l.Steps[i].Status != 0 {
				return &l.Steps[i]
			}
		}
	}
	return nil
}

// base is the last element of a path of any system.
func base(path string) string {
	return cmp.Or(path[strings.LastIndexAny(path, `/\`)+1:], path)
}

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// logins writes one full section for each cause, for its first login; the other
// logins follow in one line each, as do those that passed beside failed ones.
func (p *page) logins() {
	shown, others := p.sections()
	for _, l := range shown {
		p.login(l)
	}
	if len(others) > 0 {
		p.line("")
		p.line("Further logins")
		p.further(others)
	}
}

// sections are the logins with a section, and the others.
func (p *page) sections() (shown, others []*finding.Login) {
	keys := map[string]bool{}
	for i := range p.report.Logins {
		l := &p.report.Logins[i]
		key := sectionKey(l)
		passed := l.Outcome == finding.Succeeded && p.report.Verdict == finding.Fail
		if (keys[key] || passed) && !p.wide {
			others = append(others, l)
			continue
		}
		keys[key] = true
		shown = append(shown, l)
	}
	return shown, others
}

// further lists logins by outcome and cause, each with the place where it can be found.
func (p *page) further(others []*finding.Login) {
	const most = 6
	var order []string
	groups := map[string][]*finding.Login{}
	for _, l := range others {
		words := outcomeWords(l)
		if groups[words] == nil {
			order = append(order, words)
		}
		groups[words] = append(groups[words], l)
	}
	for _, words := range order {
		group := groups[words]
		p.paragraph("  ", fmt.Sprintf("%d %s", len(group), words))
		for _, l := range group[:min(most, len(group))] {
			p.paragraph(fmt.Sprintf("    %-*s  ", len(group[min(most, len(group))-1].ID), l.ID), clock(l.Time)+"  "+p.submitPlace(l))
		}
		if left := len(group) - most; left > 0 {
			p.paragraph("    ", fmt.Sprintf("and %d more (-o wide)", left))
		}
	}
}

// submitPlace is where the last request of a login can be seen.
func (p *page) submitPlace(l *finding.Login) string {
	ref := l.Steps[len(l.Steps)-1].Ref
	words := p.place(ref)
	if len(p.report.Captures) == 1 {
		words = p.shortName(p.report.Captures[0].Name) + " " + words
	}
	return words
}

// sectionKey is equal for logins that one section can speak for.
func sectionKey(l *finding.Login) string {
	if f := l.CauseFinding(); f != nil {
		return string(f.Code)
	}
	return strings.Join(append([]string{string(l.Outcome)}, remarks(l)...), " ")
}

// outcomeWords say what became of a login and why.
func outcomeWords(l *finding.Login) string {
	switch f := l.CauseFinding(); {
	case f != nil:
		return fmt.Sprintf("%s, %s (%s)", l.Outcome, f.Code, f.Confidence)
	case l.Outcome == finding.Succeeded:
		return strings.Join(append([]string{string(l.Outcome)}, remarks(l)...), ", ")
	}
	return string(l.Outcome) + ", undecided"
}

// remarks are the codes of what is worth a word although a login passed.
func remarks(l *finding.Login) (codes []string) {
	for _, f := range l.Findings {
		codes = append(codes, string(f.Code))
	}
	return codes
}

func (p *page) login(l *finding.Login) {
	p.line("")
	for _, line := range joined(p.title(l), " · ", p.width) {
		p.line(line)
	}
	if isRoundTrip(l) {
		p.roundTrip(l)
	} else {
		p.steps(l)
	}
	if f := l.CauseFinding(); f != nil {
		p.line("")
		p.finding(f)
	}
	if l.Undecided != nil {
		p.line("")
		p.undecided(l.Undecided)
		p.section("Seen", p.submitPlace(l))
	}
	for i := range l.Findings {
		if f := &l.Findings[i]; l.Cause == nil || f.ID != *l.Cause {
			p.line("")
			p.section(severityWords[f.Severity], sentence(f.Summary))
			p.finding(f)
		}
	}
}

var severityWords = map[finding.Severity]string{finding.Error: "Error", finding.Warning: "Warning", finding.Info: "Note"}

// findings are those on no single login.
func (p *page) findings() {
	for i := range p.report.Findings {
		f := &p.report.Findings[i]
		p.line("")
		if len(p.report.Logins) > 0 || !p.inSummary(f) {
			p.section(severityWords[f.Severity], sentence(f.Summary))
		}
		if f.Explanation != "" {
			p.finding(f)
		}
	}
}

var applicationNames = map[string]string{"jupyterhub": "JupyterHub", "airflow": "Airflow", "django": "Django", "jupyterlab": "JupyterLab"}

func (p *page) title(l *finding.Login) []string {
	application := "unknown application"
	if name := applicationNames[l.Application.Name]; name != "" {
		application = strings.TrimSpace(name + " " + l.Application.Version)
	}
	client := "client unknown"
	if l.Client != "" {
		client = "client " + l.Client
	}
	title := []string{application, client, clock(l.Time), browser(l)}
	if l.ByTask() {
		title[3] = "a task's token, no login"
	}
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
	last := len(l.Steps) - 1
	for last > 0 && l.Steps[last].RoundTrip != nil && (l.Steps[last].RoundTrip.At == finding.BehindHub || l.Steps[last].RoundTrip.At == finding.BehindServer) {
		last-- // what the Hub or a server asks is not the browser's
	}
	return sameBrowser(l, l.Steps[0].UserAgent, l.Steps[last].UserAgent)
}

func sameBrowser(l *finding.Login, first, last string) string {
	switch {
	case first == "" && last == "" && isRoundTrip(l):
		return "browser not known"
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
	left := p.fixList(f.Fixes)
	p.notCures(f.NotCures)
	more := "logintrace explain " + string(f.Code)
	switch {
	case left:
		more += " has these recipes in full; so has -o wide"
	case !p.wide:
		more += "; more with -o wide"
	}
	p.section("More", more)
}

// notCures names what does not help. The reasons, behind the first colon, stand on a
// wide page and in the text on the cause.
func (p *page) notCures(list []string) {
	if !p.wide {
		briefly := make([]string, len(list))
		for i, text := range list {
			text, _, _ = strings.Cut(strings.TrimSuffix(text, "."), ": ")
			briefly[i] = uncapitalized(text)
		}
		if len(list) > 0 {
			p.section("No cure", strings.Join(briefly, "; "))
		}
		return
	}
	label := "No cure"
	for _, text := range list {
		p.section(label, text)
		label = ""
	}
}

// uncapitalized makes the beginning of a sentence fit within one, unless it is a name.
func uncapitalized(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if strings.ToLower(word[min(1, len(word)):]) != word[min(1, len(word)):] || strings.Contains(word, "-") {
		return text
	}
	return strings.ToLower(word) + text[len(word):]
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

// place is a reference as a person finds it: the file's name and the entry or
// frame, and for an entry also what a browser shows, since it shows no numbers.
func (p *page) place(ref finding.Ref) string {
	name := p.captureName(ref.Capture)
	if ref.Entry == nil {
		return p.frameAt(ref)
	}
	if step := p.stepAt(ref); step != nil {
		return fmt.Sprintf("%sentry %d (%s %s)", name, *ref.Entry, step.Method, step.Time.UTC().Format("15:04:05.000Z"))
	}
	return fmt.Sprintf("%sentry %d", name, *ref.Entry)
}

// frameAt is a frame as Wireshark numbers it: within its file.
func (p *page) frameAt(ref finding.Ref) string {
	for i := range p.report.Captures {
		c := &p.report.Captures[i]
		if name, frame, several := c.Locate(ref.Frame); c.ID == ref.Capture && several {
			return fmt.Sprintf("%s frame %d", p.shortName(name), frame)
		}
	}
	if ref.Line > 0 {
		return fmt.Sprintf("%sline %d", p.captureName(ref.Capture), ref.Line)
	}
	return fmt.Sprintf("%sframe %d", p.captureName(ref.Capture), ref.Frame)
}

// captureName is the name of a capture and a space, or nothing if there is only
// one: the page names it at its end.
func (p *page) captureName(id string) string {
	for _, c := range p.report.Captures {
		if c.ID == id && len(p.report.Captures) > 1 {
			return p.shortName(c.Name) + " "
		}
	}
	return ""
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

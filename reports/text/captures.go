// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// captures says what was read, what was lost, and what to beware of. A page that is
// not wide has one line for all captures of which there is nothing to say.
func (p *page) captures() {
	p.line("")
	p.selected()
	label := "Read"
	together := len(p.report.Captures) > 1 && !p.wide
	if together {
		p.section(label, p.totals())
		label = ""
		for _, text := range p.commonNotes() {
			p.paragraph(strings.Repeat(" ", labelWidth)+"! ", text)
		}
	}
	for _, c := range p.report.Captures {
		notes := p.notesOn(c)
		if together && len(notes) == 0 && !telling(c) {
			continue
		}
		p.section(label, p.captureWords(c))
		label = ""
		for _, note := range notes {
			p.paragraph(strings.Repeat(" ", labelWidth)+"! ", note.Text)
		}
	}
	p.archives()
	for _, passed := range p.report.PassedOver {
		p.section("", p.shortName(passed.Name)+": passed over: "+passed.Why)
	}
	if unchecked := p.unchecked(); unchecked != "" {
		p.section("Unchecked", unchecked)
	}
	p.section("Beware", append(p.secrets(), "this page holds addresses and names in clear")...)
}

// telling reports whether a capture is not just one of many: it is in several files,
// or something in it could not be seen.
func telling(c finding.Capture) bool {
	return len(c.Parts) > 0 || c.Ledger.Gaps > 0 || c.Ledger.Undecodable > 0 || c.Ledger.Encrypted > 0 || c.Ledger.Exchanges == 0
}

func (p *page) totals() string {
	exchanges, gaps, unreadable, logs := 0, 0, 0, 0
	for _, c := range p.report.Captures {
		if c.Kind == kindLog {
			logs++
		}
		exchanges, gaps, unreadable = exchanges+c.Ledger.Exchanges, gaps+c.Ledger.Gaps, unreadable+c.Ledger.Undecodable
	}
	read := number(len(p.report.Captures)-logs, "capture")
	switch {
	case logs == len(p.report.Captures):
		read = number(logs, "log")
	case logs > 0:
		read += " and " + number(logs, "log")
	}
	return fmt.Sprintf("%s, %s, %s, %d unreadable", read, number(exchanges, "exchange"), number(gaps, "gap"), unreadable)
}

// notesOn are the notes on a capture, but for those that stand in the warning of
// secrets.
func (p *page) notesOn(c finding.Capture) []finding.Note {
	if p.wide {
		return c.Notes
	}
	common := p.noteCounts()
	return slices.DeleteFunc(slices.Clone(c.Notes), func(n finding.Note) bool {
		return n.Code == noteSecrets || common[n.Text] > mostRepeated || ofArchive(n)
	})
}

// ofArchive reports whether a note is on the archive in which a capture was. The last
// capture of an archive has it.
func ofArchive(n finding.Note) bool {
	return n.Code == "skipped" && strings.HasPrefix(n.Text, "of the archive ")
}

// archives says what was passed over in archives.
func (p *page) archives() {
	for _, c := range p.report.Captures {
		for _, note := range c.Notes {
			if ofArchive(note) && !p.wide {
				p.section("", note.Text)
			}
		}
	}
}

// mostRepeated is of how many captures the same note stands with each.
const mostRepeated = 2

func (p *page) noteCounts() map[string]int {
	counts := map[string]int{}
	for _, c := range p.report.Captures {
		for _, note := range c.Notes {
			counts[note.Text]++
		}
	}
	return counts
}

// commonNotes are those that many captures have, each once.
func (p *page) commonNotes() (texts []string) {
	counts := p.noteCounts()
	for _, c := range p.report.Captures {
		for _, note := range c.Notes {
			if n := counts[note.Text]; n > mostRepeated && note.Code != noteSecrets {
				texts = append(texts, fmt.Sprintf("%s (%d captures)", note.Text, n))
				delete(counts, note.Text)
			}
		}
	}
	return texts
}

// noteSecrets is the code of notes that warn of secrets.
const noteSecrets = "secrets"

// mostNames is how many captures a warning names; a wide page has one for each.
const mostNames = 8

// counted is how often something was seen, in the text of a note.
var counted = regexp.MustCompile(` \(in \d+ \w+\)`)

// secrets warns of the files with passwords and sessions: once, and with the names of
// the files behind each kind. The wide page has a warning for each file.
func (p *page) secrets() []string {
	var kinds []string
	files := map[string][]string{}
	advice := ""
	for _, c := range p.report.Captures {
		for _, note := range c.Notes {
			if note.Code != noteSecrets || p.wide {
				continue
			}
			var what string
			what, advice, _ = strings.Cut(counted.ReplaceAllString(note.Text, ""), ": ")
			if files[what] == nil {
				kinds = append(kinds, what)
			}
			files[what] = append(files[what], p.filesWords(c))
		}
	}
	var parts []string
	for _, what := range kinds {
		names := strings.Join(files[what], ", ")
		if n := len(files[what]); n > mostNames {
			names = fmt.Sprintf("%s and %d more captures", strings.Join(files[what][:mostNames-2], ", "), n-mostNames+2)
		}
		if len(files[what]) > 1 {
			names = "each of " + names
		}
		parts = append(parts, names+" "+what)
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.TrimSuffix(strings.Join(parts, "; ")+": "+advice, ": ")}
}

// selected says what the logins on this page were chosen by.
func (p *page) selected() {
	s := p.report.Options.Selection
	if s == nil {
		return
	}
	var parts []string
	if len(s.Clients) > 0 {
		parts = append(parts, "client "+strings.Join(s.Clients, " or "))
	}
	if s.User {
		parts = append(parts, "the user given")
	}
	if s.Host != "" {
		parts = append(parts, "host "+s.Host)
	}
	if !s.Since.IsZero() {
		parts = append(parts, "since "+clock(s.Since))
	}
	if !s.Until.IsZero() {
		parts = append(parts, "until "+clock(s.Until))
	}
	if len(s.Logins) > 0 {
		parts = append(parts, strings.Join(s.Logins, " or "))
	}
	if s.Failed {
		parts = append(parts, "failed")
	}
	p.section("Selected", fmt.Sprintf("%d of %d logins: %s", len(p.report.Logins), s.Of, strings.Join(parts, ", ")))
}

func (p *page) filesWords(c finding.Capture) string {
	files := filesOf(c)
	for i := range files {
		files[i] = p.shortName(files[i])
	}
	return listed(files)
}

func (p *page) captureWords(c finding.Capture) string {
	words := fmt.Sprintf("%s: %s", p.filesWords(c), strings.ToUpper(string(c.Kind)))
	if c.Creator != "" {
		words += " by " + c.Creator
	}
	if c.Ledger.Packets > 0 {
		words += ", " + number(c.Ledger.Packets, "packet")
	}
	seen, others := "exchange", "not HTTP"
	if c.Kind == kindLog {
		seen, others = "request", "other lines"
		if c.Ledger.NotHTTP == 1 {
			others = "other line"
		}
	}
	words += ", " + number(c.Ledger.Exchanges, seen)
	for _, count := range []struct {
		n     int
		words string
	}{
		{c.Ledger.NotHTTP, others}, {c.Ledger.Encrypted, "encrypted"}, {c.Ledger.Duplicate, "seen twice"},
		{c.Ledger.Undecodable, "unreadable"},
	} {
		if count.n > 0 {
			words += fmt.Sprintf(", %d %s", count.n, count.words)
		}
	}
	if c.Ledger.Gaps > 0 {
		words += ", " + number(c.Ledger.Gaps, "gap")
	}
	return words
}

// kindLog is the kind of captures that are logs: they have lines.
const kindLog = "log"

// number is a count and what is counted.
func number(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// listed names the files of one capture, the first and the last one if there are
// many.
func listed(files []string) string {
	const most = 3
	if len(files) > most {
		return fmt.Sprintf("%s … %s (%d files)", files[0], files[len(files)-1], len(files))
	}
	return strings.Join(files, ", ")
}

// unchecked lists what could have been judged with more at hand.
func (p *page) unchecked() string {
	var parts []string
	ofHub := slices.ContainsFunc(p.report.Logins, func(l finding.Login) bool { return l.Application.Name == "jupyterhub" })
	if !p.report.Options.SecretGiven && ofHub {
		parts = append(parts, "signatures (no cookie secret given)")
	}
	if p.report.Options.RecoveryStopped {
		parts = append(parts, "some addresses (the search was stopped)")
	}
	return strings.Join(parts, "; ")
}

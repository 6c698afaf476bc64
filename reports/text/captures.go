// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// captures says what was read, what was lost, and what to beware of.
func (p *page) captures() {
	p.line("")
	label := "Read"
	for _, c := range p.report.Captures {
		p.section(label, p.captureWords(c))
		label = ""
		for _, note := range c.Notes {
			p.paragraph(strings.Repeat(" ", labelWidth)+"! ", note.Text)
		}
	}
	if unchecked := p.unchecked(); unchecked != "" {
		p.section("Unchecked", unchecked)
	}
	p.section("Beware", "this page holds addresses and names in clear")
}

func (p *page) captureWords(c finding.Capture) string {
	files := filesOf(c)
	for i := range files {
		files[i] = p.shortName(files[i])
	}
	words := fmt.Sprintf("%s: %s", listed(files), strings.ToUpper(string(c.Kind)))
	if c.Creator != "" {
		words += " by " + c.Creator
	}
	if c.Ledger.Packets > 0 {
		words += fmt.Sprintf(", %d packets", c.Ledger.Packets)
	}
	words += fmt.Sprintf(", %d exchanges", c.Ledger.Exchanges)
	for _, count := range []struct {
		n     int
		words string
	}{
		{c.Ledger.NotHTTP, "not HTTP"}, {c.Ledger.Encrypted, "encrypted"}, {c.Ledger.Duplicate, "seen twice"},
		{c.Ledger.Undecodable, "unreadable"}, {c.Ledger.Gaps, "gaps"},
	} {
		if count.n > 0 {
			words += fmt.Sprintf(", %d %s", count.n, count.words)
		}
	}
	return words
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
	if !p.report.Options.SecretGiven && len(p.report.Logins) > 0 {
		parts = append(parts, "signatures (no cookie secret given)")
	}
	if p.report.Options.RecoveryStopped {
		parts = append(parts, "some addresses (the search was stopped)")
	}
	return strings.Join(parts, "; ")
}

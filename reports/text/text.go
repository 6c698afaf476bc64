// SPDX-License-Identifier: Apache-2.0

// Package text renders a report for a terminal of 80 columns, or wide.
//
// It decides where things stand and nothing else: what is said, in which order
// and how sure it is, was settled by the analysis. Everything that came from a
// capture is escaped before it is printed.
package text

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Options are how a report is shown.
type Options struct {
	Width int // of the terminal, in columns; 0 is 80
	Wide  bool
}

// Widths of a page, and of the column that holds the labels.
const (
	defaultWidth = 80
	wideWidth    = 160
	labelWidth   = 10
)

// Write renders a report.
func Write(w io.Writer, r *finding.Report, o Options) error {
	p := &page{report: r, width: o.Width, wide: o.Wide}
	switch {
	case o.Wide:
		p.width = max(o.Width, wideWidth)
	case o.Width <= 0:
		p.width = defaultWidth
	}
	p.head()
	p.findings()
	p.logins()
	p.captures()
	_, err := w.Write(p.out.Bytes())
	return err
}

// page is a report being written.
type page struct {
	report *finding.Report
	width  int
	wide   bool
	out    bytes.Buffer
}

// labels of the verdicts, all of one width.
var verdictLabels = map[finding.Verdict]string{
	finding.Pass: "PASS", finding.Fail: "FAIL", finding.Inconclusive: "????",
}

// head is the answer in two sentences: all that many readers need.
func (p *page) head() {
	p.paragraph(verdictLabels[p.report.Verdict]+"  ", p.report.Summary+".")
	if l := p.firstFailed(); l != nil {
		if f := l.CauseFinding(); f != nil {
			p.paragraph("      ", fmt.Sprintf("Cause %s: %s. Fix it at: %s.", f.Confidence, f.Code, place(f.Origin)))
		} else {
			p.paragraph("      ", "Cause undecided: "+l.Undecided.Why+".")
		}
	}
}

func (p *page) firstFailed() *finding.Login {
	for i := range p.report.Logins {
		if p.report.Logins[i].Outcome == finding.Failed {
			return &p.report.Logins[i]
		}
	}
	return nil
}

// originWords name the kinds of origin for people.
var originWords = map[finding.OriginKind]string{
	finding.OriginClient:      "the client",
	finding.OriginOuterProxy:  "the outer proxy",
	finding.OriginNodeSNAT:    "the nodes (source address translation)",
	finding.OriginIngress:     "the ingress",
	finding.OriginAppProxy:    "the application's own proxy",
	finding.OriginApplication: "the application",
	finding.OriginIdP:         "the identity provider",
}

// place says where a cause lies. A party that is merely the application's name
// says nothing new.
func place(o finding.Origin) string {
	words := originWords[o.Kind]
	switch {
	case words == "":
		return "not to be told from this capture, see Decide"
	case o.Party == "" || o.Party == "jupyterhub":
		return words
	}
	if o.Address != "" {
		return fmt.Sprintf("%s (%s, %s)", words, o.Party, strings.ReplaceAll(o.Address, ", ", " and "))
	}
	return words + " (" + o.Party + ")"
}

// paragraph writes text behind a label, wrapped, with further lines indented to
// the same column.
func (p *page) paragraph(label, text string) {
	for i, line := range wrap(Escape(text), p.width-len(label)) {
		if i == 0 {
			p.line(label + line)
		} else {
			p.line(strings.Repeat(" ", len(label)) + line)
		}
	}
}

// section writes paragraphs behind a label of the fixed width.
func (p *page) section(label string, paragraphs ...string) {
	for _, text := range paragraphs {
		p.paragraph(fmt.Sprintf("%-*s", labelWidth, label), text)
		label = ""
	}
}

// verbatim writes lines that must not be wrapped: commands and configuration.
func (p *page) verbatim(indent int, text string) {
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p.line(strings.Repeat(" ", indent) + Escape(line))
	}
}

func (p *page) line(text string) {
	p.out.WriteString(strings.TrimRight(text, " "))
	p.out.WriteByte('\n')
}

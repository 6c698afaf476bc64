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
	"slices"
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
	report  *finding.Report
	width   int
	wide    bool
	out     bytes.Buffer
	said    map[string]bool // what-ifs that stand on the page already
	tried   string          // what the fix before was tried with
	proxies letters         // once they have letters, see lettered
}

// labels of the verdicts, all of one width.
var verdictLabels = map[finding.Verdict]string{
	finding.Pass: "PASS", finding.Fail: "FAIL", finding.Inconclusive: "????",
}

// head is the answer in two sentences: all that many readers need. Where logins failed
// for several causes each has a sentence.
func (p *page) head() {
	p.paragraph(verdictLabels[p.report.Verdict]+"  ", sentence(p.report.Summary))
	const indent = "      "
	const most = 4
	for i := range p.report.Findings {
		if f := &p.report.Findings[i]; len(p.report.Logins) == 0 && p.inSummary(f) {
			p.paragraph(indent, p.findingWords(f))
		}
	}
	var first []*finding.Login
	seen := map[string]bool{}
	for i := range p.report.Logins {
		if l := &p.report.Logins[i]; l.Outcome == finding.Failed && !seen[sectionKey(l)] {
			seen[sectionKey(l)] = true
			first = append(first, l)
		}
	}
	for _, l := range first[:min(most, len(first))] {
		whose := ""
		if len(first) > 1 {
			whose = l.ID + ": "
		}
		p.paragraph(indent, whose+p.causeWords(l))
	}
	if len(first) > most {
		p.paragraph(indent, number(len(first)-most, "other cause")+" below.")
	}
}

// sentence ends words with a full stop, unless they end with a quotation that has one.
func sentence(words string) string {
	if strings.HasSuffix(words, `."`) || strings.HasSuffix(words, `!"`) || strings.HasSuffix(words, `?"`) {
		return words
	}
	return words + "."
}

// inSummary reports whether the first sentence of the page says a finding already.
func (p *page) inSummary(f *finding.Finding) bool {
	return strings.HasSuffix(p.report.Summary, ": "+f.Summary)
}

func (p *page) findingWords(f *finding.Finding) string {
	return fmt.Sprintf("Cause %s: %s. Fix it at: %s.", f.Confidence, f.Code, p.fixBy(f))
}

func (p *page) causeWords(l *finding.Login) string {
	if f := l.CauseFinding(); f != nil {
		return p.findingWords(f)
	}
	if l.Undecided == nil {
		return "Cause undecided."
	}
	return "Cause undecided: " + l.Undecided.Why + "."
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

// fixBy says who is to act. What the application refuses for what its user typed is for
// the user to mend.
func (p *page) fixBy(f *finding.Finding) string {
	byUser := len(f.Fixes) > 0 && !slices.ContainsFunc(f.Fixes, func(fix finding.Fix) bool { return fix.For != "browser" })
	if byUser && f.Origin.Kind == finding.OriginApplication {
		return "the user's side"
	}
	return p.fixAt(f.Origin)
}

// fixAt says where a cause lies. A party that is merely the application's name says
// nothing new.
func (p *page) fixAt(o finding.Origin) string {
	words := originWords[o.Kind]
	if words == "" && strings.HasPrefix(o.Party, "whoever ") {
		return o.Party + ", see Decide"
	}
	if words == "" && p.areNames(o.Party) {
		return strings.ReplaceAll(o.Party, ", ", " and ") + ", see Decide"
	}
	if words == "" && o.Party != "" {
		return "the " + o.Party + " on the way, see Decide"
	}
	if words == "" {
		return "not to be told from this capture, see Decide"
	}
	addresses := strings.Split(o.Address, ", ")
	programs := p.programs(o, addresses)
	if o.Kind == finding.OriginApplication && len(programs) == 1 && strings.Contains(programs[0], "nother ") {
		return programs[0]
	}
	switch o.Kind { // of the others the address is no news
	case finding.OriginOuterProxy, finding.OriginNodeSNAT, finding.OriginIngress, finding.OriginAppProxy:
	default:
		return inParentheses(words, programs)
	}
	if o.Address == "" {
		return inParentheses(words, programs)
	}
	named := false
	who := make([]string, len(addresses))
	for i, address := range addresses {
		who[i] = address
		if name := p.owners(address, finding.Owner.String); name != "" {
			who[i], named = name+" = "+address, true
		}
	}
	if named || len(programs) == 0 {
		return inParentheses(words, programs) + ", " + strings.Join(who, " and ")
	}
	return inParentheses(words, append(programs, strings.Join(who, " and ")))
}

// areNames reports whether parties are called as the user called their addresses.
func (p *page) areNames(parties string) bool {
	if parties == "" {
		return false
	}
	for party := range strings.SplitSeq(parties, ", ") {
		if !slices.ContainsFunc(p.report.Owners, func(o finding.Owner) bool { return o.String() == party || o.Name == party }) {
			return false
		}
	}
	return true
}

func inParentheses(words string, details []string) string {
	if len(details) == 0 {
		return words
	}
	return words + " (" + strings.Join(details, ", ") + ")"
}

// programs are the parties of an origin that are not the names of its addresses.
func (p *page) programs(o finding.Origin, addresses []string) (list []string) {
	if o.Party == "" || o.Party == "jupyterhub" || o.Party == "airflow" {
		return nil
	}
	for party := range strings.SplitSeq(o.Party, ", ") {
		isName := slices.ContainsFunc(addresses, func(address string) bool {
			return party == p.owners(address, finding.Owner.String)
		})
		if !isName && !slices.Contains(list, party) {
			list = append(list, party)
		}
	}
	return list
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

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/logintrace/logintrace/analyze/finding"
)

// row is one line of the table of steps: what it is about, a value for each
// step, and a mark if the values should have been the same.
type row struct {
	title  string
	values []string
	mark   string
}

// steps writes what was seen of a login.
func (p *page) steps(l *finding.Login) {
	header := row{values: make([]string, len(l.Steps))}
	answer := row{title: "answer", values: make([]string, len(l.Steps))}
	for i, s := range l.Steps {
		header.values[i] = s.Method + " " + path(s.URL)
		answer.values[i] = answerWords(s)
	}
	path, named := p.pathRows(l)
	rows := append([]row{answer}, path...)
	believed, known := p.believed(l, named)
	if l.Application.Name == "airflow" && p.report.Options.App == "" {
		known = false // what nobody asked for, and its logins do not depend on
	}
	if known {
		rows = append(rows, believed)
	}
	p.table(header, rows)
	if known {
		p.paragraph("    ", p.howKnown(l))
	}
}

// howKnown says how the addresses of the row above are known.
func (p *page) howKnown(l *finding.Login) string {
	if isHub(l) {
		return howKnown(l.Steps)
	}
	return byRule(l.Steps)
}

// isHub reports whether a login is JupyterHub's, which tells of the address in its tokens.
func isHub(l *finding.Login) bool {
	if l.Application.Name != "" {
		return l.Application.Name == "jupyterhub"
	}
	return l.Steps[0].Role == finding.RoleForm || l.Steps[0].Role == finding.RoleSubmit
}

// byRule names the rules by which an application computes the addresses of its row.
func byRule(steps []finding.Step) string {
	var rules []string
	for _, s := range steps {
		saw := s.ClientIP.AppSaw
		if differs := saw.Logged.Value; differs != "" && saw.Computed.Value != "" && differs != saw.Computed.Value {
			return fmt.Sprintf("as its own log has it; by its rule (%s) it would be %s", saw.Computed.Rule, saw.Computed.Value)
		}
		if saw.Computed.Rule != "" {
			rules = append(rules, saw.Computed.Rule)
		}
	}
	if len(rules) == 0 {
		return "as the application's own log has it"
	}
	return "by its rule: " + strings.Join(unique(rules), "; ")
}

// believed is the row on whom the Hub took the client for; known is false if it is
// known of no step.
func (p *page) believed(l *finding.Login, named map[string]bool) (r row, known bool) {
	r = row{title: "Hub believed", values: make([]string, len(l.Steps))}
	if !isHub(l) {
		r.title = "app computed"
	}
	all := true
	var addresses []string
	for i, s := range l.Steps {
		saw := s.ClientIP.AppSaw.Value
		r.values[i] = "not known"
		switch {
		case saw == "" && s.ClientIP.AppSaw.Computed.Rule != "":
			r.values[i], known = "nobody", true
		case ends(legs(s)):
			r.values[i] = "never asked"
		}
		if saw != "" {
			r.values[i] = saw
			if name := p.owner(saw); name != "" && !named[saw] {
				r.values[i] += "\n" + name
			}
		}
		known, all = known || saw != "", all && saw != ""
		addresses = append(addresses, saw)
	}
	if all && len(unique(addresses)) > 1 {
		r.mark = "! differs"
	}
	return r, known
}

// howKnown says how the addresses of the row above are known.
func howKnown(steps []finding.Step) string {
	var recovered, computed, logged bool
	for _, s := range steps {
		saw := s.ClientIP.AppSaw
		recovered = recovered || saw.Recovered.Value != ""
		computed = computed || saw.Computed.Value != ""
		logged = logged || saw.Logged.Value != ""
		if words := hashedNetwork(steps); words != "" {
			return words
		}
		if words := disagreement(saw); words != "" {
			return words
		}
	}
	var ways []string
	for _, way := range []struct {
		is    bool
		words string
	}{{recovered, "recovered from the token"}, {computed, "computed from the fields"}, {logged, "in the Hub's own log"}} {
		if way.is {
			ways = append(ways, way.words)
		}
	}
	switch {
	case len(ways) > 2:
		return strings.Join(ways[:len(ways)-1], ", ") + " and " + ways[len(ways)-1] + ": all agree"
	case len(ways) == 2:
		return strings.Join(ways, " and ") + ": both agree"
	case recovered:
		return "recovered from the token: address and User-Agent give its hash"
	case logged:
		return "as the Hub's own log has it"
	}
	return "computed from the fields at the Hub's own hop"
}

// hashedNetwork names the networks that a Hub hashed in place of the addresses; "" if it
// hashed addresses.
func hashedNetwork(steps []finding.Step) string {
	var networks []string
	how := "as the Hub's own log has it"
	for _, s := range steps {
		saw := s.ClientIP.AppSaw
		if !strings.Contains(saw.Recovered.Value, "/") {
			continue
		}
		networks = append(networks, saw.Recovered.Value)
		switch {
		case saw.Value == saw.Recovered.Value:
			return "recovered from the token: the Hub hashes this network in place of an address in it"
		case saw.Logged.Value == "":
			how = "computed from the fields at the Hub's own hop"
		}
	}
	if len(networks) == 0 {
		return ""
	}
	return how + "; the token holds its network, " + strings.Join(unique(networks), " and ")
}

// disagreement says which ways to the address lead elsewhere, "" if none does.
func disagreement(saw finding.AppSaw) string {
	differs := func(value string) bool { return value != "" && value != saw.Value }
	switch {
	case saw.Recovered.Value != "" && differs(saw.Computed.Value):
		return fmt.Sprintf("recovered from the token; the fields would give %s (unless the Hub has trusted_downstream_ips: --trusted-downstream)", saw.Computed.Value)
	case differs(saw.Logged.Value):
		return fmt.Sprintf("the Hub's log has %s", saw.Logged.Value)
	case differs(saw.Computed.Value):
		return fmt.Sprintf("from the Hub's own log; the fields would give %s (unless the Hub has trusted_downstream_ips: --trusted-downstream)", saw.Computed.Value)
	}
	return ""
}

func answerWords(s finding.Step) string {
	switch {
	case s.Status != 0:
		return strings.TrimSpace(fmt.Sprintf("%d %s", s.Status, s.Answer))
	case s.Answer != "":
		return s.Answer
	case s.Role == finding.RoleForm:
		return "not captured"
	}
	return "no answer captured"
}

func path(target string) string {
	if u, err := url.Parse(target); err == nil && u.Path != "" {
		return u.Path
	}
	return target
}

// gap is what stands between two columns of the table.
const gap = 2

// table lays the rows out, with the steps side by side. Where a column would be
// too narrow for an address, which nobody could then copy or search for, the steps
// stand below each other.
func (p *page) table(header row, rows []row) {
	title, mark := 0, 0
	for _, r := range rows {
		title, mark = max(title, columns(r.title)+2+gap), max(mark, columns(r.mark))
	}
	title = min(title, p.width/3)
	column := (p.width - title - mark) / max(1, len(header.values))
	if widestAddress(rows) > column-gap && len(header.values) > 1 {
		p.stacked(header, rows)
		return
	}
	widths := []int{title}
	for range header.values {
		widths = append(widths, column)
	}
	widths = append(widths, mark+gap)
	var grid [][]string
	for _, r := range append([]row{header}, rows...) {
		cells := []string{titleCell(r.title, title)}
		for _, value := range r.values {
			cells = append(cells, broken(value, column-gap))
		}
		grid = append(grid, append(cells, r.mark))
	}
	p.grid(grid, widths)
}

// stacked writes a row with a line or more for each step, or for all if they have the
// same. The mark stands below the title, to leave room.
func (p *page) stacked(header row, rows []row) {
	const title = 20
	same := "all"
	if len(header.values) == 2 {
		same = "both"
	}
	labels := stepLabels(header.values)
	label := columns(same) + gap
	for _, words := range labels {
		label = max(label, columns(words)+gap)
	}
	value := p.width - title - label
	requests := row{title: "request"}
	for _, words := range header.values {
		_, target, _ := strings.Cut(words, " ")
		requests.values = append(requests.values, target)
	}
	var grid [][]string
	for _, r := range append([]row{requests}, rows...) {
		steps, values := labels, r.values
		if len(unique(values)) == 1 {
			steps, values = []string{same}, values[:1]
		}
		var left, right []string
		for i, words := range values {
			cell := broken(words, value)
			left = append(left, steps[i]+strings.Repeat("\n", strings.Count(cell, "\n")))
			right = append(right, cell)
		}
		heading := titleCell(r.title, title)
		if r.mark != "" {
			heading += "\n  " + r.mark
		}
		grid = append(grid, []string{heading, strings.Join(left, "\n"), strings.Join(right, "\n")})
	}
	p.grid(grid, []int{title, label, value + gap})
}

// stepLabels are the methods of the requests, which tell a form from its submit, or
// numbers.
func stepLabels(requests []string) []string {
	var methods, numbers []string
	for i, words := range requests {
		method, _, _ := strings.Cut(words, " ")
		methods, numbers = append(methods, Escape(method)), append(numbers, fmt.Sprint(i+1))
	}
	const longest = 7 // OPTIONS
	if len(unique(methods)) < len(methods) || slices.ContainsFunc(methods, func(m string) bool { return columns(m) > longest }) {
		return numbers
	}
	return methods
}

// widestAddress is the width of the longest address in any cell.
func widestAddress(rows []row) int {
	widest := 0
	for _, r := range rows {
		for _, value := range r.values {
			for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ,;|()\n", r) }) {
				if _, err := netip.ParseAddr(word); err == nil {
					widest = max(widest, columns(word))
				}
			}
		}
	}
	return widest
}

func titleCell(title string, width int) string {
	if title == "" {
		return ""
	}
	lines := wrap(title, width-2-gap)
	return "  " + strings.Join(lines, "\n  ")
}

// broken escapes the lines of a value and breaks them to a width.
func broken(value string, width int) string {
	var lines []string
	for part := range strings.SplitSeq(value, "\n") {
		lines = append(lines, wrap(Escape(part), width)...)
	}
	return strings.Join(lines, "\n")
}

// grid writes cells, which are escaped and broken into lines before, for tablewriter
// passes control characters through and cuts long words off.
func (p *page) grid(rows [][]string, widths []int) {
	mapped := tw.NewMapper[int, int]()
	for i, width := range widths {
		mapped.Set(i, width)
	}
	var out bytes.Buffer
	table := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithPadding(tw.Padding{Right: strings.Repeat(" ", gap), Overwrite: true}),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithColumnWidths(mapped),
	)
	for _, cells := range rows {
		// Append and Render write to memory and cannot fail on strings.
		_ = table.Append(cells)
	}
	_ = table.Render()
	for _, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		p.line(line)
	}
}

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"fmt"
	"net/url"
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

// markWidth fits the longest mark.
const (
	titleWidth = 20
	markWidth  = 11
)

// steps writes what was seen, one column for each step.
func (p *page) steps(l *finding.Login) {
	header := row{values: make([]string, len(l.Steps))}
	answer := row{title: "answer", values: make([]string, len(l.Steps))}
	believed := row{title: "Hub believed", values: make([]string, len(l.Steps))}
	known := 0
	for i, s := range l.Steps {
		header.values[i] = s.Method + " " + path(s.URL)
		answer.values[i] = answerWords(s)
		believed.values[i] = "not known"
		if saw := s.ClientIP.AppSaw.Value; saw != "" {
			believed.values[i] = saw
			known++
		}
	}
	rows := append([]row{answer}, p.pathRows(l)...)
	if known > 0 {
		if known == len(l.Steps) && len(unique(believed.values)) > 1 {
			believed.mark = "! differs"
		}
		rows = append(rows, believed)
	}
	p.table(header, rows)
	if known > 0 {
		p.paragraph("    ", howKnown(l.Steps))
	}
}

// howKnown says how the addresses of the row above are known.
func howKnown(steps []finding.Step) string {
	recovered, computed, disagree := 0, 0, ""
	for _, s := range steps {
		saw := s.ClientIP.AppSaw
		if saw.Recovered.Value != "" {
			recovered++
		}
		if saw.Computed.Value != "" {
			computed++
		}
		if saw.Recovered.Value != "" && saw.Computed.Value != "" && saw.Recovered.Value != saw.Computed.Value {
			disagree = fmt.Sprintf("recovered from the token; the fields would give %s", saw.Computed.Value)
		}
	}
	switch {
	case disagree != "":
		return disagree
	case recovered > 0 && computed > 0:
		return "recovered from the token and computed from the fields: both agree"
	case recovered > 0:
		return "recovered from the token: address and User-Agent give its hash"
	}
	return "computed from the fields at the Hub's own hop"
}

func answerWords(s finding.Step) string {
	switch {
	case s.Status != 0:
		return strings.TrimSpace(fmt.Sprintf("%d %s", s.Status, s.Answer))
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

// table lays the rows out. Cells are escaped and broken into lines here, for
// tablewriter passes control characters through and cuts long words off.
func (p *page) table(header row, rows []row) {
	column := (p.width - titleWidth - markWidth) / max(1, len(header.values))
	widths := tw.NewMapper[int, int]().Set(0, titleWidth)
	for i := range header.values {
		widths.Set(i+1, column)
	}
	widths.Set(len(header.values)+1, markWidth)
	var out bytes.Buffer
	table := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithPadding(tw.Padding{Right: "  ", Overwrite: true}),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithColumnWidths(widths),
	)
	table.Header(p.cells(header, column))
	for _, r := range rows {
		// Append and Render write to memory and cannot fail on strings.
		_ = table.Append(p.cells(r, column))
	}
	_ = table.Render()
	for _, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		p.line(line)
	}
}

func (p *page) cells(r row, column int) []string {
	const gap = 2
	cells := []string{r.title}
	if r.title != "" {
		cells[0] = "  " + r.title
	}
	for _, value := range r.values {
		var lines []string
		for part := range strings.SplitSeq(value, "\n") {
			lines = append(lines, wrap(Escape(part), column-gap)...)
		}
		cells = append(cells, strings.Join(lines, "\n"))
	}
	return append(cells, r.mark)
}

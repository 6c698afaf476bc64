// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"cmp"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/text"
)

// Text writes one line for each exchange, in columns. The columns are as wide as
// the widest cell among the lines that are held back for it, and never get
// narrower again. What comes from the wire is escaped.
type Text struct {
	// Compute is asked for whom the application took for the client, and adds a column;
	// may be nil.
	Compute ComputeClient

	out   io.Writer
	width int // of the terminal; 0 cuts nothing off

	names   names
	heading string // of the section at hand
	rows    []row
	widths  [columns]int
}

const (
	columns = 6 // before the URL, which is as long as it is

	computedColumn = 3 // only if it is asked for
	statusColumn   = 4

	// maxRows is how many lines are held back.
	maxRows = 200

	// minURL is how much of a URL is shown on any terminal.
	minURL = 24

	indent = "    "
)

// NewText returns a Text for a terminal of that many columns; 0 is none.
func NewText(out io.Writer, width int) *Text { return &Text{out: out, width: width, names: names{}} }

// Write takes the next exchange. It may appear only later.
func (t *Text) Write(x *exchange.Exchange) error {
	if h := t.names.heading(x); h != t.heading {
		t.heading = h
		heads := titles(x)
		if t.Compute != nil {
			heads[computedColumn] = "app computed"
		}
		t.rows = append(t.rows, row{heading: h}, row{cells: heads, url: "request"})
	}
	r := t.names.row(x)
	if t.Compute != nil {
		address, _ := t.Compute(x)
		r.cells[computedColumn] = cmp.Or(shortened(text.Escape(address)), "-")
	}
	t.rows = append(t.rows, r)
	if len(t.rows) < maxRows {
		return nil
	}
	return t.flush()
}

// Close writes what was held back and a summary of each capture.
func (t *Text) Close(captures []*exchange.Capture) error {
	if err := t.flush(); err != nil {
		return err
	}
	if t.heading != "" {
		if _, err := io.WriteString(t.out, "\n"); err != nil {
			return err
		}
	}
	for _, c := range captures {
		if _, err := io.WriteString(t.out, t.names.summary(c)); err != nil {
			return err
		}
	}
	return nil
}

// flush writes the lines that were held back.
func (t *Text) flush() error {
	for _, r := range t.rows {
		for i, cell := range r.cells {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for i, r := range t.rows {
		if r.heading != "" {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(r.heading + "\n")
			continue
		}
		t.line(&b, r)
	}
	t.rows = t.rows[:0]
	_, err := io.WriteString(t.out, b.String())
	return err
}

func (t *Text) line(b *strings.Builder, r row) {
	used := 0
	for i, cell := range r.cells {
		if i == computedColumn && t.Compute == nil {
			continue
		}
		gap := 2
		if i >= statusColumn { // status, method and URL are read together
			gap = 1
		}
		padding := t.widths[i] - utf8.RuneCountInString(cell) + gap
		b.WriteString(cell + strings.Repeat(" ", padding))
		used += t.widths[i] + gap
	}
	b.WriteString(t.cut(r.url, used))
	if r.reason != "" {
		b.WriteString("\n" + indent + r.reason)
	}
	for _, words := range r.below {
		b.WriteString("\n" + indent + words)
	}
	b.WriteByte('\n')
}

// shortened keeps what is no address from taking the line.
func shortened(address string) string {
	const most = 45 // the longest address, an IPv6 one with IPv4 in it
	if utf8.RuneCountInString(address) <= most {
		return address
	}
	return string([]rune(address)[:most-1]) + "…"
}

// cut shortens a URL so that the line fits the terminal.
func (t *Text) cut(url string, used int) string {
	room := max(t.width-used, minURL)
	if t.width <= 0 || utf8.RuneCountInString(url) <= room {
		return url
	}
	return string([]rune(url)[:room-1]) + "…"
}

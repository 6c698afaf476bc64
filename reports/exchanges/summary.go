// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/text"
)

// summary is what became of a capture, with what its user must know.
func (n names) summary(c *exchange.Capture) string {
	var b strings.Builder
	b.WriteString(n.files(c) + ": " + Counts(c) + "\n")
	for _, note := range c.Notes {
		b.WriteString(indent + "! " + text.Escape(note.Text) + "\n")
	}
	return b.String()
}

// Counts says in words what became of the units of a capture.
func Counts(c *exchange.Capture) string {
	l := c.Ledger
	var parts []string
	if l.Packets > 0 {
		parts = append(parts, fmt.Sprintf("%d packets", l.Packets))
	}
	parts = append(parts, fmt.Sprintf("%d exchanges", l.Exchanges))
	for _, count := range []struct {
		n     int
		words string
	}{
		{l.NotHTTP, "not HTTP"}, {l.Encrypted, "encrypted"}, {l.Duplicate, "seen twice"},
		{l.Undecodable, "unreadable"}, {l.Gaps, "gaps"},
	} {
		if count.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count.n, count.words))
		}
	}
	return strings.Join(parts, ", ")
}

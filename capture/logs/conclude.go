// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// conclude records what is known only at the end.
func (r *reader) conclude() {
	c := r.capture
	slices.SortStableFunc(c.Statements, func(a, b exchange.Statement) int { return cmp.Compare(a.Ref.Line, b.Ref.Line) })
	if c.ZoneUnknown {
		c.AddNote(exchange.NoteLimit, "times have no zone: read as UTC")
	}
	if t := r.tooLong; t.count > 0 {
		c.AddNote(exchange.NoteLimit, fmt.Sprintf("%s longer than logintrace reads (%d KiB); the first is line %d", count(t.count, "line is", "lines are"), maxLine>>10, t.first))
	}
	if t := r.broken; t.count > 0 {
		c.AddNote(exchange.NoteDamaged, fmt.Sprintf("%s about requests cannot be read; the first is line %d", count(t.count, "line", "lines"), t.first))
	}
	if t := r.secrets; t.count > 0 {
		c.AddNote(exchange.NoteSecrets, fmt.Sprintf("%s tokens, passwords or keys; the first is line %d", count(t.count, "line holds", "lines hold"), t.first))
	}
	if r.dropped > 0 {
		c.AddNote(exchange.NoteLimit, fmt.Sprintf("%s left out (limits: %d of a log, %d of a request)", count(r.dropped, "telling line was", "telling lines were"), maxStatements, maxSaid))
	}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

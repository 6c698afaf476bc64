// SPDX-License-Identifier: Apache-2.0

package har

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/logintrace/logintrace/capture/exchange"
)

// conclude records what is known only at the end.
func (d *document) conclude() {
	c := d.capture
	if d.removal.found(&d.creator) {
		c.Removed = removedNames()
		c.Notes = append(c.Notes, d.removal.note())
	}
	if t := &d.unusable; t.count > 0 {
		c.AddNote(exchange.NoteDamaged, fmt.Sprintf(
			"%s could not be used; the first is entry %d: %s", count(t.count, "entry", "entries"), t.first, t.why))
	}
	if t := &d.limited; t.count > 0 {
		c.AddNote(exchange.NoteLimit, fmt.Sprintf(
			"%s longer than logintrace reads; the first is entry %d: %s cut off (limits: %d fields and %d KiB a message, %d KiB a value)",
			count(t.count, "entry is", "entries are"), t.first, t.why, maxFields, maxFieldBytes>>10, maxText>>10))
	}
}

// checkShape tells why a readable JSON text is not a HAR.
func (d *document) checkShape() error {
	switch {
	case !d.hasLog && d.firstMember == "":
		return &FormatError{
			Problem: `expected a HAR with the member "log", found an empty object`,
			Hint:    "export the recording again",
		}
	case !d.hasLog:
		return &FormatError{
			Problem: fmt.Sprintf(`expected a HAR with the member "log", found JSON that begins with the member %q`, shorten(d.firstMember)),
			Hint:    `pass the .har file that the browser's "Export HAR" wrote; if another tool wrapped it, take out the object that holds "log"`,
			Foreign: true,
		}
	case !d.hasEntries:
		return &FormatError{
			Problem: `expected the array "entries" in "log", found none`,
			Hint:    "export the recording again",
		}
	}
	return nil
}

// damage records that the text is broken. That is an error only if nothing
// could be read before.
func (d *document) damage(cause error) error {
	if !d.hasLog && d.firstMember != "" && d.firstMember != "log" {
		return d.checkShape() // JSON of another kind, such as a log with an object in each line
	}
	where, reason := d.locate(cause)
	if d.capture.Ledger.Exchanges == 0 {
		return &FormatError{
			Problem: fmt.Sprintf("the recording is broken at %s, before the first exchange: %s", where, reason),
			Hint:    "export the recording again, and check that the download or copy was complete",
		}
	}
	d.capture.AddNote(exchange.NoteDamaged, fmt.Sprintf(
		"the recording is broken at %s: %s; %s before it could be read, nothing behind it",
		where, reason, count(d.entries, "entry", "entries")))
	return nil
}

// locate words where and how the text is broken. The decoder's own offsets are
// those of the clipped text and must not be shown.
func (d *document) locate(cause error) (where, reason string) {
	clip := d.cursor.clip
	offset := clip.in
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, io.EOF):
		reason = "it ends there, in the middle"
	case errors.As(cause, &syntax):
		offset = clip.inputOffset(syntax.ByteOffset)
		reason = "what stands there is not JSON" // the decoder's words vary with the size of reads
	case errors.Is(cause, errTrailing):
		offset = d.cursor.offset()
		reason = cause.Error()
	case clip.err != nil && clip.err != io.EOF:
		reason = clip.err.Error()
	default:
		reason = cause.Error()
	}
	where = fmt.Sprintf("byte %d", d.text.skipped+offset)
	if d.text.derived {
		where += " of the unpacked text"
	}
	return where, reason
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// SPDX-License-Identifier: Apache-2.0

package har

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Writer writes exchanges as one HAR 1.2 document, each as it comes, on a line of
// its own. Read gets the same exchanges back, as far as HAR can say what they are;
// where it cannot, Read knows less than was written, never something else. What
// HAR has no member for (frames, gaps, the client's address) stands in members
// that begin with "_", as HAR provides for.
//
// Secrets are written as they are: replace them before.
type Writer struct {
	out     io.Writer
	version string
	opened  bool
	entries int
}

// NewWriter returns a Writer; version is that of the program, which names itself
// as the creator. Nothing is written before the first exchange, or Close.
func NewWriter(out io.Writer, version string) *Writer {
	return &Writer{out: out, version: version}
}

// Write appends an exchange.
func (w *Writer) Write(x *exchange.Exchange) error {
	if err := w.open(); err != nil {
		return err
	}
	entry, err := encode(newEntryOut(x))
	if err != nil {
		return err
	}
	separator := ",\n"
	if w.entries == 0 {
		separator = "\n"
	}
	w.entries++
	_, err = io.WriteString(w.out, separator+entry)
	return err
}

// Close ends the document. It takes the captures that the exchanges come from,
// for only at their end it is known which fields they leave out.
func (w *Writer) Close(captures []*exchange.Capture) error {
	if err := w.open(); err != nil {
		return err
	}
	tail := "\n]"
	if removed := removedFrom(captures); len(removed) > 0 {
		names, err := encode(removed)
		if err != nil {
			return err
		}
		tail += ",\"_removed\":" + names
	}
	_, err := io.WriteString(w.out, tail+"}}\n")
	return err
}

func (w *Writer) open() error {
	if w.opened {
		return nil
	}
	w.opened = true
	creator, err := encode(creatorOut{"logintrace", w.version})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w.out, `{"log":{"version":"1.2","creator":`+creator+`,"entries":[`)
	return err
}

// removedFrom lists the names that any of the captures leaves out. Entries of
// all of them share one document, and a field that may have been removed from a
// message must not count as absent there.
func removedFrom(captures []*exchange.Capture) []string {
	var names []string
	for _, c := range captures {
		for _, name := range c.Removed {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// encode writes a value as JSON. What a terminal could act on is escaped; outside
// of ASCII it can stand in strings only, where that means the same.
func encode(value any) (string, error) {
	text, err := json.Marshal(value, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "", fmt.Errorf("writing a HAR: %w", err)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range string(text) {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String(), nil
}

// SPDX-License-Identifier: Apache-2.0

// Package json writes a report as one JSON document, as report.schema.json
// beside package finding describes it.
package json

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Write writes a report or a decoded token, indented. What a terminal could take for a command is
// written as an escape, so that `cat` is safe too.
func Write(w io.Writer, document any) error {
	text, err := json.Marshal(document, json.Deterministic(true), jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	_, err = io.WriteString(w, Printable(string(text))+"\n")
	return err
}

// Printable replaces what does not print in a JSON text; outside of ASCII that
// stands in strings only, where an escape means the same.
func Printable(document string) string {
	var b strings.Builder
	b.Grow(len(document))
	for _, r := range document {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

// Look reports whether an input that begins with head, unpacked, is a log: a log has no
// magic number, so it is one if enough of its first lines are of a known format. One in
// twenty is enough, for people paste lines with words around them. But what begins with
// a brace may be any JSON that quotes a log: half of its lines have to be known.
func Look(head []byte) bool {
	head = head[:min(len(head), lookBytes)]
	text := string(head)
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		text = fromUTF16(head)
	}
	lines, known := 0, 0
	stub := ""
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		w := unwrap(strings.TrimRight(line, "\r\n"))
		if e, ok := parse(&w); ok && !e.broken {
			lines++
			known++
			stub = w.text
			continue
		}
		if !strings.HasPrefix(text, "{") && goesOn(line, w.text) {
			continue
		}
		lines++
		if whole := (wrapped{text: stub + " " + w.text}); stub == "" && len(w.text) < 512 {
			stub = w.text
		} else if _, ok := parse(&whole); ok {
			known, stub = known+1, ""
		} else {
			stub = w.text
		}
	}
	share := minShare
	if strings.HasPrefix(strings.TrimLeft(text, "\ufeff \t\r\n"), "{") {
		share = 2
	}
	return known > 0 && known*share >= lines
}

// goesOn reports whether a line goes on the one before it: tracebacks are indented, or
// stand in a frame (rich, which Airflow prints them with), and are longer than the log.
func goesOn(line, text string) bool {
	if strings.HasPrefix(text, "Traceback (most recent call last)") {
		return true
	}
	for _, s := range []string{line, text} {
		if s != "" && strings.ContainsRune(" \t│╭╰", firstRune(s)) {
			return true
		}
	}
	return false
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// fromUTF16 decodes the beginning of a text, whose last character may be cut off.
func fromUTF16(head []byte) string {
	little := head[0] == 0xff
	units := make([]uint16, 0, len(head)/2)
	for i := 2; i+1 < len(head); i += 2 {
		if little {
			units = append(units, uint16(head[i])|uint16(head[i+1])<<8)
		} else {
			units = append(units, uint16(head[i])<<8|uint16(head[i+1]))
		}
	}
	return string(utf16.Decode(units))
}

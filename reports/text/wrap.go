// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text from a capture safe to print: control and formatting
// characters, which can move the cursor or turn the reading direction around,
// are shown by their numbers.
func Escape(s string) string {
	clean := func(r rune) bool {
		return r != utf8.RuneError && (r == ' ' || unicode.IsGraphic(r)) && !unicode.Is(unicode.Zl, r) && !unicode.Is(unicode.Zp, r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\t' || r == '\n':
			b.WriteByte(' ')
		case clean(r):
			b.WriteRune(r)
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[size:]
	}
	return b.String()
}

// wrap breaks text into lines of at most width columns, at spaces where there
// are any. A longer word is broken, best behind one of its separators, so that
// an IPv6 address or a pod's name stays legible.
func wrap(text string, width int) []string {
	width = max(width, 8)
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && columns(line)+1+columns(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			if at := lastComma(word, width-columns(line)-1); at > 0 {
				line, word = line+" "+word[:at], word[at:]
			}
			lines = append(lines, line)
		}
		for columns(word) > width {
			cut := breakAt(word, width)
			lines = append(lines, word[:cut])
			word = word[cut:]
		}
		line = word
	}
	return append(lines, line)
}

// lastComma is the byte behind the last comma of a word within width columns, or 0.
func lastComma(word string, width int) int {
	if width <= 0 {
		return 0
	}
	runes := []rune(word)
	return strings.LastIndexAny(string(runes[:min(width, len(runes))]), ",;") + 1
}

// joined puts parts into lines of at most width columns, with a separator between
// those of one line. A part that is longer is broken.
func joined(parts []string, separator string, width int) []string {
	var lines []string
	line := ""
	for _, part := range parts {
		part = Escape(part)
		if line != "" && columns(line+separator+part) <= width {
			line += separator + part
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		broken := wrap(part, width)
		lines = append(lines, broken[:len(broken)-1]...)
		line = broken[len(broken)-1]
	}
	return append(lines, line)
}

// breakAt is the byte at which a word is cut: within width columns, behind the last
// comma, for between commas stand values that should stay whole, or else behind
// another separator if there is one in the second half.
func breakAt(word string, width int) int {
	end := 0
	for i := range word {
		if columns(word[:i]) > width {
			break
		}
		end = i
	}
	if at := strings.LastIndexAny(word[:end], ",;"); at >= 0 {
		return at + 1
	}
	if at := strings.LastIndexAny(word[:end], ":.-/_"); at >= end/2 {
		return at + 1
	}
	return max(end, 1)
}

// columns counts runes; wide characters from a capture may take two columns,
// which spoils an alignment and nothing else.
func columns(s string) int { return utf8.RuneCountInString(s) }

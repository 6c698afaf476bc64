// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"regexp"
	"strings"
)

// tokenShape finds tokens that give themselves away: JSON Web Tokens, and those
// of vendors who put a prefix there so that they can be found.
var tokenShape = regexp.MustCompile(`\b(?:eyJ[\w-]{8,}(?:\.[\w-]*)*|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abposr]-[\w-]{10,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{30,}|sk-[\w-]{16,}|gAAAA[\w-]{20,}=*)`)

// assignment finds name=value in free text.
var assignment = regexp.MustCompile(`([\w.$\-]{1,64})=([^&;\s"'<>(),\\]+)`)

// minWord is the shortest word that is taken for a secret because it was one
// before: shorter ones are everyday words and numbers.
const minWord = 8

// Text returns a sentence that may quote the traffic without the secrets in it.
func (r *Redactor) Text(s string) string {
	if strings.Contains(s, "=") {
		s = assignment.ReplaceAllStringFunc(s, func(found string) string { return r.parameter(found, inQuery, 0) })
	}
	return r.scrub(s)
}

// scrub replaces what is known to be a secret, or shaped like one, in a value
// that is kept otherwise.
func (r *Redactor) scrub(s string) string {
	if len(s) < minWord {
		return s
	}
	s = tokenShape.ReplaceAllStringFunc(s, func(token string) string { return r.memory.pseudonym(secret, token) })
	var b strings.Builder
	for len(s) > 0 {
		end := strings.IndexAny(s, separators)
		if end < 0 {
			end = len(s)
		}
		word := s[:end]
		if name, ok := r.knownWord(word); ok {
			word = name
		}
		b.WriteString(word)
		if end < len(s) {
			b.WriteByte(s[end])
			end++
		}
		s = s[end:]
	}
	return b.String()
}

// separators end a word. They are those of field values and sentences; no token
// in use holds one, but for signed cookies with their "|" and ":".
const separators = " \t\r\n,;\"'()<>[]{}=?&/#"

func (r *Redactor) knownWord(word string) (string, bool) {
	if len(word) < minWord {
		return "", false
	}
	return r.memory.known(word)
}

// isToken reports whether all of s has the shape of a token.
func isToken(s string) bool {
	found := tokenShape.FindStringIndex(s)
	return found != nil && found[0] == 0
}

// looksRandom reports whether a segment of a path can only be machine-made: long,
// and letters and digits mixed. Names of files have a dot; UUIDs name things.
func looksRandom(s string) bool {
	const shortest = 32
	if len(s) < shortest || isUUID(s) {
		return false
	}
	letters, digits := 0, 0
	for _, b := range []byte(s) {
		switch {
		case b >= '0' && b <= '9':
			digits++
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			letters++
		case b != '_' && b != '-' && b != '=' && b != '%':
			return false
		}
	}
	return letters > 0 && digits >= len(s)/16
}

func isUUID(s string) bool {
	const length = 36
	return len(s) == length && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

// SPDX-License-Identifier: Apache-2.0

package token

import "strings"

// Found is a token within a text.
type Found struct {
	JWS
	Offset int // of its first byte
}

// Find returns the JSON Web Signatures in a text, in order: in the value of an
// Authorization field, in a Cookie field, in a form or in JSON. Cut ones are found
// as well if their header and a part of the payload are there. What is longer than
// 64 KiB is passed over.
func Find(text string) []Found {
	var found []Found
	for start := 0; start < len(text); {
		size := strings.IndexFunc(text[start:], notInJWS)
		if size < 0 {
			size = len(text) - start
		}
		found = findInRun(found, text[start:start+size], start)
		start += size + 1
	}
	return found
}

func notInJWS(r rune) bool { return r != '.' && notBase64URL(r) }

// findInRun looks through characters of which tokens are made. A token may begin
// behind any dot, since names and sentences stand before them.
func findInRun(found []Found, run string, offset int) []Found {
	segments := strings.Split(run, ".")
	at := offset
	for i := 0; i < len(segments); {
		used := 1
		if strings.HasPrefix(segments[i], jsonStart) && i+1 < len(segments) && segments[i+1]+rest(segments, i) != "" {
			if t, n, ok := tokenAt(segments[i:]); ok {
				found = append(found, Found{t, at})
				used = n
			}
		}
		for _, segment := range segments[i : i+used] {
			at += len(segment) + 1
		}
		i += used
	}
	return found
}

// rest is the third segment behind i: a detached payload is an empty second one.
func rest(segments []string, i int) string {
	if i+2 < len(segments) {
		return segments[i+2]
	}
	return ""
}

// tokenAt reads the token that the segments begin with, and says how many it has.
func tokenAt(segments []string) (JWS, int, bool) {
	if len(segments[0]) > maxJWS {
		return JWS{}, 0, false
	}
	head, err := ParseJWS(segments[0])
	if err != nil || head.Header.Algorithm == "" {
		return JWS{}, 0, false
	}
	n := min(3, len(segments))
	if head.Header.encrypted {
		n = min(5, len(segments))
	}
	t, err := ParseJWS(strings.Join(segments[:n], "."))
	return t, n, err == nil
}

// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// settings are those of an application as the user wrote them. What cannot be
// understood becomes err.
type settings struct {
	app    string
	values map[string][]string
	err    error
}

func newSettings(e *entry, text string, given bool) (*settings, error) {
	s := &settings{app: e.name, values: map[string][]string{}}
	if !given {
		return s, nil
	}
	last := ""
	for piece := range strings.SplitSeq(text, ",") {
		key, value, named := strings.Cut(piece, "=")
		switch {
		case named && !slices.Contains(e.keys, key):
			return nil, &SettingError{fmt.Sprintf("%s has no setting %q", e.name, key), e.keys}
		case named && s.values[key] != nil:
			return nil, &SettingError{fmt.Sprintf("%s: %q is given twice", e.name, key), nil}
		case named:
			last = key
		case last == "":
			return nil, &SettingError{fmt.Sprintf("%s: %q is no setting of the form KEY=VALUE", e.name, piece), e.keys}
		default:
			value = piece
		}
		s.values[last] = append(s.values[last], strings.TrimSpace(value))
	}
	return s, nil
}

func (s *settings) fail(key, expected string) {
	if s.err == nil {
		s.err = &SettingError{fmt.Sprintf("%s:%s=%s: expected %s", s.app, key, strings.Join(s.values[key], ","), expected), nil}
	}
}

// list is every value of a key; nil if it was not given.
func (s *settings) list(key string) []string { return s.values[key] }

// word is one of a few words; the first of them if the key was not given.
func (s *settings) word(key string, allowed ...string) string {
	values := s.values[key]
	if values == nil {
		return allowed[0]
	}
	if len(values) != 1 || !slices.Contains(allowed, values[0]) {
		s.fail(key, "one of "+strings.Join(allowed, ", "))
		return allowed[0]
	}
	return values[0]
}

// on is a switch.
func (s *settings) on(key string, otherwise bool) bool {
	if otherwise {
		return s.word(key, "on", "off") == "on"
	}
	return s.word(key, "off", "on") == "on"
}

// mostHops is more proxies than anybody has in a row.
const mostHops = 100

// hops is a number of proxies.
func (s *settings) hops(key string, least, otherwise int) int {
	values := s.values[key]
	if values == nil {
		return otherwise
	}
	n, err := strconv.Atoi(values[0])
	if err != nil || len(values) != 1 || n < least || n > mostHops {
		s.fail(key, fmt.Sprintf("a number from %d to %d", least, mostHops))
	}
	return n
}

// before reports whether the version that was given is older than another. Without
// one the newest is meant.
func (s *settings) before(than ...int) bool {
	values := s.values["version"]
	if values == nil {
		return false
	}
	if len(values) != 1 {
		s.fail("version", "one version such as 1.2.3")
		return false
	}
	var parts []int
	for part := range strings.SplitSeq(values[0], ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break // what follows is a word, such as dev1 or alpha
		}
		parts = append(parts, n)
	}
	if len(parts) == 0 {
		s.fail("version", "a version such as 1.2.3")
	}
	for len(parts) < len(than) {
		parts = append(parts, 0)
	}
	return slices.Compare(parts, than) < 0
}

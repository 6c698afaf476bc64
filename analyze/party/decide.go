// SPDX-License-Identifier: Apache-2.0

package party

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mark is a sign with what it points at.
type mark struct {
	Sign
	name    Name
	version string

	// elsewhere: the other side was not captured, so that the line may have been
	// written by somebody further out, or for an answer further in.
	elsewhere bool
}

const mostValueBytes = 80

// clip makes a value fit for a report: short, and text.
func clip(value string) string {
	value = strings.ToValidUTF8(value, "\uFFFD")
	if len(value) <= mostValueBytes {
		return value
	}
	value = value[:mostValueBytes-len("…")]
	for !utf8.ValidString(value) { // cut within a letter
		value = value[:len(value)-1]
	}
	return value + "…"
}

// family is the product on which another one is built, or itself.
func (n Name) family() Name {
	if root, ok := builtOn[n]; ok {
		return root
	}
	return n
}

// decide finds the one product at which all marks point.
func decide(found []mark) (Guess, bool) {
	found = explained(found)
	if len(found) == 0 {
		return Guess{}, false
	}
	family := found[0].name.family()
	for _, m := range found {
		if m.name.family() != family {
			return Guess{}, false
		}
	}
	name, confidence := within(family, found)
	// The signs of a member are signs of the family; those of a member that was
	// not chosen would only confuse.
	found = slices.DeleteFunc(found, func(m mark) bool { return m.name != name && m.name != family })
	slices.SortStableFunc(found, func(a, b mark) int { return cmp.Compare(b.Confidence, a.Confidence) })
	guess := Guess{Name: name, Confidence: confidence, Version: version(found)}
	for _, m := range found {
		if !slices.ContainsFunc(guess.Signs, m.sameLine) {
			guess.Signs = append(guess.Signs, m.Sign)
		}
	}
	return guess, len(guess.Signs) > 0
}

// sameLine reports whether a stronger sign speaks of the same line already.
func (m mark) sameLine(stronger Sign) bool {
	return m.Field != "" && m.Where == stronger.Where && m.Field == stronger.Field && m.Value == stronger.Value
}

// explained leaves out what somebody else on the way accounts for, when something
// that only this intermediary can have done points elsewhere, and mere possibilities
// next to a name that it wrote itself.
func explained(found []mark) []mark {
	own, named := map[Name]bool{}, map[Name]bool{}
	for _, m := range found {
		own[m.name.family()] = own[m.name.family()] || !m.elsewhere
		named[m.name.family()] = named[m.name.family()] || m.Confidence == Certain
	}
	other := func(set map[Name]bool, family Name) bool {
		for name, in := range set {
			if in && name != family {
				return true
			}
		}
		return false
	}
	return slices.DeleteFunc(found, func(m mark) bool {
		family := m.name.family()
		return m.elsewhere && other(own, family) || m.Confidence == Possible && !named[family] && other(named, family)
	})
}

// within says which member of a family it is: the most special one that is at
// least likely, or as likely as the family itself. Two of them are one too many.
func within(family Name, found []mark) (Name, Confidence) {
	best := map[Name]Confidence{}
	for _, m := range found {
		best[m.name] = max(best[m.name], m.Confidence)
	}
	var members []Name
	for _, m := range found {
		if m.name != family && !slices.Contains(members, m.name) && (best[m.name] >= Likely || best[m.name] >= best[family]) {
			members = append(members, m.name)
		}
	}
	if len(members) == 1 {
		return members[0], best[members[0]]
	}
	return family, best[family]
}

// version is the one that the marks agree on, if they do.
func version(found []mark) string {
	said := ""
	for _, m := range found {
		if m.version == "" || m.version == said {
			continue
		}
		if said != "" {
			return ""
		}
		said = m.version
	}
	return clip(said)
}

// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Change is what became of a field between one hop and the next.
type Change string

// The changes. Seen is for the outermost hop, of which nothing before is known.
const (
	Seen        Change = "seen"
	Added       Change = "added"
	Kept        Change = "kept"
	Appended    Change = "appended"
	Overwritten Change = "overwritten"
	Dropped     Change = "dropped"
	Unknown     Change = "unknown" // one of the two heads is not known well enough
)

// Field is a field of a hop, and what the party before that hop did to it. Dropped
// fields have no lines.
type Field struct {
	Name   string // as it is spelled here
	Lines  []string
	Change Change
}

// decidingNames are the fields that logins depend on. Where a head is cut they may have
// been there, and are listed as unknown.
var decidingNames = []string{"X-Real-IP", "X-Forwarded-For", "Host", "Authorization", "Upgrade"}

// Fields lists the watched fields of the i-th hop: those that are there, in wire
// order, then those that were dropped, and those that may have been there.
func (p Path) Fields(i int) []Field {
	head := p[i].Head()
	var list []Field
	for _, name := range watchedNames(head) {
		list = append(list, p.Field(i, name))
	}
	var more []string
	if i > 0 {
		more = watchedNames(p[i-1].Head())
	}
	if p[i].Head().Incomplete {
		more = append(more, decidingNames...)
	}
	for _, name := range more {
		field := p.Field(i, name)
		listed := slices.ContainsFunc(list, func(f Field) bool { return strings.EqualFold(f.Name, name) })
		if !listed && (field.Change == Dropped || field.Change == Unknown && len(field.Lines) == 0) {
			list = append(list, field)
		}
	}
	return list
}

// Field is one field of the i-th hop.
func (p Path) Field(i int, name string) Field {
	lines, state := p[i].Head().Values(name)
	field := Field{Name: spelled(p[i].Head(), name), Lines: lines, Change: Seen}
	if secret(name) {
		field.Lines = hidden(lines)
	}
	switch {
	case i == 0 && state == exchange.Unknown:
		field.Change = Unknown
		return field
	case i == 0:
		return field
	}
	before, stateBefore := p[i-1].Head().Values(name)
	field.Change = change(before, stateBefore, lines, state)
	return field
}

// hidden is as many lines, without what they say.
func hidden(lines []string) []string {
	marks := make([]string, len(lines))
	for i := range marks {
		marks[i] = "…"
	}
	return marks
}

func change(before []string, stateBefore exchange.Knowledge, lines []string, state exchange.Knowledge) Change {
	switch {
	case state == exchange.Unknown || stateBefore == exchange.Unknown:
		return Unknown
	case state == exchange.Absent && stateBefore == exchange.Absent:
		return Kept
	case state == exchange.Absent:
		return Dropped
	case stateBefore == exchange.Absent:
		return Added
	case slices.Equal(Elements(before), Elements(lines)):
		return Kept
	}
	a, b := Elements(before), Elements(lines)
	if len(b) > len(a) && slices.Equal(a, b[:len(a)]) {
		return Appended
	}
	return Overwritten
}

// Elements splits the lines of a field at their commas (RFC 9110, 5.6.1).
func Elements(lines []string) []string {
	var elements []string
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			elements = append(elements, strings.TrimSpace(element))
		}
	}
	return elements
}

// watchedNames lists the watched fields of a head once each, in wire order.
func watchedNames(head exchange.Fields) []string {
	var found []string
	for _, line := range head.Lines {
		known := func(name string) bool { return strings.EqualFold(name, line.Name) }
		if forwardingName(line.Name) && !slices.ContainsFunc(found, known) {
			found = append(found, line.Name)
		}
	}
	return found
}

// forwardingName reports whether a report on hops shows the field. The others that
// are watched tell requests and proxies apart.
func forwardingName(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "server", "content-length":
		return false
	}
	return Watched(name) || secret(name)
}

func spelled(head exchange.Fields, name string) string {
	for _, line := range head.Lines {
		if strings.EqualFold(line.Name, name) {
			return line.Name
		}
	}
	return name
}

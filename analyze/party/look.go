// SPDX-License-Identifier: Apache-2.0

package party

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// view is an observation with what follows from comparing its two sides.
type view struct {
	Observation
	request change // of the request, on its way in
	answer  change // of the answer, on its way out
}

// mostLines is the longest head that is looked at: lines are compared each with
// each, and a stranger's head must not take seconds. Browsers send some thirty.
const mostLines = 250

func look(o Observation) view {
	for _, head := range []**exchange.Fields{&o.RequestIn, &o.RequestOut, &o.AnswerIn, &o.AnswerOut} {
		if *head != nil && len((*head).Lines) > mostLines {
			*head = nil
		}
	}
	return view{o, compare(o.RequestIn, o.RequestOut), compare(o.AnswerIn, o.AnswerOut)}
}

// change is what became of a head at an intermediary.
type change struct {
	before, after *exchange.Fields
	lines         []line // of after, empty when its order is not known
	compared      bool   // both heads are whole
}

// line is a line of a head that went on.
type line struct {
	exchange.Field
	index int
	// from is the line of the other side with the same name and value, or -1: the
	// intermediary added or rewrote it. It is -1, too, if there is no other side.
	from int
	// rewritten: it came in under this name, too, with other values.
	rewritten bool
}

func compare(before, after *exchange.Fields) change {
	c := change{before: before, after: after}
	if after == nil || after.Incomplete {
		return c
	}
	c.compared = before != nil && !before.Incomplete
	var used []bool
	if c.compared {
		used = make([]bool, len(before.Lines))
	}
	for i, field := range after.Lines {
		l := line{Field: field, index: i, from: -1}
		if c.compared {
			l.from = slices.IndexFunc(before.Lines, func(b exchange.Field) bool { return sameLine(b, field) })
		}
		for l.from >= 0 && used[l.from] { // the same line twice: pair them in order
			next := slices.IndexFunc(before.Lines[l.from+1:], func(b exchange.Field) bool { return sameLine(b, field) })
			if next < 0 {
				l.from = -1
				break
			}
			l.from += 1 + next
		}
		if l.from >= 0 {
			used[l.from] = true
		} else if c.compared {
			l.rewritten = slices.ContainsFunc(before.Lines, func(b exchange.Field) bool { return strings.EqualFold(b.Name, field.Name) })
		}
		c.lines = append(c.lines, l)
	}
	return c
}

// sameLine reports whether two lines may be one; a value that was not kept may be
// any.
func sameLine(a, b exchange.Field) bool {
	return strings.EqualFold(a.Name, b.Name) && (a.Value == "" || b.Value == "" || a.Value == b.Value)
}

// maker says who wrote the lines called name.
type maker uint8

const (
	handedOn  maker = iota // nobody did, or the line came in like this
	itself                 // the intermediary did
	somewhere              // the other side is not known
)

// wrote says who wrote a line of that name and value.
func (c change) wrote(name, value string) maker {
	if c.before == nil {
		return somewhere
	}
	before, state := c.before.Values(name)
	switch {
	case state == exchange.Unknown:
		return somewhere
	case slices.Contains(before, value) || slices.Contains(before, "") || value == "" && state == exchange.Known:
		return handedOn
	}
	return itself
}

// endToEnd are the lines that an intermediary has no reason of its own to write:
// framing, connection and routing are left out.
func (c change) endToEnd() []line {
	var lines []line
	for _, l := range c.lines {
		if !perHop(l.Name) {
			lines = append(lines, l)
		}
	}
	return lines
}

func perHop(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "keep-alive", "expect", "proxy-connection":
		return true
	}
	return false
}

// forwarding reports whether intermediaries put that name into requests, and no
// browser does.
func forwarding(name string) bool {
	switch name = strings.ToLower(name); name {
	case "x-real-ip", "x-scheme", "x-request-id", "x-original-uri", "x-nginx-proxy", "x-client-ip", "forwarded":
		return true
	}
	return strings.HasPrefix(name, "x-forwarded-") || strings.HasPrefix(name, "x-original-forwarded-")
}

// clients are the lines that a browser wrote, as far as one can tell. Forwarding
// fields are left out: an intermediary may write again what it was given.
func (c change) clients() []line {
	return slices.DeleteFunc(c.endToEnd(), func(l line) bool { return forwarding(l.Name) || c.compared && l.from < 0 })
}

// keptOrder reports whether enough of the client's lines went through to tell, and
// all of them kept their order.
func (c change) keptOrder() bool {
	lines := c.clients()
	return c.compared && len(lines) >= 3 && slices.IsSortedFunc(lines, func(a, b line) int { return a.from - b.from })
}

// keptCase reports whether the client's lines are still spelled as it spelled them.
func (c change) keptCase() bool {
	return c.compared && !slices.ContainsFunc(c.clients(), func(l line) bool { return l.Name != c.before.Lines[l.from].Name })
}

// lowered reports whether names that came in otherwise went on in lower case.
func (c change) lowered() bool {
	found := 0
	for _, l := range c.lines {
		if l.from >= 0 && l.Name != c.before.Lines[l.from].Name {
			found++
		}
	}
	return found >= 3 && lowerCase(c.lines)
}

func lowerCase(lines []line) bool {
	return len(lines) > 0 && !slices.ContainsFunc(lines, func(l line) bool { return l.Name != strings.ToLower(l.Name) })
}

func names(lines []line) []string {
	list := make([]string, 0, len(lines))
	for _, l := range lines {
		list = append(list, l.Name)
	}
	return list
}

// position is the index of the first line called name, or -1.
func position(lines []line, name string) int {
	return slices.IndexFunc(lines, func(l line) bool { return strings.EqualFold(l.Name, name) })
}

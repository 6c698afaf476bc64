// SPDX-License-Identifier: Apache-2.0

package party

import (
	"slices"
	"strings"
)

// nodeFields are what http-proxy, on which configurable-http-proxy is built, sets
// when xfwd is on, in its order. The first three become lists without a space;
// the last is only set if it is missing (http-proxy-3 1.23.3, web-incoming, run
// with configurable-http-proxy 5.3.0).
var nodeFields = []string{"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-host"}

func nodeRequest(s view) []mark {
	c := s.request
	if !fromNode(c) {
		return nil
	}
	return []mark{requestMark(c, CHP, Likely, Likely, nodeFields,
		"names in lower case, and address, port and scheme added to lists without a space, as http-proxy for Node does, on which configurable-http-proxy is built")}
}

// fromNode reports whether a request is as http-proxy writes it: Node keeps the
// place of fields that came in, and puts new ones at the end, but for the lines of
// the connection, which it writes itself and with capitals.
func fromNode(c change) bool {
	if !lowerCase(c.endToEnd()) {
		return false
	}
	tail, previous := c.tail(), -1
	for i, name := range nodeFields {
		at := position(c.lines, name)
		switch {
		case at < 0 && name == "x-forwarded-host" && position(c.lines, "upgrade") >= 0:
			continue // not set for WebSockets
		case at < 0 || strings.Count(strings.Join(names(c.lines), "\n")+"\n", name+"\n") > 1:
			return false
		case slices.ContainsFunc(tail, func(l line) bool { return l.index == at }) && at > previous:
			previous = at
		case i < 3 && !isList(c.lines[at].Value):
			return false
		}
		if i < 3 && c.compared && !appended(c, c.lines[at]) {
			return false
		}
	}
	return true
}

// isList reports whether an element was added as http-proxy does; a value that
// was not kept may be one.
func isList(value string) bool {
	i := strings.LastIndexByte(value, ',')
	return value == "" || i > 0 && i < len(value)-1 && value[i+1] != ' '
}

// appended reports whether the line is what came in, with one element more.
func appended(c change, l line) bool {
	before, _ := c.before.Values(l.Name)
	if len(before) == 0 || l.Value == "" || slices.Contains(before, "") {
		return true
	}
	rest, ok := strings.CutPrefix(l.Value, strings.Join(before, ", ")+",") // Node joins lines like this
	return ok && rest != "" && !strings.ContainsAny(rest, ", ")
}

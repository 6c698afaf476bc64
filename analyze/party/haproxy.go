// SPDX-License-Identifier: Apache-2.0

package party

import (
	"slices"
	"strings"
)

// tail is the end of a request behind the last line that a browser wrote, and
// without lines about the connection.
func (c change) tail() []line {
	lines := c.endToEnd()
	for i := len(lines); i > 0; i-- {
		if !forwarding(lines[i-1].Name) {
			return lines[i:]
		}
	}
	return nil
}

// HAProxy writes every name in lower case, keeps the order, leaves out Connection
// or puts close at the very end, and adds its own lines behind all others, that of
// "option forwardfor" last (HAProxy 2.6.12 run; lower case since 2.0, h1_htx.c).
func haproxyRequest(s view) []mark {
	c := s.request
	if !lowerCase(c.lines) || fromNode(c) || fromEnvoy(c) || aConnection(c) {
		return nil
	}
	tail := c.tail()
	if c.compared {
		return haproxyCompared(c, tail)
	}
	if len(tail) == 0 || c.lines[0].Name != "host" || position(c.lines, "user-agent") < 0 {
		return nil
	}
	return []mark{requestMark(c, haproxyName(tail), Possible, Possible, names(tail),
		"all names in lower case, no Connection, and forwarding fields behind the client's lines, as HAProxy does among others")}
}

func haproxyCompared(c change, tail []line) []mark {
	ours := slices.DeleteFunc(slices.Clone(tail), func(l line) bool { return l.from >= 0 })
	// Rewritten in its place is a Cookie from which HAProxy took its own.
	elsewhere := slices.ContainsFunc(c.endToEnd(), func(l line) bool {
		return l.from < 0 && (!l.rewritten || forwarding(l.Name)) && !slices.ContainsFunc(ours, func(o line) bool { return o.index == l.index })
	})
	switch {
	case !c.lowered() || !c.keptOrder() || elsewhere:
		return nil
	case len(ours) == 0:
		return []mark{requestMark(c, HAProxy, Possible, Possible, names(c.lines[:1]),
			"put all names into lower case, kept their order, left out Connection and added nothing, as HAProxy does among others")}
	}
	if forwardedFor := position(ours, "x-forwarded-for"); forwardedFor >= 0 && forwardedFor != len(ours)-1 ||
		forwardedFor < 0 && position(ours, "x-forwarded-proto") >= 0 {
		return []mark{requestMark(c, HAProxy, Possible, Possible, names(ours),
			"put all names into lower case, kept their order, and wrote its own lines behind all others, as HAProxy does, but also Envoy with its names switched off")}
	}
	return []mark{requestMark(c, haproxyName(ours), Likely, Likely, names(ours),
		"put all names into lower case, kept their order, and wrote its own lines behind all others, as HAProxy does")}
}

// aConnection reports whether there is a Connection that HAProxy would not write.
func aConnection(c change) bool {
	i := position(c.lines, "connection")
	return i >= 0 && i != len(c.lines)-1
}

// fromEnvoy reports whether the intermediary added what Envoy adds by itself.
func fromEnvoy(c change) bool {
	return slices.ContainsFunc(c.lines, func(l line) bool {
		return l.from < 0 && (l.Name == "x-request-id" || strings.HasPrefix(l.Name, "x-envoy-"))
	})
}

// The OpenShift router is HAProxy with these lines in this order (openshift/router
// 4b401a8, images/router/haproxy/conf/haproxy-config.template, policy append).
// Over HTTP/2 there is one more between them.
func haproxyName(own []line) Name {
	list := slices.DeleteFunc(names(own), func(name string) bool { return name == "x-forwarded-proto-version" })
	router := []string{"x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "forwarded", "x-forwarded-for"}
	if len(list) >= len(router) && slices.Equal(list[len(list)-len(router):], router) {
		return OpenShiftRouter
	}
	return HAProxy
}

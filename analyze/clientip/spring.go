// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The ways in which Spring comes to an address.
const (
	SpringPeer      Rule = "Spring ForwardedHeaderFilter: the peer, no field names a client"
	SpringForwarded Rule = "Spring ForwardedHeaderFilter: for= of the first element of Forwarded"
	SpringXFF       Rule = "Spring ForwardedHeaderFilter: leftmost X-Forwarded-For"
	SpringRefused   Rule = "Spring ForwardedHeaderFilter: answers 400, since a forwarding field is malformed"
	SpringOff       Rule = "Spring ForwardedHeaderFilter, removing only: the peer"
)

func springEntry() *entry {
	return &entry{
		name: "spring", keys: []string{"header", "remove-only", "version"}, make: spring,
		golden:   []string{"", "header=forwarded", "remove-only=on"},
		believes: "whoever connects, about the first element of Forwarded or X-Forwarded-For",
	}
}

// springRule is ForwardedHeaderFilter (Spring 7.0.10, spring-web,
// web/filter/ForwardedHeaderFilter.java and web/util/ForwardedHeaderUtils.java): only
// the first line and its first element count, and nobody asks who the peer is.
// Since 6.1.29 and 7.0.9 a constructor's argument chooses one of the fields; without
// it Forwarded comes first. Before 7.0.0 an IPv6 address got no brackets.
type springRule struct {
	standard, legacy, both, brackets bool
}

func spring(s *settings) func(Request, *fields) Result {
	header := s.word("header", "both", "forwarded", "x-forwarded")
	off := s.on("remove-only", false)
	rule := springRule{
		standard: header != "x-forwarded", legacy: header != "forwarded", both: header == "both", brackets: !s.before(7),
	}
	return func(r Request, f *fields) Result {
		if off {
			return of(r.Peer, SpringOff)
		}
		if rule.hostIsBroken(f) {
			return of("", SpringRefused)
		}
		return rule.client(r, f)
	}
}

func (rule springRule) client(r Request, f *fields) Result {
	if line := f.first("Forwarded"); rule.standard && hasText(line) {
		element, ok := leftmost(line)
		if !ok {
			return of("", SpringRefused)
		}
		if match := forwardedFor.FindStringSubmatch(element); match != nil {
			address, ok := springAddress(javaTrim(match[1]))
			if !ok {
				return of("", SpringRefused)
			}
			return of(address, SpringForwarded)
		}
	}
	if line := f.first("X-Forwarded-For"); rule.legacy && hasText(line) {
		address, ok := leftmost(line)
		if !ok {
			return of("", SpringRefused)
		}
		if rule.brackets && strings.Contains(address, ":") && !strings.HasPrefix(address, "[") && !strings.HasSuffix(address, "]") {
			address = "[" + address + "]"
		}
		return of(address, SpringXFF)
	}
	return of(r.Peer, SpringPeer)
}

var (
	forwardedFor  = regexp.MustCompile(`(?i:for)="?([^;,"]+)"?`)
	forwardedHost = regexp.MustCompile(`(?i:host)="?([^;,"]+)"?`)
)

// hostIsBroken reports whether host or port of the fields make the filter refuse the
// request before it comes to the address.
func (rule springRule) hostIsBroken(f *fields) bool {
	if line := f.first("Forwarded"); rule.standard && hasText(line) {
		if !rule.both {
			line, _ = leftmost(line)
		}
		match := forwardedHost.FindStringSubmatch(line)
		return match != nil && brokenPort(javaTrim(match[1]))
	}
	if !rule.legacy {
		return false
	}
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port"} {
		line := f.first(name)
		if !hasText(line) {
			continue
		}
		element, ok := leftmost(line)
		if !ok || name == "X-Forwarded-Host" && brokenPort(element) {
			return true
		}
		if _, ok := javaInt(element); name == "X-Forwarded-Port" && !ok {
			return true
		}
	}
	return false
}

func brokenPort(host string) bool {
	colon := strings.LastIndex(host, ":")
	if colon <= strings.LastIndex(host, "]") {
		return false
	}
	_, ok := javaInt(host[colon+1:])
	return !ok
}

// springAddress is parseInetSocketAddress: the address without its port, which must
// be one if it is there.
func springAddress(text string) (string, bool) {
	colon, bracket := strings.LastIndex(text, ":"), strings.LastIndex(text, "]")
	if colon <= bracket {
		return text, true
	}
	if bracket < 0 && strings.Index(text, ":") != colon {
		return "", false
	}
	port, ok := javaInt(text[colon+1:])
	return text[:colon], ok && port >= 0 && port <= math.MaxUint16
}

// leftmost is getLeftMostValue: the first element that is not empty; without one the
// filter fails.
func leftmost(line string) (string, bool) {
	for element := range strings.SplitSeq(line, ",") {
		if element = javaTrim(element); element != "" {
			return element, true
		}
	}
	return "", false
}

// hasText is StringUtils.hasText: some character is no white space, of which Java
// counts none beyond ASCII in ISO 8859-1.
func hasText(s string) bool { return strings.Trim(s, "\t\n\v\f\r\x1c\x1d\x1e\x1f ") != "" }

// javaTrim is String.trim, which cuts off all control characters.
func javaTrim(s string) string {
	for s != "" && s[0] <= ' ' {
		s = s[1:]
	}
	for s != "" && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// javaInt is Integer.parseInt.
func javaInt(s string) (int, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil
}

// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"regexp"
	"strings"
)

// The ways in which Werkzeug's ProxyFix comes to an address.
const (
	ProxyFixPeer Rule = "Werkzeug ProxyFix: the peer, X-Forwarded-For has too few elements"
	ProxyFixOff  Rule = "Werkzeug without ProxyFix: the peer"
	ProxyFixXFF  Rule = "Werkzeug ProxyFix: X-Forwarded-For, as many elements from the right as x_for says"
)

func proxyFixEntry() *entry {
	return &entry{
		name: "proxyfix", keys: []string{"for", "version"}, make: proxyFix,
		golden:   []string{"for=0", "for=1", "for=2", "for=3"},
		believes: "whoever connects, about the last `for` elements of X-Forwarded-For",
	}
}

// proxyFix is Werkzeug's ProxyFix (Werkzeug 3.1.9, middleware/proxy_fix.py and http.py,
// parse_list_header): the element that stands x_for from the right, whatever it is and
// whoever the peer. Before 3.1.7 an empty element counted, too.
//
// The server below it has joined repeated lines with a comma (gunicorn 27.0.1,
// http/wsgi.py; the servers of Werkzeug and Starlette do it alike), and leaves out
// X_Forwarded_For, which older ones and other servers of WSGI take for the same field.
func proxyFix(s *settings) func(Request, *fields) Result {
	hops := s.hops("for", 0, 1)
	parse := listHeader
	switch {
	case s.before(3, 1, 7):
		parse = listHeaderOld
	case s.before(3, 1, 9):
		parse = listHeaderStripped
	}
	return func(r Request, f *fields) Result {
		if hops == 0 {
			return of(r.Peer, ProxyFixOff)
		}
		list := parse(strings.Join(f.lines("X-Forwarded-For"), ","))
		if len(list) < hops || list[len(list)-hops] == "" {
			return of(r.Peer, ProxyFixPeer)
		}
		return of(list[len(list)-hops], ProxyFixXFF)
	}
}

func listHeader(value string) []string {
	return listOf(value, func(item string) string { return strings.Trim(item, " \t") })
}

func listHeaderStripped(value string) []string { return listOf(value, pythonStrip) }

// listOf splits a list at commas outside of quotes. Empty elements do not count, and
// a quote that does not end makes the whole list empty.
func listOf(value string, strip func(string) string) []string {
	pieces, open := splitQuoted(value, false)
	if open {
		return nil
	}
	var list []string
	for _, piece := range pieces {
		if piece = strip(piece); piece != "" {
			list = append(list, unquoted(piece))
		}
	}
	return list
}

var escapes = regexp.MustCompile(`(?s)\\(.)`)

func unquoted(item string) string {
	if quoted(item) {
		return escapes.ReplaceAllStringFunc(item[1:len(item)-1], func(pair string) string { return pair[1:] })
	}
	return item
}

func quoted(item string) bool {
	return len(item) >= 2 && item[0] == '"' && item[len(item)-1] == '"'
}

// listHeaderOld is the same before Werkzeug 3.1.7, built on urllib.request's
// parse_http_list: empty elements stay, but for one at the end.
func listHeaderOld(value string) []string {
	pieces, _ := splitQuoted(value, true)
	if pieces[len(pieces)-1] == "" {
		pieces = pieces[:len(pieces)-1]
	}
	var list []string
	for _, piece := range pieces {
		if piece = pythonStrip(piece); quoted(piece) {
			piece = piece[1 : len(piece)-1]
		}
		list = append(list, piece)
	}
	return list
}

// splitQuoted splits at commas outside of quotes; open says that the last quote does
// not end. unescape drops the backslashes within quotes.
func splitQuoted(value string, unescape bool) (pieces []string, open bool) {
	var piece []byte
	escaped := false
	for _, b := range []byte(value) {
		switch {
		case escaped:
			escaped = false
		case open && b == '\\':
			if escaped = true; unescape {
				continue
			}
		case b == '"':
			open = !open
		case b == ',' && !open:
			pieces, piece = append(pieces, string(piece)), nil
			continue
		}
		piece = append(piece, b)
	}
	return append(pieces, string(piece)), open
}

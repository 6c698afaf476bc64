// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// head is the head of a message: its start line and its fields.
type head struct {
	start  string
	fields exchange.Fields
}

// headEnd returns how long the head at the beginning of b is, its empty line
// included, or -1 if it has no end yet. The search begins at from. A bare LF ends
// a line as CRLF does (RFC 9112, 2.2).
func headEnd(b []byte, from int) int {
	for i := max(from, 0); ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		switch rest := b[i:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 1
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 2
		}
	}
}

// parseHead takes a head apart. It is given up to the empty line or, if the head
// is incomplete, what there is of it; the last line is then left out unless it is
// all there is.
func parseHead(b []byte, complete bool, origin *exchange.Capture) head {
	text := string(b)
	h := head{fields: exchange.Fields{Origin: origin, Incomplete: !complete}}
	start, rest, found := strings.Cut(text, "\n")
	h.start = start
	if found {
		h.start = trimCR(start)
	}
	h.fields.Lines = make([]exchange.Field, 0, strings.Count(rest, "\n"))
	for {
		line, after, found := strings.Cut(rest, "\n")
		if !found {
			return h
		}
		rest = after
		h.add(trimCR(line))
	}
}

// add takes the next line of a head, its end cut off.
func (h *head) add(line string) {
	switch name, value, found := strings.Cut(line, ":"); {
	case line == "":
	case line[0] == ' ' || line[0] == '\t':
		h.fold(line)
	case !found || name == "":
		h.fields.Incomplete = true // this line could not be read
	default:
		// White space before the colon is wrong (RFC 9112, 5.1), yet some
		// recipients take the field: it must not count as absent.
		h.fields.Lines = append(h.fields.Lines, exchange.Field{
			Name:  strings.TrimRight(name, " \t"),
			Value: strings.Trim(value, " \t"),
		})
	}
}

// fold appends a continuation line to the last value, as recipients must read
// obsolete line folding (RFC 9112, 5.2).
func (h *head) fold(line string) {
	if len(h.fields.Lines) == 0 {
		h.fields.Incomplete = true
		return
	}
	last := &h.fields.Lines[len(h.fields.Lines)-1]
	last.Value = strings.TrimLeft(last.Value+" "+strings.Trim(line, " \t"), " ")
}

// mediaType is the type alone, in lower case.
func mediaType(fields exchange.Fields) string {
	value, _, _ := strings.Cut(fields.First("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(value))
}

// targetURL takes a request target apart (RFC 9112, 3.2) without changing a byte
// of its parts. The scheme is known for the absolute form alone.
func targetURL(method, target string, fields exchange.Fields) exchange.URL {
	if method == "CONNECT" {
		return exchange.URL{Host: target}
	}
	u := exchange.URL{}
	if scheme, rest, found := strings.Cut(target, "://"); found && !strings.ContainsAny(scheme, "/?") {
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			end = len(rest)
		}
		u.Scheme = scheme
		u.Host = rest[strings.LastIndexByte(rest[:end], '@')+1 : end]
		target = rest[end:]
	} else {
		u.Host = fields.First("Host")
	}
	u.Path, u.RawQuery, _ = strings.Cut(target, "?")
	return u
}

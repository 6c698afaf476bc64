// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"bytes"
	"strings"
)

// verdict is what the first bytes of something tell.
type verdict uint8

const (
	no verdict = iota
	maybe
	yes
)

// beginsResponse reports whether b begins with a status line (RFC 9112, 4).
func beginsResponse(b []byte) verdict {
	const shape = "HTTP/1.d ddd"
	for i := range min(len(b), len(shape)) {
		if shape[i] == 'd' && !isDigit(b[i]) || shape[i] != 'd' && shape[i] != b[i] {
			return no
		}
	}
	switch {
	case len(b) <= len(shape):
		return maybe
	case b[len(shape)] == ' ' || b[len(shape)] == '\r' || b[len(shape)] == '\n':
		return yes
	}
	return no
}

// beginsRequest reports whether b begins with a request line (RFC 9112, 3). A
// complete line must name the protocol; of an incomplete one the method and the
// beginning of the target must be right.
func beginsRequest(b []byte) verdict {
	space := bytes.IndexByte(b[:min(len(b), maxMethod+1)], ' ')
	if space < 0 {
		if len(b) > maxMethod || !isToken(b) {
			return no
		}
		return maybe
	}
	if space == 0 || !isToken(b[:space]) {
		return no
	}
	rest := b[space+1:]
	if len(rest) > 0 && rest[0] <= ' ' {
		return no
	}
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return maybe
	}
	if _, _, _, ok := cutRequestLine(trimCR(string(b[:space+1+end]))); !ok {
		return no
	}
	return yes
}

// beginsNextRequest is beginsRequest for a place that is not known to be the
// beginning of a message: there a request must look usual.
func beginsNextRequest(b []byte) verdict {
	space := bytes.IndexByte(b[:min(len(b), maxMethod+1)], ' ')
	method := b
	if space >= 0 {
		method = b[:space]
	}
	for _, c := range method {
		if (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return no
		}
	}
	switch result := beginsRequest(b); {
	case result == no, space < 0:
		return result
	case space < 3, !usualTarget(b[space+1:], string(method)):
		return no
	default:
		return result
	}
}

// usualTarget accepts the four forms of RFC 9112, 3.2.
func usualTarget(target []byte, method string) bool {
	if len(target) == 0 || target[0] == '/' || method == "CONNECT" {
		return true
	}
	if target[0] == '*' {
		return method == "OPTIONS"
	}
	const scheme = "http"
	n := min(len(target), len(scheme))
	return string(target[:n]) == scheme[:n]
}

const maxMethod = 32

// cutRequestLine takes a request line apart: method, target and protocol.
func cutRequestLine(line string) (method, target, proto string, ok bool) {
	method, rest, _ := strings.Cut(line, " ")
	end := strings.LastIndexByte(rest, ' ')
	if end < 1 {
		return "", "", "", false
	}
	target, proto = strings.Trim(rest[:end], " "), rest[end+1:]
	return method, target, proto, target != "" && isHTTP1(proto)
}

// cutStatusLine takes a status line apart that beginsResponse accepts.
func cutStatusLine(line string) (proto string, status int, reason string) {
	const code = len("HTTP/1.1 ")
	for _, digit := range line[code : code+3] {
		status = status*10 + int(digit-'0')
	}
	return line[:code-1], status, strings.TrimPrefix(line[code+3:], " ")
}

func isHTTP1(proto string) bool {
	return len(proto) == len("HTTP/1.1") && strings.HasPrefix(proto, "HTTP/1.") && isDigit(proto[7])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isToken reports whether b consists of token characters (RFC 9110, 5.6.2).
func isToken(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return true
}

func trimCR(line string) string { return strings.TrimSuffix(line, "\r") }

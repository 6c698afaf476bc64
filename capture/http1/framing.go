// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// framing is how the length of a message's content is known.
type framing uint8

const (
	framedEmpty   framing = iota
	framedFixed           // by Content-Length
	framedChunked         // by the chunked transfer coding
	framedByEnd           // by the end of the connection
	framedPassing         // what follows is no HTTP: an upgrade or a tunnel
	framedBroken          // contradictory: nobody can tell
)

// requestFraming applies RFC 9112, 6.3 to a request.
func requestFraming(fields exchange.Fields) (framing, int64) {
	how, n := lengthFields(fields)
	if how == framedByEnd { // nothing says, or a transfer coding that is not chunked
		if _, state := fields.Get("Transfer-Encoding"); state == exchange.Known {
			return framedBroken, 0
		}
		return framedEmpty, 0
	}
	return how, n
}

// responseFraming applies RFC 9112, 6.3 to a final response to a request with
// this method.
func responseFraming(method string, s *exchange.Response) (framing, int64) {
	switch {
	case s.Status == 101, method == "CONNECT" && s.Status/100 == 2:
		return framedPassing, 0
	case method == "HEAD", s.Status/100 == 1, s.Status == 204, s.Status == 304:
		return framedEmpty, 0
	}
	return lengthFields(s.Fields)
}

// lengthFields reads the two fields that frame a content. Transfer-Encoding
// overrides Content-Length.
func lengthFields(fields exchange.Fields) (framing, int64) {
	if codings, state := fields.Values("Transfer-Encoding"); state == exchange.Known {
		if lastCoding(codings) == "chunked" {
			return framedChunked, 0
		}
		return framedByEnd, 0
	}
	lengths, state := fields.Values("Content-Length")
	if state != exchange.Known {
		return framedByEnd, 0
	}
	return fixedLength(lengths)
}

// lastCoding is the transfer coding applied last, without parameters.
func lastCoding(values []string) string {
	last := values[len(values)-1]
	last = last[strings.LastIndexByte(last, ',')+1:]
	last, _, _ = strings.Cut(last, ";")
	return strings.ToLower(strings.TrimSpace(last))
}

// fixedLength accepts one length, however often it is repeated.
func fixedLength(values []string) (framing, int64) {
	length := int64(-1)
	for _, value := range values {
		for text := range strings.SplitSeq(value, ",") {
			text = strings.TrimSpace(text)
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || !isDigit(text[0]) || length >= 0 && n != length {
				return framedBroken, 0
			}
			length = n
		}
	}
	if length == 0 {
		return framedEmpty, 0
	}
	return framedFixed, length
}

// chunkSize reads the line that begins a chunk (RFC 9112, 7.1).
func chunkSize(line []byte) (int64, bool) {
	digits := 0
	for digits < len(line) && isHex(line[digits]) {
		digits++
	}
	switch rest := line[digits:]; {
	case len(rest) == 0, rest[0] == ';', rest[0] == ' ', rest[0] == '\t', rest[0] == '\r':
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(string(line[:digits]), 16, 64)
	return n, err == nil
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// collector keeps the content of a message if it is wanted.
type collector struct {
	empty  bool // there is no content
	wanted bool
	cut    bool // what follows bytes is missing
	max    int  // of decoded bytes
	limit  int  // of bytes
	bytes  []byte
}

// want makes the collector keep content that decodes to at most limit bytes.
func (t *collector) want(limit int, fields exchange.Fields) {
	t.wanted, t.max, t.limit = true, max(limit, 0), max(limit, 0)
	if _, state := fields.Get("Content-Encoding"); state == exchange.Known {
		t.limit += t.limit/8 + 1<<10 // what cannot be compressed grows a little
	}
}

// add takes the next bytes and returns how many it kept.
func (t *collector) add(b []byte) int {
	if !t.wanted || t.cut {
		return 0
	}
	if room := t.limit - len(t.bytes); len(b) > room {
		b, t.cut = b[:room], true
	}
	t.bytes = append(t.bytes, b...)
	return len(b)
}

// result is the content in the model's terms; body comes with the media type.
func (t *collector) result(d *decoder, fields exchange.Fields, body exchange.Body) exchange.Body {
	switch {
	case t.empty:
		body.State = exchange.Known
		return body
	case !t.wanted || t.cut && len(t.bytes) == 0:
		return body
	}
	decoded, whole, ok := d.decode(t.bytes, contentCodings(fields), t.max)
	if !ok {
		return body
	}
	body.State, body.Bytes = exchange.Known, decoded
	body.Truncated = t.cut || !whole
	return body
}

// contentCodings lists the codings in the order in which they were applied
// (RFC 9110, 8.4).
func contentCodings(fields exchange.Fields) []string {
	values, _ := fields.Values("Content-Encoding")
	var codings []string
	for _, value := range values {
		for coding := range strings.SplitSeq(value, ",") {
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "" && coding != "identity" {
				codings = append(codings, coding)
			}
		}
	}
	return codings
}

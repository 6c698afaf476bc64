// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/logintrace/logintrace/capture/exchange"
)

// head is the list of field lines of one message.
type head struct {
	lines []exchange.Field
	bytes int

	seen    bool // there was a list
	missing bool // a line of it could not be read
	limited bool // a line of it was over a limit

	// authority and scheme are the pseudo header fields of HTTP/2 and 3, which
	// browsers list among the fields.
	authority, scheme string

	cookies []cookie
}

// read reads the member "headers".
func (h *head) read(c *cursor) error {
	*h = head{cookies: h.cookies}
	reader := fieldReader{cursor: c}
	member, element := reader.member, reader.element
	seen, err := c.array(func() error {
		if len(h.lines) >= maxFields {
			h.limited = true
			return c.skip()
		}
		reader.reset()
		if err := reader.read(member, element); err != nil {
			return err
		}
		h.add(&reader)
		return nil
	})
	h.seen = seen
	return err
}

// add files what was read of one field.
func (h *head) add(f *fieldReader) {
	switch {
	case f.long:
		h.limited = true
	case f.parts != 2 || f.name == "":
		h.missing = true
	case f.name[0] == ':':
		h.addPseudo(f.name, f.value)
	default:
		// Tools built on Chromium's debugging protocol join repeated fields
		// with line feeds, which no field value can hold.
		for value := range strings.SplitSeq(f.value, "\n") {
			h.addLine(f.name, value)
		}
	}
}

func (h *head) addPseudo(name, value string) {
	switch strings.ToLower(name) {
	case ":authority":
		h.authority = value
	case ":scheme":
		h.scheme = value
	}
}

func (h *head) addLine(name, value string) {
	h.bytes += len(name) + len(value)
	if h.bytes > maxFieldBytes || len(h.lines) >= maxFields {
		h.limited = true
		return
	}
	h.lines = append(h.lines, exchange.Field{Name: name, Value: value})
}

// has reports whether a line of that name was recorded.
func (h *head) has(name string) bool {
	for _, line := range h.lines {
		if strings.EqualFold(line.Name, name) {
			return true
		}
	}
	return false
}

// fields is the head as the model has it. The lines are shared.
func (h *head) fields(origin *exchange.Capture) exchange.Fields {
	return exchange.Fields{
		Lines:      h.lines,
		Incomplete: !h.seen || h.missing || h.limited,
		Origin:     origin,
	}
}

// fieldReader reads one field: {"name": …, "value": …} or, as Slack writes it,
// [name, value].
type fieldReader struct {
	cursor      *cursor
	name, value string
	parts       int  // how many of the two were read
	position    int  // in a pair
	long        bool // one of the two is over the limit
}

func (f *fieldReader) reset() { *f = fieldReader{cursor: f.cursor} }

func (f *fieldReader) read(member func([]byte) error, element func() error) error {
	var err error
	if f.cursor.dec.PeekKind() == jsontext.KindBeginArray {
		_, err = f.cursor.array(element)
	} else {
		_, err = f.cursor.object(member)
	}
	return err
}

func (f *fieldReader) member(name []byte) error {
	switch string(name) {
	case "name":
		return f.part(&f.name)
	case "value":
		return f.part(&f.value)
	}
	return f.cursor.skip()
}

func (f *fieldReader) element() error {
	f.position++
	switch f.position {
	case 1:
		return f.part(&f.name)
	case 2:
		return f.part(&f.value)
	}
	return f.cursor.skip()
}

func (f *fieldReader) part(dst *string) error {
	b, ok, err := f.cursor.bytes()
	switch {
	case !ok:
	case f.cursor.cut || len(b) > maxText:
		f.long = true
	default:
		*dst = string(b)
		f.parts++
	}
	return err
}

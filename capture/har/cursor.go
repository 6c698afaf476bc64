// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// cursor walks JSON text member by member. A value of another type than the one
// asked for is skipped and leaves the destination alone: exporters write null,
// numbers in quotes and worse, and no entry shall be lost over that. The errors
// it returns are those of the text: it is not JSON, or it ends.
type cursor struct {
	dec     *jsontext.Decoder
	clip    *clip
	scratch []byte

	// cut says whether the text read last was longer than the limit.
	cut bool
}

func newCursor(r io.Reader, limit int) *cursor {
	clip := newClip(r, limit)
	dec := jsontext.NewDecoder(clip, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	clip.consumed = dec.InputOffset
	return &cursor{dec: dec, clip: clip}
}

// offset is how many bytes of the text have been understood.
func (c *cursor) offset() int64 {
	return c.clip.inputOffset(c.dec.InputOffset())
}

func (c *cursor) skip() error { return c.dec.SkipValue() }

// object calls member for each name of an object; member must read or skip the
// value, and must not keep the name. It reports whether there was an object.
func (c *cursor) object(member func(name []byte) error) (bool, error) {
	if c.dec.PeekKind() != jsontext.KindBeginObject {
		return false, c.skip()
	}
	if _, err := c.dec.ReadToken(); err != nil {
		return false, err
	}
	for c.dec.PeekKind() != jsontext.KindEndObject {
		name, err := c.unquoted()
		if err != nil {
			return false, err
		}
		if err := member(name); err != nil {
			return false, err
		}
	}
	_, err := c.dec.ReadToken()
	return true, err
}

// array calls element for each element of an array; element must read or skip
// it. It reports whether there was an array.
func (c *cursor) array(element func() error) (bool, error) {
	if c.dec.PeekKind() != jsontext.KindBeginArray {
		return false, c.skip()
	}
	if _, err := c.dec.ReadToken(); err != nil {
		return false, err
	}
	for c.dec.PeekKind() != jsontext.KindEndArray {
		if err := element(); err != nil {
			return false, err
		}
	}
	_, err := c.dec.ReadToken()
	return true, err
}

// bytes reads a string, or the digits of a number, which some exporters leave
// unquoted. The bytes are valid until the next call.
func (c *cursor) bytes() ([]byte, bool, error) {
	c.cut = false
	switch c.dec.PeekKind() {
	case jsontext.KindString:
		text, err := c.unquoted()
		c.cut = c.clip.cutEndsAt(c.dec.InputOffset())
		return text, err == nil, err
	case jsontext.KindNumber:
		text, err := c.dec.ReadValue()
		return text, err == nil, err
	}
	return nil, false, c.skip()
}

// unquoted reads a string. Bytes that are not UTF-8 stay as they are unless the
// string has escapes; then they become U+FFFD, as a lone surrogate does.
func (c *cursor) unquoted() ([]byte, error) {
	raw, err := c.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	// The error would only say that there was no valid UTF-8.
	c.scratch, _ = jsontext.AppendUnquote(c.scratch[:0], raw)
	return c.scratch, nil
}

// text reads a short text.
func (c *cursor) text(dst *string) error {
	b, ok, err := c.bytes()
	if ok {
		if len(b) > maxText {
			b, c.cut = b[:maxText], true
		}
		*dst = string(b)
	}
	return err
}

// number is a number that may be missing. HAR writes -1 for unknown: so does
// anything negative here.
type number struct {
	value float64
	known bool
}

func (c *cursor) number(dst *number) error {
	b, ok, err := c.bytes()
	if !ok {
		return err
	}
	value, parseErr := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if parseErr == nil && value >= 0 {
		*dst = number{value, true}
	}
	return nil
}

// flag reads a boolean.
func (c *cursor) flag(dst *bool) error {
	kind := c.dec.PeekKind()
	if kind == jsontext.KindTrue || kind == jsontext.KindFalse {
		*dst = kind == jsontext.KindTrue
	}
	return c.skip()
}

// end checks that nothing but white space follows.
func (c *cursor) end() error {
	_, err := c.dec.ReadToken()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	return errTrailing
}

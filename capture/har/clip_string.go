// SPDX-License-Identifier: Apache-2.0

package har

import (
	"bytes"
	"math"
)

// stringState follows one JSON string from its opening to its closing quote.
type stringState struct {
	open bool

	// left is how much may still be passed on. An escape counts as one, so
	// that a string whose decoded text fits is never cut.
	left     int
	over     int  // how far the string is over its limit
	dropping bool // the tail is being left out

	escaped bool // the byte before was a backslash that escapes the next one
	hex     int  // digits of a \u escape still to come
	high    bool // the last escape is the first half of a surrogate pair
}

func newString(isName bool, limit int) stringState {
	if isName {
		limit = min(limit, maxName)
	}
	return stringState{open: true, left: limit}
}

// inside handles the next bytes of an open string.
func (c *clip) inside(p []byte) int {
	b := c.buf[c.r]
	if c.str.escaped {
		c.str.escaped = false
		if b == 'u' {
			c.str.hex = 4
		}
		return c.passOrDrop(p)
	}
	if c.str.hex > 0 {
		if c.str.digit(b) {
			return c.passOrDrop(p)
		}
		c.str.hex, c.str.high = 0, false
	}
	switch b {
	case '"':
		return c.closeString(p)
	case '\\':
		return c.backslash(p)
	}
	return c.plain(p)
}

// digit follows a digit of a \u escape; false if b is none.
func (s *stringState) digit(b byte) bool {
	if !isHex(b) {
		return false
	}
	lower := b | 0x20
	switch s.hex {
	case 4:
		s.high = lower == 'd'
	case 3: // D800 to DBFF
		s.high = s.high && (b == '8' || b == '9' || lower == 'a' || lower == 'b')
	}
	s.hex--
	return true
}

// passOrDrop handles one byte in the middle of an escape.
func (c *clip) passOrDrop(p []byte) int {
	if c.str.dropping {
		c.take(1)
		return 0
	}
	return c.pass(p, 1)
}

func (c *clip) closeString(p []byte) int {
	n := c.pass(p, 1)
	if c.str.dropping {
		c.mark(true)
	}
	c.str = stringState{}
	return n
}

// backslash begins an escape. The second half of a surrogate pair is passed on
// even over the limit, for the first half alone would mean something else.
func (c *clip) backslash(p []byte) int {
	s := &c.str
	switch {
	case s.dropping:
	case s.left > 0:
		s.left--
	case s.high && s.over == 0:
		s.over = 1
	default:
		s.dropping = true
	}
	s.escaped, s.high = true, false
	return c.passOrDrop(p)
}

// plain handles a run of bytes without quotes, and whole escapes among them.
func (c *clip) plain(p []byte) int {
	s := &c.str
	s.high = false
	switch {
	case s.dropping:
		n, _ := c.span(c.w-c.r, math.MaxInt)
		c.take(n)
		return 0
	case s.left == 0:
		return c.plainOver(p)
	}
	n, units := c.span(min(len(p), c.w-c.r), s.left)
	s.left -= units
	return c.pass(p, n)
}

// span measures what of the next n bytes needs no second look: plain bytes and
// escapes, at most so many units, up to the next quote. An escape that is not
// all there or that may be half of a surrogate pair at the limit is left alone.
//
// It looks for the next special byte one by one at first and then with
// IndexByte, because escapes come in swarms and plain text comes in miles.
func (c *clip) span(n, most int) (length, units int) {
	const near = 16
	text := c.buf[c.r : c.r+n]
	run := 0
	for i := 0; i < n && units < most; {
		switch b := text[i]; {
		case b == '"':
			return i, units
		case b == '\\':
			k := escapeLength(text[i:])
			if k == 0 || k == 6 && units+1 == most {
				return i, units
			}
			i, units, run = i+k, units+1, 0
		case run < near:
			i, units, run = i+1, units+1, run+1
		default:
			k := c.plainRun(c.r+i, min(n-i, most-units))
			i, units, run = i+k, units+k, 0
		}
		length = i
	}
	return length, units
}

// escapeLength is the length of the escape that text begins with, 0 if it is
// not complete or not valid.
func escapeLength(text []byte) int {
	switch {
	case len(text) < 2:
		return 0
	case text[1] != 'u':
		return 2
	case len(text) < 6 || !isHex(text[2]) || !isHex(text[3]) || !isHex(text[4]) || !isHex(text[5]):
		return 0
	}
	return 6
}

// plainOver completes a UTF-8 sequence that stands across the limit.
func (c *clip) plainOver(p []byte) int {
	const continuation = 0x80
	if c.buf[c.r]&0xC0 == continuation && c.str.over < 3 {
		c.str.over++
		return c.pass(p, 1)
	}
	c.str.dropping = true
	return 0
}

// plainRun is the number of bytes before the next quote or backslash from this
// place of the buffer on, at most n.
func (c *clip) plainRun(from, n int) int {
	if c.quoteAt <= from {
		c.quoteAt = c.w
		if i := bytes.IndexByte(c.buf[from:c.w], '"'); i >= 0 {
			c.quoteAt = from + i
		}
	}
	run := c.buf[from:min(c.quoteAt, from+n)]
	if i := bytes.IndexByte(run, '\\'); i >= 0 {
		return i
	}
	return len(run)
}

// SPDX-License-Identifier: Apache-2.0

package har

import (
	"errors"
	"io"
)

var (
	errTooDeep    = errors.New("objects and arrays are nested too deeply")
	errLongScalar = errors.New("a number or literal is too long")
	errTrailing   = errors.New("text follows behind the end of the document")
)

// clip is a reader that passes JSON text on with the tails of long strings cut
// off. It stands below the JSON decoder, which must hold every string whole and
// would otherwise need as much memory as the recording's longest string.
//
// A string ends up a little over its limit rather than inside an escape, a
// surrogate pair or a UTF-8 sequence. Long runs of white space are shortened as
// well, because the decoder would hold them too. Text that is not JSON passes
// unjudged: to refuse it is the decoder's part.
type clip struct {
	src   io.Reader
	limit int // for strings that are values; names have maxName
	buf   []byte
	r, w  int // buf[r:w] is still to be passed on
	err   error

	in, out int64 // bytes taken from src, bytes passed on
	marks   []mark

	// consumed, if set, says how far the decoder is, so that marks it has
	// passed can be forgotten.
	consumed func() int64

	nest    nesting
	spaces  int  // length of the white space at hand
	squeeze bool // the rest of that white space is left out
	scalar  int  // length of the number or literal at hand

	str     stringState
	quoteAt int // if above r: no quote stands in buf[r:quoteAt]
}

// A mark ties an offset in the output to one in the input, behind a place where
// something was left out.
type mark struct {
	out, in int64
	cut     bool // what ends here is a string that was cut
}

func newClip(src io.Reader, limit int) *clip {
	return &clip{src: src, limit: limit, buf: make([]byte, 64<<10)}
}

// Read implements io.Reader.
func (c *clip) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.forget()
	for {
		n := 0
		for c.r < c.w && n < len(p) {
			n += c.step(p[n:])
		}
		if n > 0 {
			return n, nil
		}
		if c.err != nil {
			return 0, c.err
		}
		c.fill()
	}
}

func (c *clip) fill() {
	c.r, c.quoteAt = 0, 0
	c.w, c.err = c.src.Read(c.buf)
}

// fail ends the output after n more bytes, so that the decoder has its say about
// these first, however they are read.
func (c *clip) fail(p []byte, n int, err error) int {
	n = c.pass(p, n)
	c.err = err
	c.w = c.r
	return n
}

// step passes on some of the input, of which there is at least one byte, and
// reports how many bytes of output that made.
func (c *clip) step(p []byte) int {
	switch {
	case c.str.open:
		return c.inside(p)
	case c.squeeze:
		c.skipSpace()
		return 0
	}
	return c.outside(p)
}

// take advances the input by n bytes.
func (c *clip) take(n int) {
	c.r += n
	c.in += int64(n)
}

// pass copies up to n bytes of input to p and reports how many it copied.
func (c *clip) pass(p []byte, n int) int {
	n = copy(p, c.buf[c.r:c.r+n])
	c.take(n)
	c.out += int64(n)
	return n
}

func (c *clip) mark(cut bool) {
	c.marks = append(c.marks, mark{c.out, c.in, cut})
}

// cutEndsAt reports whether the string that ends at this offset of the output
// was cut.
func (c *clip) cutEndsAt(out int64) bool {
	for i := len(c.marks) - 1; i >= 0 && c.marks[i].out >= out; i-- {
		if c.marks[i].out == out && c.marks[i].cut {
			return true
		}
	}
	return false
}

// inputOffset is the offset in the input of what stands at out in the output.
func (c *clip) inputOffset(out int64) int64 {
	for i := len(c.marks) - 1; i >= 0; i-- {
		if m := c.marks[i]; m.out <= out {
			return m.in + out - m.out
		}
	}
	return out
}

// forget drops the marks that the decoder has passed, except the last one,
// which offsets are still counted from.
func (c *clip) forget() {
	if len(c.marks) < 64 || c.consumed == nil {
		return
	}
	done, keep := c.consumed(), 0
	for keep+1 < len(c.marks) && c.marks[keep+1].out <= done {
		keep++
	}
	c.marks = append(c.marks[:0], c.marks[keep:]...)
}

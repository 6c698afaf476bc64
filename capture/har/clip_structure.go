// SPDX-License-Identifier: Apache-2.0

package har

// nesting knows of each open object or array which of the two it is, and thus
// which strings are names.
type nesting struct {
	depth   int
	objects [maxDepth/64 + 1]uint64
	name    bool // the next string is a name
}

// see follows one byte that stands outside strings; false means too deep.
func (n *nesting) see(b byte) bool {
	switch b {
	case '{', '[':
		n.depth++
		if n.depth > maxDepth {
			return false
		}
		bit := uint64(1) << (n.depth % 64)
		n.objects[n.depth/64] &^= bit
		if b == '{' {
			n.objects[n.depth/64] |= bit
		}
		n.name = b == '{'
	case '}', ']':
		n.depth = max(n.depth-1, 0)
		n.name = false
	case ',':
		n.name = n.objects[n.depth/64]>>(n.depth%64)&1 == 1
	case ':':
		n.name = false
	}
	return true
}

// outside passes on input up to and including the next opening quote.
func (c *clip) outside(p []byte) int {
	text := c.buf[c.r:min(c.w, c.r+len(p))]
	for i, b := range text {
		switch b {
		case ' ', '\n', '\t', '\r':
			c.scalar = 0
			if c.spaces++; c.spaces > maxSpace {
				c.squeeze = true
				return c.pass(p, i)
			}
			continue
		case '"':
			c.scalar, c.spaces = 0, 0
			c.str = newString(c.nest.name, c.limit)
			return c.pass(p, i+1)
		case '{', '}', '[', ']', ',', ':':
			c.scalar = 0
			if !c.nest.see(b) {
				return c.fail(p, i, errTooDeep)
			}
		default:
			if c.scalar++; c.scalar > maxScalar {
				return c.fail(p, i, errLongScalar)
			}
		}
		c.spaces = 0
	}
	return c.pass(p, len(text))
}

// skipSpace leaves out white space up to the next byte that is none.
func (c *clip) skipSpace() {
	n := 0
	for _, b := range c.buf[c.r:c.w] {
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			c.squeeze, c.spaces = false, 0
			break
		}
		n++
	}
	c.take(n)
	if !c.squeeze {
		c.mark(false)
	}
}

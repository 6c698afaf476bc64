// SPDX-License-Identifier: Apache-2.0

package reassembly

// handshakeTime is how long before its answer a SYN may have been sent: it is sent again
// after a second (RFC 6298, 2.1).
const handshakeTime = 1e9

// judge notes what is known to be missing when no more segments come: content at the end
// that was acknowledged, and one of two SYNs.
func (c *connection) judge() {
	for side := range c.halves {
		h := &c.halves[side]
		if h.hasAcked && h.anchored && distance(h.acked, h.next) > 0 {
			c.lose(h.seen, c.used)
		}
	}
	if c.syn[0] != c.syn[1] && (c.sink != nil || c.answered()) {
		c.lose(c.First-handshakeTime, c.First)
	}
}

// answered reports whether the one SYN that was captured acknowledges another.
func (c *connection) answered() bool { return c.HasClient && !c.syn[c.Client] }

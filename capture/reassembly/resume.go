// SPDX-License-Identifier: Apache-2.0

package reassembly

// maxLeap is how far the numbers of a stream may be from where it was left for
// Resumes to believe in it: what a fast network carries in a moment, and with
// random numbers a chance of 1 in 32.
const maxLeap = 64 << 20

// Resumes reports whether a segment goes on with a connection that is under way:
// between the same ends, not closed, and with a sequence number near the last one
// (RFC 9293, 3.4). A SYN begins a connection and resumes none.
func (a *Assembler) Resumes(s *Segment) bool {
	k, from := keyOf(s)
	c := a.table[k]
	if c == nil || s.Flags&(SYN|RST) != 0 || c.halves[0].ended && c.halves[1].ended {
		return false
	}
	h := &c.halves[from]
	if !h.anchored {
		return false
	}
	d := distance(s.Sequence, h.next)
	return -maxLeap < d && d < maxLeap
}

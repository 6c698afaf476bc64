// SPDX-License-Identifier: Apache-2.0

package exchange

import "time"

// Span is a time within which something that was sent is not in a capture.
type Span struct{ From, To time.Time }

// MostLost is how many spans a capture keeps apart; beyond that the last one is widened.
const MostLost = 1024

// Lose notes that packets of a span were not captured.
func (c *Capture) Lose(s Span) {
	if len(c.Lost) < MostLost {
		c.Lost = append(c.Lost, s)
		return
	}
	last := &c.Lost[MostLost-1]
	if s.From.Before(last.From) {
		last.From = s.From
	}
	if s.To.After(last.To) {
		last.To = s.To
	}
}

// nearby is how far from a packet that is known to be lost others may be lost that
// nothing tells of, such as those of a whole connection.
const nearby = time.Second

// MayLack reports whether the capture may lack something that was sent between two
// times, because packets of that time were not captured. What it does not show is then
// not known to be absent. A time that is zero is unknown; a nil capture lacks nothing.
func (c *Capture) MayLack(from, to time.Time) bool {
	if c == nil {
		return false
	}
	for _, s := range c.Lost {
		if (to.IsZero() || !s.From.Add(-nearby).After(to)) && (from.IsZero() || !s.To.Add(nearby).Before(from)) {
			return true
		}
	}
	return false
}

// SPDX-License-Identifier: Apache-2.0

package exchange

import "time"

// Unread is a connection whose content is not HTTP in clear, such as TLS, and the time
// within which it was sent.
type Unread struct {
	Client, Server Endpoint
	Span

	// End says that nothing but the end of the connection was captured: it had idled since
	// before the capture, or its packets were lost.
	End bool
}

// MostUnread is how many of them a capture keeps; of more than that it is not known when
// and between whom they were.
const MostUnread = 1024

// Asked reports whether an address may have asked a server between two times in a way
// that cannot be read.
func (c *Capture) Asked(address string, from, to time.Time) bool {
	return c.unread(address, from, to, false)
}

// Ended reports whether a connection of which no more than its end was captured was an
// address's, as a client, between two times.
func (c *Capture) Ended(address string, from, to time.Time) bool {
	return c.unread(address, from, to, true)
}

func (c *Capture) unread(address string, from, to time.Time, endsOnly bool) bool {
	for _, u := range c.Unread {
		if u.Client.Address == address && !u.From.After(to) && !u.To.Before(from) && (u.End || !endsOnly) {
			return true
		}
	}
	return len(c.Unread) >= MostUnread
}

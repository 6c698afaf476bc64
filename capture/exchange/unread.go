// SPDX-License-Identifier: Apache-2.0

package exchange

import "time"

// Unread is a connection whose content is not HTTP in clear, such as TLS, and the time
// within which it was sent.
type Unread struct {
	Client, Server Endpoint
	Span
}

// MostUnread is how many of them a capture keeps; of more than that it is not known when
// and between whom they were.
const MostUnread = 1024

// Asked reports whether an address may have asked a server between two times in a way
// that cannot be read.
func (c *Capture) Asked(address string, from, to time.Time) bool {
	for _, u := range c.Unread {
		if u.Client.Address == address && !u.From.After(to) && !u.To.Before(from) {
			return true
		}
	}
	return len(c.Unread) >= MostUnread
}

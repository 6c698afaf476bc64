// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"
	"time"
)

// timings are the phases of an entry in milliseconds. ssl is not among them,
// for HAR counts it into connect.
type timings struct {
	blocked, dns, connect, send, wait number
}

func (t *timings) read(c *cursor) error {
	_, err := c.object(func(name []byte) error {
		switch string(name) {
		case "blocked":
			return c.number(&t.blocked)
		case "dns":
			return c.number(&t.dns)
		case "connect":
			return c.number(&t.connect)
		case "send":
			return c.number(&t.send)
		case "wait":
			return c.number(&t.wait)
		}
		return c.skip()
	})
	return err
}

// answered is when the response began, or zero if that cannot be told. A phase
// that is missing took no time; without wait nothing is known.
func (t *timings) answered(started time.Time) time.Time {
	const longest = 24 * time.Hour
	sum := t.blocked.value + t.dns.value + t.connect.value + t.send.value + t.wait.value
	milliseconds := float64(longest / time.Millisecond)
	if started.IsZero() || !t.wait.known || !(sum <= milliseconds) {
		return time.Time{}
	}
	return started.Add(time.Duration(sum * float64(time.Millisecond)))
}

// parseTime reads ISO 8601 as exporters write it: any number of fractional
// digits, an offset with or without colon, or none at all, which is taken for
// UTC. What cannot be read is the zero time.
func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05Z07",
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC() // or else the zone of this machine may show
		}
	}
	return time.Time{}
}

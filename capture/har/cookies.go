// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// cookie is one element of a member "cookies".
type cookie struct {
	name, value                     string
	path, domain, expires, sameSite string
	httpOnly, secure                bool
}

// readCookies reads the member "cookies".
func (h *head) readCookies(c *cursor) error {
	h.cookies = nil
	size := 0
	var at cookie
	member := func(name []byte) error { return at.member(c, name) }
	_, err := c.array(func() error {
		if len(h.cookies) >= maxFields || size > maxFieldBytes {
			h.limited = true
			return c.skip()
		}
		at = cookie{}
		if _, err := c.object(member); err != nil {
			return err
		}
		size += len(at.name) + len(at.value) + len(at.path) + len(at.domain)
		if at.name != "" || at.value != "" {
			h.cookies = append(h.cookies, at)
		}
		return nil
	})
	return err
}

func (k *cookie) member(c *cursor, name []byte) error {
	switch string(name) {
	case "name":
		return c.text(&k.name)
	case "value":
		return c.text(&k.value)
	case "path":
		return c.text(&k.path)
	case "domain":
		return c.text(&k.domain)
	case "expires":
		return c.text(&k.expires)
	case "sameSite":
		return c.text(&k.sameSite)
	case "httpOnly":
		return c.flag(&k.httpOnly)
	case "secure":
		return c.flag(&k.secure)
	}
	return c.skip()
}

// addCookieField adds the Cookie line that the array "cookies" speaks of, if
// the exporter left the line itself out. The line is our wording: its cookies
// are those of the array, in that order.
func (h *head) addCookieField() {
	if len(h.cookies) == 0 || h.has("Cookie") {
		return
	}
	pairs := make([]string, len(h.cookies))
	for i, cookie := range h.cookies {
		pairs[i] = cookie.name + "=" + cookie.value
	}
	h.lines = append(h.lines, exchange.Field{Name: "Cookie", Value: strings.Join(pairs, "; ")})
}

// addSetCookieFields does the same for a response, one line for each cookie,
// with the attributes that the array knows. Max-Age, for one, it never knows.
func (h *head) addSetCookieFields() {
	if len(h.cookies) == 0 || h.has("Set-Cookie") {
		return
	}
	for _, cookie := range h.cookies {
		h.lines = append(h.lines, exchange.Field{Name: "Set-Cookie", Value: cookie.setCookie()})
	}
}

func (k *cookie) setCookie() string {
	var b strings.Builder
	b.WriteString(k.name + "=" + k.value)
	attribute := func(name, value string) {
		if value != "" {
			b.WriteString("; " + name + "=" + value)
		}
	}
	attribute("Path", k.path)
	attribute("Domain", k.domain)
	if expires := parseTime(k.expires); !expires.IsZero() {
		attribute("Expires", expires.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	}
	attribute("SameSite", k.sameSite)
	if k.httpOnly {
		b.WriteString("; HttpOnly")
	}
	if k.secure {
		b.WriteString("; Secure")
	}
	return b.String()
}

// splitSetCookie undoes what Safari does to repeated Set-Cookie fields: it
// joins them with commas. A comma begins a new cookie if a token and "=" follow,
// as they do not in "Expires=Wed, 21 Oct 2026". This is a guess: a cookie value
// that holds ", name=" is torn apart.
func splitSetCookie(lines []exchange.Field) []exchange.Field {
	var split []exchange.Field
	for _, line := range lines {
		if !strings.EqualFold(line.Name, "Set-Cookie") {
			split = append(split, line)
			continue
		}
		for _, value := range splitAtCookies(line.Value) {
			split = append(split, exchange.Field{Name: line.Name, Value: value})
		}
	}
	return split
}

func splitAtCookies(joined string) []string {
	var values []string
	start := 0
	for i := range len(joined) {
		if joined[i] != ',' {
			continue
		}
		rest := strings.TrimLeft(joined[i+1:], " \t")
		if name, _, found := strings.Cut(rest, "="); found && isToken(name) {
			values = append(values, joined[start:i])
			start = len(joined) - len(rest)
		}
	}
	return append(values, joined[start:])
}

// isToken implements RFC 9110, 5.6.2.
func isToken(s string) bool {
	for _, b := range []byte(s) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		digit := b >= '0' && b <= '9'
		if !letter && !digit && strings.IndexByte("!#$%&'*+-.^_`|~", b) < 0 {
			return false
		}
	}
	return s != ""
}

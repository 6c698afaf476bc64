// SPDX-License-Identifier: Apache-2.0

package party

import "strings"

// Apache keeps the order and case of the client's lines, puts X-Forwarded-For,
// X-Forwarded-Host and X-Forwarded-Server behind them, or adds to them where they
// stand, and ends with its own Connection (Apache 2.4.71 run; mod_proxy, on by
// ProxyAddHeaders).
func apacheRequest(s view) []mark {
	c := s.request
	server := position(c.lines, "X-Forwarded-Server")
	if server < 1 || c.lines[server].Name != "X-Forwarded-Server" || byGo(c.lines) || c.lines[0].Name != "Host" {
		return nil
	}
	last := c.lines[len(c.lines)-1]
	switch {
	case position(c.lines, "X-Forwarded-For") < 0 || position(c.lines, "X-Forwarded-Host") < 0 || last.Name != "Connection":
		return nil
	case c.compared && (!c.keptOrder() || !c.keptCase() || !c.ours("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Server")):
		return nil
	case !c.compared && !(server == len(c.lines)-1-framing(c.lines) && c.lines[server-1].Name == "X-Forwarded-Host"):
		return nil
	}
	return []mark{requestMark(c, Apache, Likely, Likely, []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Server"},
		"these three behind the client's lines, which it left as they were, and Connection at the end, as Apache does")}
}

// framing counts the lines about content and connection at the end.
func framing(lines []line) int {
	n := 0
	for n < len(lines) && perHop(lines[len(lines)-1-n].Name) && !strings.EqualFold(lines[len(lines)-1-n].Name, "Host") {
		n++
	}
	return n
}

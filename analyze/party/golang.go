// SPDX-License-Identifier: Apache-2.0

package party

import (
	"net/textproto"
	"slices"
	"strings"
)

// byGo reports whether the head was written by Go: Host, User-Agent, the framing,
// and then all others by name and with Go's capitals (Go 1.24, net/http,
// Request.write; seen with Caddy 2.6.2).
func byGo(lines []line) bool {
	if len(lines) < 6 || lines[0].Name != "Host" || lines[1].Name != "User-Agent" {
		return false
	}
	rest := names(lines[2:])
	for len(rest) > 0 && (rest[0] == "Content-Length" || rest[0] == "Transfer-Encoding" || rest[0] == "Trailer") {
		rest = rest[1:]
	}
	return len(rest) >= 4 && slices.IsSorted(rest) && !slices.ContainsFunc(rest, func(name string) bool {
		return textproto.CanonicalMIMEHeaderKey(name) != name
	})
}

// ours reports whether the request carries all of these names, and the
// intermediary may have written the last of them.
func (c change) ours(list ...string) bool {
	for i, name := range list {
		at := position(c.lines, name)
		if at < 0 || i == len(list)-1 && c.before != nil && c.wrote(name, c.lines[at].Value) != itself {
			return false
		}
	}
	return true
}

// Traefik always sets X-Forwarded-Server, to its host name, besides these (Traefik
// 3.5.4 run; 2.11 and 3.7, pkg/middlewares/forwardedheaders/forwarded_header.go). A
// middleware with customRequestHeaders takes those of the client away again, as is
// often advised; then others may have written the rest.
func traefikRequest(s view) []mark {
	c := s.request
	list := []string{"X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Forwarded-Server"}
	if !byGo(c.lines) || !c.ours(list...) || viaOfOthers(c) {
		return nil
	}
	clients := []string{"X-Forwarded-For", "X-Real-Ip"}
	lacking := slices.DeleteFunc(slices.Clone(clients), func(name string) bool { return position(c.lines, name) >= 0 })
	if len(lacking) > 0 {
		return []mark{requestMark(c, Traefik, Possible, Likely, list,
			"lines ordered by name, as Go writes them, with X-Forwarded-Server and others that Traefik sets; that "+strings.Join(lacking, " and ")+" are missing is the work of its configuration")}
	}
	return []mark{requestMark(c, Traefik, Likely, Likely, append(clients, list...),
		"lines ordered by name, as Go writes them, with X-Forwarded-Server and the others that Traefik sets")}
}

// viaOfOthers: Traefik writes no Via, and another intermediary in Go would order
// Traefik's lines the same way.
func viaOfOthers(c change) bool {
	return slices.ContainsFunc(c.lines, func(l line) bool { return l.Name == "Via" && l.from < 0 })
}

// Caddy sets three fields and no others, and a Via since 2.10, which is in the
// table (Caddy 2.6.2 run). Any program with Go's httputil.ReverseProxy may set the
// same three (Go 1.20, ProxyRequest.SetXForwarded).
func caddyRequest(s view) []mark {
	c := s.request
	list := []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}
	if !byGo(c.lines) || !c.ours(list...) || viaOfOthers(c) {
		return nil
	}
	for _, name := range []string{"X-Forwarded-Server", "X-Forwarded-Port", "X-Real-Ip"} {
		if i := position(c.lines, name); i >= 0 && c.lines[i].from < 0 {
			return nil
		}
	}
	return []mark{requestMark(c, Caddy, Possible, Possible, list,
		"lines ordered by name, as Go writes them, with these three and no others, as Caddy does among others")}
}

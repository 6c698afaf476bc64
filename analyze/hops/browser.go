// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/capture/exchange"
)

// isBrowsers reports whether a sighting is in the recording of a browser.
func isBrowsers(s *Sighting) bool { return ofBrowser(s.Ref.Capture) }

func ofBrowser(c *exchange.Capture) bool { return c != nil && c.Kind == exchange.KindHAR }

// Encrypted reports whether a browser's recording says that it spoke https here. What
// was read from the wire was sent in clear.
func (h *Hop) Encrypted() bool { return isBrowsers(h.Sightings[0]) && h.Sightings[0].Scheme == "https" }

// withBrowser puts a browser's recording and the first hop on the wire together
// when these can only be one connection, with its destination translated: plain
// http from a public address, with no trace of a proxy in front. Of a WebSocket the
// scheme is ws (RFC 6455, 3).
func (p Path) withBrowser() Path {
	if len(p) < 2 || p[0].From.Address != "" || !plainScheme(p[0].Sightings[0].Scheme) || p.Adjacent(1) || !p.beginsUntouched(1) {
		return p
	}
	for _, s := range p[0].Sightings {
		p[1].take(s)
	}
	return p[1:].numbered()
}

func plainScheme(scheme string) bool { return scheme == "http" || scheme == "ws" }

// proxyTraces are the fields that no browser sends by itself.
var proxyTraces = append([]string{"Via", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Request-Id"}, carriers...)

// BeginsUntouched reports whether the first hop comes from a public address and
// bears no trace of a proxy: no field that browsers do not send, and not the HTTP/1.0
// or the names in lower case in which many proxies write.
func (p Path) BeginsUntouched() bool { return len(p) > 0 && p.beginsUntouched(0) }

func (p Path) beginsUntouched(i int) bool {
	if p[i].From.Address == "" || iprecovery.IsInternal(p[i].From.Address) {
		return false
	}
	if p[i].writtenByProxy() {
		return false
	}
	for _, name := range proxyTraces {
		if _, state := p[i].Head().Values(name); state != exchange.Absent {
			return false
		}
	}
	return true
}

// BeginsBehindProxy reports whether a proxy sends the first hop that was seen. That it
// names a client proves nothing, for a client can write that as well.
func (p Path) BeginsBehindProxy() bool {
	if len(p) == 0 {
		return false
	}
	_, via := p[0].Head().Values("Via")
	return p[0].From.Address != "" && (via == exchange.Known || p[0].writtenByProxy())
}

// writtenByProxy reports whether a head is in the HTTP/1.0 or the lower case in which
// many proxies write, and no browser.
func (h *Hop) writtenByProxy() bool {
	first := h.Sightings[0]
	return first.Proto == "HTTP/1.0" || first.Proto == "HTTP/1.1" && spelled(first.Head, "Host") == "host"
}

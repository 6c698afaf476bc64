// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// target says what kind of thing a request URL names.
type target int

const (
	targetHTTP    target = iota // http, https, ws, wss, or relative to a host
	targetOther                 // data:, blob:, chrome-extension:, about: and the like
	targetUnknown               // no URL that anything could be done with
)

// parseURL takes a URL apart without changing a byte of its parts. User
// information and fragment are left out: neither is sent.
func parseURL(raw, method string) (exchange.URL, target) {
	raw, _, _ = strings.Cut(strings.TrimSpace(raw), "#")
	if method == "CONNECT" && !strings.Contains(raw, "/") {
		return exchange.URL{Host: raw}, targetHTTP
	}
	if strings.HasPrefix(raw, "/") {
		return splitQuery(exchange.URL{}, raw), targetHTTP
	}
	scheme, rest, found := strings.Cut(raw, ":")
	if !found || scheme == "" {
		return exchange.URL{}, targetUnknown
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ws", "wss":
	default:
		return exchange.URL{}, targetOther
	}
	rest, found = strings.CutPrefix(rest, "//")
	if !found {
		return exchange.URL{}, targetUnknown
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	host = host[strings.LastIndexByte(host, '@')+1:]
	return splitQuery(exchange.URL{Scheme: scheme, Host: host}, rest[end:]), targetHTTP
}

func splitQuery(u exchange.URL, rest string) exchange.URL {
	u.Path, u.RawQuery, _ = strings.Cut(rest, "?")
	return u
}

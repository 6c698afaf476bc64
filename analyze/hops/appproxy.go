// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// appProxyFields are what http-proxy, on which configurable-http-proxy is built,
// adds to every request, in its order: an element without a space to a list that
// came in, or a line behind all others (http-proxy-3 1.23.3, run with
// configurable-http-proxy 5.3.0).
var appProxyFields = []string{"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}

// WrittenByAppProxy reports whether a request is as configurable-http-proxy sends it
// on. Others write these names in lower case, too, such as HAProxy when it is told
// to; they write them in another order and make no lists.
func WrittenByAppProxy(head exchange.Fields) bool {
	own, previous := ownLines(head), -1
	for _, name := range appProxyFields {
		switch at := onlyLine(head, name); {
		case at < 0:
			return false
		case at >= own && at > previous:
			previous = at
		case !endsUnspaced(head.Lines[at].Value):
			return false
		}
	}
	// It writes the host, too, if nobody did, but not when a WebSocket is opened.
	return lowerCase(head) && (onlyLine(head, "x-forwarded-host") >= 0 || onlyLine(head, "upgrade") >= 0)
}

// ByAppProxy reports whether the i-th hop is sent by configurable-http-proxy to the
// application: nothing goes on from there.
func (p Path) ByAppProxy(i int) bool {
	return p[i].Connection == p[len(p)-1].Connection && (p[i].known || WrittenByAppProxy(p[i].Head()))
}

// knowProxies notes the last hops whose heads are cut and that lead from where to where
// others are sent by configurable-http-proxy.
func knowProxies(requests []*Request) {
	type ends struct {
		from string
		to   exchange.Endpoint
	}
	known := map[ends]bool{}
	for _, r := range requests {
		if h := r.Path.last(); h != nil && WrittenByAppProxy(h.Head()) {
			known[ends{h.From.Address, h.To}] = true
		}
	}
	for _, r := range requests {
		if h := r.Path.last(); h != nil && r.Path.MayEndEarlier() {
			h.known = known[ends{h.From.Address, h.To}]
		}
	}
}

func (p Path) last() *Hop {
	if len(p) == 0 {
		return nil
	}
	return p[len(p)-1]
}

// MayEndEarlier reports whether the head of the last hop is cut, and what there is of it
// may be as configurable-http-proxy writes: whether the application comes next is then
// not known.
func (p Path) MayEndEarlier() bool {
	head := p[len(p)-1].Head()
	return head.Incomplete && lowerCase(head) && !p.ByAppProxy(len(p)-1)
}

// ownLines is where the lines begin behind which there is none of the client's.
func ownLines(head exchange.Fields) int {
	at := len(head.Lines)
	for at > 0 && (perHop(head.Lines[at-1].Name) || forwards(head.Lines[at-1].Name)) {
		at--
	}
	return at
}

// onlyLine is the index of the one line called name, or -1.
func onlyLine(head exchange.Fields, name string) int {
	at := -1
	for i, line := range head.Lines {
		if !strings.EqualFold(line.Name, name) {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

// endsUnspaced reports whether a value is a list whose last comma has no space
// behind it.
func endsUnspaced(value string) bool {
	i := strings.LastIndexByte(value, ',')
	return i > 0 && i < len(value)-1 && value[i+1] != ' '
}

// lowerCase reports whether all names are written so, as Node does; those of the
// connection it writes itself, with capitals.
func lowerCase(head exchange.Fields) bool {
	for _, line := range head.Lines {
		if line.Name != strings.ToLower(line.Name) && !perHop(line.Name) {
			return false
		}
	}
	return true
}

// perHop reports whether a field is about a connection or the framing of a message.
func perHop(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "keep-alive", "expect", "proxy-connection":
		return true
	}
	return false
}

// forwards reports whether proxies write a field, and no browser does.
func forwards(name string) bool {
	switch strings.ToLower(name) {
	case "x-real-ip", "x-scheme", "x-request-id", "forwarded", "via":
		return true
	}
	return Watched(name) && strings.HasPrefix(strings.ToLower(name), "x-")
}

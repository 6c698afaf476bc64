// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"net/netip"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/proxyproto"
)

// A PROXY protocol header is part of the first request as far as answers go: a
// server that does not expect it takes it for a request line and answers 400, and
// may do so before the request behind it was sent. So the pair of the first request
// is made when the header is read, and filled in when the request comes. A
// connection that is closed after the header, as health checks do, gives none.

// announce is told of a header, which is in buf, and what is wrong with it.
func (s *stream) announce(h *proxyproto.Header, err error) {
	c, r := s.conn, s.conn.reader
	if c.announced != nil {
		return // to the receiver a second one is content; the first is what it reads
	}
	c.announced = &exchange.ProxyHeader{
		Version: h.Version, Local: h.Local,
		Source: announcedEnd(h.Source), Destination: announcedEnd(h.Destination),
		Authority: h.Authority(), UniqueID: string(h.UniqueID()),
		Frame: s.frame,
	}
	if err != nil {
		c.announced.Problem = err.Error()
	}
	p := s.newPair()
	p.bare = true
	p.x.Ref = r.ref(s.first.Frame, s.frame)
	p.x.Request = exchange.Request{Method: "PROXY", Fields: exchange.Fields{Incomplete: true, Origin: r.capture}}
	p.hold(r, pairCost+len(c.announced.Authority)+len(c.announced.UniqueID))
	c.pairing.request(p)
}

func announcedEnd(a netip.AddrPort) exchange.Endpoint {
	if !a.IsValid() {
		return exchange.Endpoint{}
	}
	return endpoint(a)
}

// begun is the pair that was made for a header and waits for its request, or nil.
// After a gap the request at hand may be a later one: then the pair waits no more.
func (g *pairing) begun(afterGap bool) *pair {
	for _, p := range g.queue {
		if !p.bare {
			continue
		}
		if afterGap {
			p.requestDone = true
			if !p.answered {
				g.abandon(p, notCaptured)
			}
			g.progress(p)
			return nil
		}
		p.bare = false
		return p
	}
	return nil
}

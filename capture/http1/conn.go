// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// kind is what a connection carries.
type kind uint8

const (
	undecided kind = iota
	isHTTP
	isEncrypted
	isOther
)

// conn is one connection. It implements reassembly.Sink.
type conn struct {
	reader  *Reader
	of      *reassembly.Connection
	id      string
	ends    [2]exchange.Endpoint
	kind    kind
	streams [2]stream
	pairing pairing

	// client is the side that sends requests, once hasClient is set.
	client    reassembly.Side
	hasClient bool

	announced *exchange.ProxyHeader // with which the client began; nil: none

	// tunnel says that what follows the messages at hand is no HTTP.
	tunnel bool

	gaps    int
	sent    [2]int64 // how far each stream has come
	records int      // segments that begin like TLS records
	spoken  [2]int64 // when the first and the last content was captured; 0: none
	ended   [2]bool
	length  [2]int64 // where the streams ended
}

func newConn(r *Reader, of *reassembly.Connection) *conn {
	c := &conn{reader: r, of: of, id: strconv.Itoa(of.ID)}
	for side := range c.streams {
		c.ends[side] = endpoint(of.Ends[side])
		s := &c.streams[side]
		s.conn, s.side, s.acked = c, reassembly.Side(side), unacknowledged
	}
	c.pairing.conn = c
	c.pairing.ordered = true
	return c
}

func endpoint(a netip.AddrPort) exchange.Endpoint {
	return exchange.Endpoint{Address: a.Addr().String(), Port: int(a.Port())}
}

// Data implements reassembly.Sink.
func (c *conn) Data(from reassembly.Side, b []byte, at reassembly.Position) {
	c.sent[from] = at.Offset + int64(len(b))
	if c.spoken[0] == 0 {
		c.spoken[0] = at.Nanos
	}
	c.spoken[1] = max(c.spoken[1], at.Nanos)
	if c.kind == isOther || c.kind == isEncrypted {
		return
	}
	c.streams[from].data(b, at)
}

// Gap implements reassembly.Sink.
func (c *conn) Gap(from reassembly.Side, n int64, at reassembly.Position) {
	c.gaps++
	c.sent[from] = at.Offset + n
	if c.kind == isOther || c.kind == isEncrypted {
		return
	}
	c.streams[from].gap(n, at)
}

// End implements reassembly.Sink.
func (c *conn) End(from reassembly.Side, why reassembly.Ending, at reassembly.Position) {
	s := &c.streams[from]
	c.pairing.ending(from, why, at)
	s.end(why, at)
	c.ended[from], c.length[from] = true, at.Offset
	switch {
	case !c.hasClient:
	case from != c.client:
		c.pairing.serverEnded(why, s.whole(), c.ended[c.client])
	case why == reassembly.Aborted && c.pairing.ended != nil && c.pairing.ended.ByClient:
		c.pairing.noResponse = gone
	}
	if c.ended[0] && c.ended[1] {
		c.pairing.abandonAll(c.length[c.client], c.length[c.client.Other()])
	}
}

// Done implements reassembly.Sink.
func (c *conn) Done(segments int) {
	ledger := &c.reader.capture.Ledger
	c.reader.lost(c.of)
	if c.kind != isHTTP && c.spoken[0] != 0 {
		c.reader.unread(c.of, exchange.Span{From: time.Unix(0, c.spoken[0]), To: time.Unix(0, c.spoken[1])}, false)
	}
	switch {
	case c.kind == isHTTP:
		ledger.Used += segments
		ledger.Gaps += c.gaps
	case c.kind == isEncrypted, c.kind == undecided && c.records > 0:
		if c.kind == undecided {
			c.reader.encrypted.add(c.serverPort(), "")
		}
		ledger.Encrypted += segments
	default:
		ledger.NotHTTP += segments
	}
}

// serverPort is the port of the server, or the lower one if that is not known.
func (c *conn) serverPort() int {
	if c.of.HasClient {
		return c.ends[c.of.Client.Other()].Port
	}
	return min(c.ends[0].Port, c.ends[1].Port)
}

// learnClient takes over what the handshake told.
func (c *conn) learnClient() {
	if !c.hasClient && c.of.HasClient {
		c.client, c.hasClient = c.of.Client, true
	}
}

// learn takes a message for proof of who the client is, if that is not known.
func (c *conn) learn(side reassembly.Side, isRequest bool) {
	if c.hasClient {
		return
	}
	c.client, c.hasClient = side, true
	if !isRequest {
		c.client = side.Other()
	}
}

// isClient reports whether a side is known to send the requests.
func (c *conn) isClient(side reassembly.Side) bool { return c.hasClient && side == c.client }

// pass makes both streams pass over whatever follows.
func (c *conn) pass() {
	c.tunnel = true
	for side := range c.streams {
		if s := &c.streams[side]; !s.inMessage() {
			s.drop()
			s.state = passing
		}
	}
}

// decide says that the connection carries something else.
func (c *conn) decide(k kind) {
	c.kind = k
	c.pass()
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// Responses come in the order of their requests (RFC 9112, 9.3). That decides as
// long as no message can be hidden in a gap. When one can, this is what proves
// that a response belongs to a request, if the client does not pipeline:
//
//   - The client sends a request when it has received the whole response before
//     it and nothing more. So what its first segment acknowledges is where the
//     response begins.
//   - The server begins a response when it has received its request and nothing
//     after it. So what the first segment of the response acknowledges is inside
//     the request (an early response) or at its end.
//
// Two requests that acknowledge the same show that the client does pipeline;
// then nothing is proven. What shows that no request was sent together with this
// one, hidden in a gap before it, is that the server's last bytes before the
// response acknowledge everything up to this request and nothing of it. Without
// that, a response too many would show before the next request, which must come
// right after this one and acknowledge this response to its end: until then the
// exchange is held back (see pair.tentative).

// pair is an exchange under way.
type pair struct {
	x *exchange.Exchange

	// start and end of the request in the client's stream; what of the server's
	// stream its first segment acknowledges.
	start, end, acked int64
	hasAcked          bool

	// received is what the server had received when it began the response, and
	// answerEnd where the response ends.
	received, answerEnd int64

	// afterGap says that requests may be hidden between the one before and this.
	afterGap bool

	requestDone, answered, responseDone bool

	// bare says that there is no request yet, but a PROXY protocol header before it.
	bare bool

	// dead says that no response will come; tentative that it may still turn out
	// to have got another request's response.
	dead, tentative bool

	held int
}

func (p *pair) hold(r *Reader, n int) {
	p.held += n
	r.held += n
}

// pairing is the exchanges of a connection that are under way.
type pairing struct {
	conn  *conn
	queue []*pair // in the order of the requests

	ordered   bool // the next response answers the next request
	pipelined bool
	last      *pair // of the latest request; may be complete
	tentative *pair

	noResponse string // why requests without response have none

	ended *exchange.Ended // the first end of a stream, if nothing was lost before it
}

const (
	notCaptured = "no response was captured"
	notCertain  = "no response is certain to be the one to this request"
	closed      = "the server closed the connection without a response"
	reset       = "the server reset the connection without a response"
	left        = "the client closed the connection, and then the server did, without a response"
	gone        = "the client reset the connection before there was a response"
)

// silences are those of the reasons that say something about the server.
var silences = map[string]exchange.Silence{
	closed: exchange.SilenceClosed, reset: exchange.SilenceReset, left: exchange.SilenceLeft,
}

// request is told of the next request, when its head is complete.
func (g *pairing) request(p *pair) {
	g.confirmBy(p)
	if l := g.last; l != nil && !p.afterGap && l.hasAcked && p.hasAcked && l.acked == p.acked {
		g.pipelined = true
	}
	g.last = p
	g.queue = append(g.queue, p)
	if len(g.queue) > maxPipelined {
		g.ordered = false
		g.abandon(g.queue[0], notCaptured)
	}
}

// match returns the request that a response beginning at this position answers,
// or nil if there is none or it is not certain; before is what the bytes before it
// acknowledge. An interim response leaves the request waiting.
func (g *pairing) match(at reassembly.Position, before int64, afterGap, final bool) *pair {
	p := g.waiting()
	if p == nil {
		return nil
	}
	switch {
	case g.ordered && !afterGap && !p.afterGap:
		if !p.possible(at) {
			g.ordered = false
			return nil
		}
	default:
		g.ordered = false
		if p = g.proven(at); p == nil {
			return nil
		}
		g.abandonBefore(p)
		p.tentative = p.afterGap && before != p.start
		g.ordered, p.afterGap = true, false
	}
	p.received = at.Acked
	if final {
		p.answered = true
		if p.tentative {
			g.tentative = p
		}
	}
	return p
}

// waiting is the first request that has no final response.
func (g *pairing) waiting() *pair {
	for _, p := range g.queue {
		if !p.answered && !p.dead {
			return p
		}
	}
	return nil
}

// possible reports whether a response at this position can answer p: the server
// had received some of the request, and the client had not received any of the
// response, when they were sent.
func (p *pair) possible(at reassembly.Position) bool {
	return !(at.HasAcked && at.Acked <= p.start || p.hasAcked && at.Offset < p.acked)
}

// proven is the request that TCP proves to be answered at this position.
func (g *pairing) proven(at reassembly.Position) *pair {
	if g.pipelined || !at.HasAcked {
		return nil
	}
	for _, p := range g.queue {
		if !p.hasAcked || !p.beginsAt(at) {
			continue
		}
		if p.answered || p.dead || at.Acked <= p.start || p.end >= 0 && at.Acked > p.end {
			return nil
		}
		return p
	}
	return nil
}

// beginsAt reports whether the response to p must begin here: where p was sent,
// or after the one interim response (RFC 9110, 10.1.1) that everybody spells the
// same, if p asked for it and the server then had all of p.
func (p *pair) beginsAt(at reassembly.Position) bool {
	const interim = len("HTTP/1.1 100 Continue\r\n\r\n")
	switch at.Offset - p.acked {
	case 0:
		return true
	case int64(interim):
		_, expects := p.x.Request.Fields.Get("Expect")
		return expects == exchange.Known && at.Acked == p.end
	}
	return false
}

// contradict is told of a response that was matched with no request: if the one
// before was matched only by what it acknowledged, it may be this one's. It is not
// if the server had nothing after that request until the whole of that response
// was sent, and has something now: then this is the response to that.
func (g *pairing) contradict(at reassembly.Position, before int64) {
	p := g.tentative
	if p == nil {
		return
	}
	if before == p.received && at.HasAcked && at.Acked > before {
		g.confirm()
		return
	}
	g.undo(p)
}

// undo takes the response away from the tentative exchange.
func (g *pairing) undo(p *pair) {
	g.tentative, g.ordered = nil, false
	p.tentative = false
	if p.x.Response != nil {
		g.conn.reader.alone.add(p.x.Response)
	}
	p.x.Response, p.x.Answered = nil, time.Time{}
	g.abandon(p, notCertain)
}

// confirm ends the doubt about the tentative exchange.
func (g *pairing) confirm() {
	if p := g.tentative; p != nil {
		g.tentative, p.tentative = nil, false
		g.progress(p)
	}
}

// confirmBy is told of the next request, p. The client had received the response
// and nothing more when it sent p, if p follows and that was the response.
func (g *pairing) confirmBy(p *pair) {
	t := g.tentative
	if t != nil && (t.end != p.start || t.answerEnd < 0 || !t.responseDone || p.acked != t.answerEnd) {
		g.undo(t)
		return
	}
	g.confirm()
}

// progress hands on an exchange if it is complete.
func (g *pairing) progress(p *pair) {
	if !p.requestDone || p.tentative || !p.responseDone && !p.dead {
		return
	}
	i := slices.Index(g.queue, p)
	if i < 0 {
		return
	}
	g.queue = slices.Delete(g.queue, i, i+1)
	g.conn.reader.held -= p.held
	if p.bare && p.x.Response == nil {
		return // a header and nothing else: there was no request
	}
	g.conn.reader.finish(p.x)
}

// abandon gives up waiting for the response to p.
func (g *pairing) abandon(p *pair, why string) {
	p.dead = true
	if p.x.Response == nil {
		p.x.NoResponse, p.x.Silence = why, silences[why]
		if why == gone || p.x.Silence != exchange.SilenceUnknown {
			p.x.Ended = g.ended
		}
	}
	g.progress(p)
}

// abandonBefore gives up the requests before p: the client would not have sent p
// without their responses.
func (g *pairing) abandonBefore(p *pair) {
	for _, q := range slices.Clone(g.queue) {
		if q == p {
			return
		}
		if !q.answered {
			g.abandon(q, notCaptured)
		}
	}
}

// ending is told who ends its stream, before the messages at hand are. An end by which
// something of the server's answer may have been lost is none.
func (g *pairing) ending(from reassembly.Side, why reassembly.Ending, at reassembly.Position) {
	c := g.conn
	if why == reassembly.Unfinished || g.ended != nil || !c.hasClient || !g.ordered {
		return
	}
	server := c.client.Other()
	if !c.streams[server].whole() || from == c.client && !(at.HasAcked && at.Acked <= c.sent[server]) {
		return
	}
	g.ended = &exchange.Ended{
		By: c.ends[from], ByClient: from == c.client, Reset: why == reassembly.Aborted, Time: when(at), Ref: c.reader.ref(at.Frame, at.Frame),
	}
}

// serverEnded is told that the server sends nothing more; whole says that all it
// ever sent was captured and understood, clientFirst that the client had ended.
func (g *pairing) serverEnded(why reassembly.Ending, whole, clientFirst bool) {
	if g.noResponse != gone {
		g.noResponse = notCaptured
	}
	switch {
	case g.noResponse == gone:
	case !whole || !g.ordered:
	case why == reassembly.Finished && clientFirst:
		g.noResponse = left
	case why == reassembly.Finished:
		g.noResponse = closed
	case why == reassembly.Aborted:
		g.noResponse = reset
	}
	for _, p := range slices.Clone(g.queue) {
		if !p.answered {
			g.abandon(p, g.noResponse)
		}
	}
}

// abandonAll is told that the connection has ended, and where its streams have.
func (g *pairing) abandonAll(clientEnd, serverEnd int64) {
	if t := g.tentative; t != nil && (t.end != clientEnd || t.answerEnd != serverEnd) {
		g.undo(t)
	}
	g.confirm()
	for _, p := range slices.Clone(g.queue) {
		if g.noResponse == "" {
			g.noResponse = notCaptured
		}
		p.requestDone = true
		g.abandon(p, g.noResponse)
	}
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// Reader turns the TCP segments of one capture into exchanges. It is not safe
// for concurrent use.
type Reader struct {
	capture   *exchange.Capture
	bodies    exchange.BodyPolicy
	emit      func(*exchange.Exchange)
	assembler *reassembly.Assembler
	decoder   decoder
	encrypted encryptedPorts

	headless []int64 // when connections begin whose handshakes were not captured

	held  int // bytes that unfinished exchanges hold
	alone responsesAlone
	http2 spoken
	shed  bool
}

// spoken counts connections of a protocol, and knows in which frame the first began.
type spoken struct{ count, first int }

func (s *spoken) add(frame int) {
	if s.count++; s.count == 1 {
		s.first = frame
	}
}

// responsesAlone counts responses that belong to no captured request.
type responsesAlone struct {
	count, first int // first is a frame
	tell         func(s *exchange.Response)
}

// New returns a Reader that fills in c and hands exchanges to emit, each once, in
// the order in which they become complete; what is incomplete at Close follows
// by connection. The order depends on the segments alone. An exchange is the
// caller's; the Reader does not touch it again.
//
// WantRequest and WantResponse of bodies are asked once a message, when its head
// is complete and before it has content.
func New(c *exchange.Capture, bodies exchange.BodyPolicy, emit func(*exchange.Exchange)) *Reader {
	r := &Reader{capture: c, bodies: bodies, emit: emit}
	r.assembler = reassembly.New(r)
	return r
}

// Add takes the next segment of the capture, in capture order. Neither s nor its
// payload is kept. Once the connection of a segment is done with, the ledger
// counts the segment as exactly one of Used, Encrypted and NotHTTP; Packets is the
// caller's to count.
func (r *Reader) Add(s *reassembly.Segment) {
	r.assembler.Add(s)
	for r.held > maxHeld && r.assembler.Shed() {
		r.shed = true
	}
}

// Resumes reports whether a segment goes on with a connection that is under way,
// as reassembly.Assembler.Resumes says it. It changes nothing.
func (r *Reader) Resumes(s *reassembly.Segment) bool { return r.assembler.Resumes(s) }

// Close delivers what is left and completes the ledger and the notes. Nothing may
// be added afterwards.
func (r *Reader) Close() {
	r.assembler.Close()
	r.decoder.close()
	r.loseHeads()
	r.noteRefused()
	if n := r.alone.count; n > 0 {
		words := "1 response belongs"
		if n > 1 {
			words = fmt.Sprintf("%d responses belong", n)
		}
		r.capture.AddNote(exchange.NoteDamaged, fmt.Sprintf(
			"%s to no request that was captured, or it is not certain to which; the first is in %s", words, r.capture.FrameWords(r.alone.first)))
	}
	if n := r.http2.count; n > 0 {
		r.capture.AddNote(exchange.NoteLimit, fmt.Sprintf(
			"%d of the connections speak HTTP/2 in clear, which is not read; the first begins in %s: capture a hop that speaks HTTP/1.1", n, r.capture.FrameWords(r.http2.first)))
	}
	if r.shed {
		r.capture.AddNote(exchange.NoteLimit,
			"some connections were given up because too many unfinished messages were held at a time")
	}
}

// ResponsesAlone is how many responses were seen whose request was not captured
// or is not certain.
func (r *Reader) ResponsesAlone() int { return r.alone.count }

// Open implements reassembly.Consumer.
func (r *Reader) Open(of *reassembly.Connection) reassembly.Sink { return newConn(r, of) }

// Empty implements reassembly.Consumer.
func (r *Reader) Empty(of *reassembly.Connection, segments int) {
	r.capture.Ledger.NotHTTP += segments
	r.lost(of)
	if of.FromStart == [2]bool{} {
		at := time.Unix(0, of.First)
		r.unread(of, exchange.Span{From: at, To: at}, true)
	}
	if of.Refused.Frame > 0 && of.HasClient {
		r.refused(of)
	}
}

// finish hands on an exchange.
func (r *Reader) finish(x *exchange.Exchange) {
	r.capture.Ledger.Exchanges++
	r.capture.Span(x.Started)
	r.capture.Span(x.Answered)
	r.emit(x)
}

// ref points at the frames of a message.
func (r *Reader) ref(first, last int) exchange.Ref {
	return exchange.Ref{Capture: r.capture, Frame: last, FirstFrame: first}
}

// vantage is where a segment was captured.
func (r *Reader) vantage(iface int) exchange.Vantage {
	v := exchange.Vantage{Capture: r.capture}
	if iface >= 0 && iface < len(r.capture.Interfaces) {
		v.Interface = r.capture.Interfaces[iface]
	}
	return v
}

func (a *responsesAlone) add(s *exchange.Response) {
	if a.count++; a.count == 1 {
		a.first = s.Ref.FirstFrame
	}
	if a.tell != nil {
		a.tell(s)
	}
}

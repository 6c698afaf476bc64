// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// lost takes over what is missing of a connection that is done.
func (r *Reader) lost(of *reassembly.Connection) {
	for _, s := range of.Lost {
		r.lose(s.From, s.To)
	}
	if of.FromStart == [2]bool{} && len(r.headless) < exchange.MostLost {
		r.headless = append(r.headless, of.First)
	}
}

func (r *Reader) lose(from, to int64) {
	r.capture.Lose(exchange.Span{From: time.Unix(0, from), To: time.Unix(0, to)})
}

// loseHeads is for connections that begin without a handshake. They may have been open
// when the capture began; in one that has lost packets, theirs may be among these.
func (r *Reader) loseHeads() {
	if len(r.capture.Lost) == 0 {
		return
	}
	for _, at := range r.headless {
		r.lose(at, at)
	}
}

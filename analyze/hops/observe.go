// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Observe returns what the party that sends the i-th hop was seen to do.
func (p Path) Observe(i int) party.Observation {
	var o party.Observation
	if out := p[i].onWire(); out != nil {
		o.RequestOut, o.RequestOutProto, o.AnswerIn = &out.Head, out.Proto, out.answer()
	}
	if !p.Adjacent(i) {
		return o
	}
	if p.Translated(i) {
		return party.Observation{} // nobody who reads HTTP
	}
	if in := p[i-1].onWire(); in != nil {
		o.RequestIn, o.AnswerOut = &in.Head, in.answer()
	}
	return o
}

// onWire is the best sighting with the fields as they were on the wire, or nil: a
// browser's recording has them in another order and spelling.
func (h *Hop) onWire() *Sighting {
	for _, s := range h.Sightings {
		if !isBrowsers(s) {
			return s
		}
	}
	return nil
}

func (s *Sighting) answer() *exchange.Fields {
	if s.Status == 0 {
		return nil
	}
	return &s.AnswerHead
}

// SPDX-License-Identifier: Apache-2.0

package jupyterlab

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Where packets were lost, what came in at a proxy and what went on may be of two requests.
func TestLossProvesNoChange(t *testing.T) {
	at := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	for _, loss := range []bool{false, true} {
		capture := &exchange.Capture{}
		if loss {
			capture.Lose(exchange.Span{From: at, To: at})
		}
		seen := func() *jupyter.Step {
			return &jupyter.Step{Sighting: &hops.Sighting{Ref: exchange.Ref{Capture: capture}, Time: at, AnsweredAt: at}}
		}
		in, out := seen(), seen()
		out.Seen = []*jupyter.Step{in, out}
		out.Hops = hops.Path{
			{From: exchange.Endpoint{Address: "198.51.100.23"}, To: exchange.Endpoint{Address: "10.0.0.2"}, Sightings: []*hops.Sighting{in.Sighting}},
			{From: exchange.Endpoint{Address: "10.0.0.2"}, To: exchange.Endpoint{Address: "10.0.0.3"}, Connection: 1, Sightings: []*hops.Sighting{out.Sighting}},
		}
		_, ok := changed(out, func(s *jupyter.Step) bool { return s == in }, func(s *jupyter.Step) bool { return s == out })
		if ok == loss {
			t.Errorf("loss %v: changed %v", loss, ok)
		}
	}
}

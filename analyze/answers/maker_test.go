// SPDX-License-Identifier: Apache-2.0

package answers_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A connection that was refused to a proxy explains its answer only if that came at once:
// another server may have been asked since, out of sight.
func TestRefusedConnectionRightBeforeTheAnswer(t *testing.T) {
	for _, test := range []struct {
		name     string
		client   string
		at       []time.Duration // of the refusals, after the request
		gaps     int
		ok, sure bool
	}{
		{"at once", "10.0.0.2", []time.Duration{2990 * time.Millisecond}, 0, true, true},
		{"after retries", "10.0.0.2", []time.Duration{time.Second, 2 * time.Second, 2990 * time.Millisecond}, 0, true, true},
		{"at once, and something was lost", "10.0.0.2", []time.Duration{2990 * time.Millisecond}, 1, true, false},
		{"long before the answer", "10.0.0.2", []time.Duration{time.Millisecond}, 0, false, false},
		{"of somebody else", "10.0.0.3", []time.Duration{2990 * time.Millisecond}, 0, false, false},
		{"after the answer", "10.0.0.2", []time.Duration{4 * time.Second}, 0, false, false},
	} {
		begun := time.Unix(1_700_000_000, 0)
		capture := &exchange.Capture{}
		capture.Ledger.Gaps = test.gaps
		for _, after := range test.at {
			capture.Refused = append(capture.Refused, exchange.Refused{
				Client: exchange.Endpoint{Address: test.client, Port: 4000}, Server: exchange.Endpoint{Address: "10.0.0.9", Port: 80}, Time: begun.Add(after),
			})
		}
		s := &hops.Sighting{Ref: exchange.Ref{Capture: capture}, Time: begun, AnsweredAt: begun.Add(3 * time.Second), Status: 502}
		hop := &hops.Hop{From: exchange.Endpoint{Address: "10.0.0.1"}, To: exchange.Endpoint{Address: "10.0.0.2"}, Sightings: []*hops.Sighting{s}}
		r := &answers.Request{Seen: []*answers.Step{{Sighting: s, Status: 502}}, Path: hops.Path{hop}}
		m, ok := r.Maker(&answers.Witness{})
		if ok != test.ok || m.Sure != test.sure || (m.Refused != nil) != test.ok {
			t.Errorf("%s: %t, %+v", test.name, ok, m)
		}
	}
}

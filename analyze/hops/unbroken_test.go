// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Who stands between two hops answers for both only if nobody else can.
func TestHandedOn(t *testing.T) {
	for _, c := range []struct {
		name, path string
		lost       time.Duration // after the request; 0 for nothing
		want       bool
	}{
		{"one proxy", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9", 0, true},
		{"packets of another time were lost", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9", time.Hour, true},
		{"packets of the time were lost", "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9", time.Millisecond, false},
		{"somebody unseen in between", "198.51.100.23>10.244.3.17 ; 10.244.5.42>10.244.1.9", 0, false},
		{"one connection, translated", "198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17", 0, false},
	} {
		p := hopstest.Path(t, c.path)
		out, in := p[0].Sightings[0], p[1].Sightings[0]
		out.Time, out.AnsweredAt = hopstest.Start, hopstest.Start.Add(time.Second)
		in.Time, in.AnsweredAt = out.Time, out.AnsweredAt
		if c.lost > 0 {
			in.Ref.Capture.Lose(exchange.Span{From: hopstest.Start.Add(c.lost), To: hopstest.Start.Add(c.lost)})
		}
		if got := p.HandedOn(1, out, in); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	p := hopstest.Path(t, "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9")
	if p.HandedOn(1, p[0].Sightings[0], nil) || p.HandedOn(0, p[0].Sightings[0], p[0].Sightings[0]) {
		t.Error("a hop that nobody saw, or that nothing came before")
	}
}

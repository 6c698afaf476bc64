// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// BenchmarkExchanges reads generated traffic: pages of 1 to 200 KB, no bodies kept.
func BenchmarkExchanges(b *testing.B) {
	for _, bench := range []struct {
		name  string
		share float64
	}{{"loss=0", 0}, {"loss=1%", 0.01}} {
		b.Run(bench.name, func(b *testing.B) {
			segments := drop(newTraffic(1).connections(60, 20), bench.share, 1)
			b.SetBytes(size(segments))
			b.ReportAllocs()
			for b.Loop() {
				exchanges := 0
				r := New(&exchange.Capture{}, exchange.BodyPolicy{}, func(*exchange.Exchange) { exchanges++ })
				for i := range segments {
					r.Add(&segments[i])
				}
				r.Close()
				if exchanges < 1000 {
					b.Fatalf("found %d exchanges", exchanges)
				}
			}
		})
	}
}

func size(segments []reassembly.Segment) int64 {
	n := 0
	for i := range segments {
		n += len(segments[i].Payload)
	}
	return int64(n)
}

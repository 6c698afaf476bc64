// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// logins are pages and submits as an ingress, configurable-http-proxy and the Hub see
// them, so many a second, on clocks that are seconds apart. Only submits hold marks.
// Without numbers pages are joined by time.
func logins(n, aSecond int, numbers bool) []*hops.Sighting {
	captures := []*exchange.Capture{{ID: "c1", Kind: exchange.KindPcap}, {ID: "c2", Kind: exchange.KindPcap}, {ID: "c3", Kind: exchange.KindPcap}}
	path := []string{"198.51.100.%d", "10.244.3.17", "10.244.1.9", "10.244.1.20"}
	var list []*hops.Sighting
	for i := range 2 * n {
		began := time.Unix(1716000000, 0).Add(time.Duration(i) * time.Second / time.Duration(2*aSecond))
		for hop := range 3 {
			from := path[hop]
			if hop == 0 {
				from = fmt.Sprintf(from, i/2%250)
			}
			for _, c := range captures[max(0, hop-1) : hop+1] { // both sides of a proxy, and the next one's host
				skew := time.Duration(len(c.ID)+int(c.ID[1])) * 777 * time.Millisecond
				x := &exchange.Exchange{
					Ref:     exchange.Ref{Capture: c, Frame: len(list) + 1},
					Client:  exchange.Endpoint{Address: from, Port: 1024 + i%60000},
					Server:  exchange.Endpoint{Address: path[hop+1], Port: 8000},
					Started: began.Add(skew + time.Duration(hop)*time.Millisecond), Answered: began.Add(skew + time.Duration(40-hop)*time.Millisecond),
					TCP:      exchange.TCP{Sequence: uint32(i), Acknowledgement: uint32(hop), Known: numbers || i%2 == 1},
					Request:  exchange.Request{Method: []string{"GET", "POST"}[i%2], URL: exchange.URL{Path: "/hub/login", Host: "h"}},
					Response: &exchange.Response{Status: 200},
				}
				x.Request.Fields.Lines = []exchange.Field{{Name: "Host", Value: "h"}, {Name: "User-Agent", Value: "Firefox"}}
				var marks []hops.Mark
				if i%2 == 1 {
					marks = []hops.Mark{{Kind: "form", Value: fmt.Sprint("T", i), Fixed: true}}
				}
				list = append(list, hops.New(x, marks...))
			}
		}
	}
	return list
}

func BenchmarkJoin(b *testing.B) {
	for _, c := range []struct {
		logins, aSecond int
		numbers         bool
	}{{1000, 10, true}, {10000, 10, true}, {10000, 200, true}, {10000, 10, false}, {10000, 200, false}} {
		b.Run(fmt.Sprintf("logins=%d/captures=3/rate=%d/numbers=%v", c.logins, c.aSecond, c.numbers), func(b *testing.B) {
			list := logins(c.logins, c.aSecond, c.numbers)
			b.ReportAllocs()
			for b.Loop() {
				requests, _ := hops.Join(list)
				if c.numbers && len(requests) != 2*c.logins {
					b.Fatalf("%d requests", len(requests))
				}
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// crowd makes sightings out of bytes. There are few addresses, tokens and numbers, so
// that there is much that fits by chance.
func crowd(data []byte) []*hops.Sighting {
	const most = 48
	captures := make([]*exchange.Capture, 4)
	for i := range captures {
		captures[i] = &exchange.Capture{ID: fmt.Sprintf("c%d", 3*i+1), Kind: exchange.KindPcap} // c10 comes last
	}
	captures[1].Kind = exchange.KindHAR
	addresses := []string{"198.51.100.23", "203.0.113.80", "10.244.3.17", "10.244.1.9", "10.0.0.11", "10.244.1.20", "127.0.0.1", ""}
	few := func(b byte, n int) int { return int(b) % n }
	var list []*hops.Sighting
	for ; len(data) >= 8 && len(list) < most; data = data[8:] {
		x := &exchange.Exchange{
			Ref:    exchange.Ref{Capture: captures[few(data[0], 4)], Frame: len(list) + 1},
			Client: exchange.Endpoint{Address: addresses[few(data[1], 8)], Port: few(data[1]>>3, 3)},
			Server: exchange.Endpoint{Address: addresses[few(data[2], 8)], Port: 80 + few(data[2]>>3, 2)},
			Request: exchange.Request{
				Method: []string{"GET", "POST"}[few(data[3], 2)], Proto: "HTTP/1.1",
				URL: exchange.URL{Path: []string{"/hub/login", "/x/hub/login"}[few(data[3]>>1, 2)], Host: "h", Scheme: []string{"", "http"}[few(data[3]>>2, 2)]},
			},
		}
		if data[3]>>4 != 15 {
			x.Started = time.Unix(1716000000, int64(data[4])*3e6).Add(time.Duration(data[3]>>6) * time.Hour)
		}
		if data[5] != 0 {
			x.Answered, x.Response = x.Started.Add(time.Duration(data[5])*4e6), &exchange.Response{Status: 302 + 101*few(data[5], 2)}
		}
		if data[6]%4 != 0 {
			x.TCP = exchange.TCP{Sequence: uint32(data[6] % 16), Known: true}
		}
		var marks []hops.Mark
		if t := few(data[7], 6); t < 4 {
			marks = []hops.Mark{{Kind: "form", Value: "T" + fmt.Sprint(t), Fixed: t != 3, Guessable: t == 2}}
		}
		if data[7]>>6 == 3 {
			x.Request.Fields.Lines = []exchange.Field{{Name: "User-Agent", Value: fmt.Sprint(data[7] >> 5 & 1)}, {Name: "X-Request-Id", Value: fmt.Sprint(data[7] >> 4 & 1)}}
		}
		list = append(list, hops.New(x, marks...))
	}
	return list
}

// written is the outcome of Join as text: requests as sets of hops.
func written(requests []*hops.Request) string {
	var list []string
	for _, r := range requests {
		text := ""
		for _, h := range r.Path {
			text += fmt.Sprintf(" %d:%v>%v", h.Connection, h.From, h.To)
			var frames []int
			for _, s := range h.Sightings {
				frames = append(frames, s.Ref.Frame)
			}
			slices.Sort(frames)
			text += fmt.Sprint(frames)
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func FuzzJoin(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 8, 20, 48} {
		for range 6 {
			data := make([]byte, 8*n)
			for i := range data {
				data[i] = byte(random.Uint32())
			}
			f.Add(data, uint64(n))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		sightings := crowd(data)
		begun := time.Now()
		requests, _ := hops.Join(sightings)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%d sightings took %s", len(sightings), took)
		}
		holdEachOnce(t, sightings, requests)
		holdOneChain(t, sightings, requests)
		want := written(requests)
		order := slices.Clone(sightings)
		shuffles := rand.New(rand.NewPCG(seed, 1))
		for range 4 {
			shuffles.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			again, _ := hops.Join(order)
			if got := written(again); got != want {
				t.Fatalf("another order of the same sightings gives\n%s\nand not\n%s", got, want)
			}
		}
	})
}

// holdEachOnce checks that every sighting is in one request, and in one hop of it.
func holdEachOnce(t *testing.T, sightings []*hops.Sighting, requests []*hops.Request) {
	t.Helper()
	inRequest, inHop := map[*hops.Sighting]int{}, map[*hops.Sighting]int{}
	for _, r := range requests {
		for _, s := range r.Sightings {
			inRequest[s]++
		}
		for _, h := range r.Path {
			for _, s := range h.Sightings {
				inHop[s]++
			}
		}
	}
	for _, s := range sightings {
		if inRequest[s] != 1 || inHop[s] != 1 {
			t.Errorf("frame %d is in %d requests and %d hops", s.Ref.Frame, inRequest[s], inHop[s])
		}
	}
	if len(inRequest) != len(sightings) {
		t.Errorf("%d sightings out of %d", len(inRequest), len(sightings))
	}
}

// holdOneChain checks that no request holds two chains of one capture.
func holdOneChain(t *testing.T, sightings []*hops.Sighting, requests []*hops.Request) {
	t.Helper()
	chainOf := map[*hops.Sighting]int{}
	for i, c := range hops.Chains(sightings) {
		for _, s := range c {
			chainOf[s] = i
		}
	}
	for _, r := range requests {
		seen := map[*exchange.Capture]int{}
		for _, s := range r.Sightings {
			if i, ok := seen[s.Ref.Capture]; ok && i != chainOf[s] {
				t.Errorf("a request holds two chains of %s", s.Ref.Capture.ID)
			}
			seen[s.Ref.Capture] = chainOf[s]
		}
	}
}

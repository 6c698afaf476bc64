// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

var (
	requestStart  = regexp.MustCompile(`^(?:GET|HEAD|POST) /l\?id=(\d+)&`)
	responseStart = regexp.MustCompile(`^HTTP/1\.1 [2-5]\d\d (\d+)\r`)
)

// present scans packets one by one for the beginnings of messages.
func present(segments []reassembly.Segment) (requests, responses map[string]bool) {
	requests, responses = map[string]bool{}, map[string]bool{}
	for i := range segments {
		if m := requestStart.FindSubmatch(segments[i].Payload); m != nil {
			requests[string(m[1])] = true
		}
		if m := responseStart.FindSubmatch(segments[i].Payload); m != nil {
			responses[string(m[1])] = true
		}
	}
	return requests, responses
}

// found is what a Reader finds: how often each message, and the pairs.
type found struct {
	requests, responses map[string]int
	pairs               map[string]string
	ledger              exchange.Ledger
}

func find(segments []reassembly.Segment) found {
	f := found{map[string]int{}, map[string]int{}, map[string]string{}, exchange.Ledger{}}
	c := &exchange.Capture{}
	r := New(c, exchange.BodyPolicy{}, func(x *exchange.Exchange) {
		id, _, _ := strings.Cut(strings.TrimPrefix(x.Request.URL.RawQuery, "id="), "&")
		f.requests[id]++
		if x.Response != nil {
			f.responses[x.Response.Reason]++
			f.pairs[id] = x.Response.Reason
		}
	})
	r.alone.tell = func(s *exchange.Response) { f.responses[s.Reason]++ }
	for i := range segments {
		r.Add(&segments[i])
	}
	r.Close()
	f.ledger = c.Ledger
	return f
}

// check compares what was found with what is there. Shares are of what is there.
func (f found) check(t *testing.T, segments []reassembly.Segment) (starts, pairs float64) {
	t.Helper()
	requests, responses := present(segments)
	there, seen, pairable, paired := 0, 0, 0, 0
	for id := range requests {
		there++
		seen += min(1, f.requests[id])
		if responses[id] {
			pairable++
			if f.pairs[id] == id {
				paired++
			}
		}
	}
	for id := range responses {
		there++
		seen += min(1, f.responses[id])
	}
	for id, answer := range f.pairs {
		if id != answer {
			t.Errorf("request %s is paired with response %s", id, answer)
		}
	}
	for id, n := range f.requests {
		if n > 1 {
			t.Errorf("request %q was found %d times", id, n)
		}
	}
	if there == 0 || pairable == 0 {
		t.Fatal("there is nothing to find")
	}
	if sum := f.ledger.Used + f.ledger.NotHTTP + f.ledger.Encrypted; sum != len(segments) {
		t.Errorf("the ledger holds %d of %d segments", sum, len(segments))
	}
	t.Logf("starts %d of %d, pairs %d of %d, gaps %d", seen, there, paired, pairable, f.ledger.Gaps)
	return float64(seen) / float64(there), float64(paired) / float64(pairable)
}

// drop leaves out a share of the segments.
func drop(segments []reassembly.Segment, share float64, seed uint64) []reassembly.Segment {
	random := rand.New(rand.NewPCG(seed, 2))
	return slices.DeleteFunc(slices.Clone(segments), func(reassembly.Segment) bool {
		return random.Float64() < share
	})
}

func TestLoss(t *testing.T) {
	for _, test := range []struct {
		name          string
		share         float64
		starts, pairs float64
	}{
		{"none", 0, 1, 1},
		{"0.1 %", 0.001, 0.995, 1},
		{"1 %", 0.01, 0.98, 1},
		{"10 %", 0.1, 0.9, 0.9},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(3) {
				segments := drop(newTraffic(seed).connections(60, 20), test.share, seed)
				starts, pairs := find(segments).check(t, segments)
				if starts < test.starts || pairs < test.pairs {
					t.Errorf("seed %d: found %.4f of the starts and %.4f of the pairs", seed, starts, pairs)
				}
			}
		})
	}
}

// TestNoWrongPairing disturbs traffic in other ways. Pairs may be missed where
// the order of messages is in doubt; a wrong one would fail check.
func TestNoWrongPairing(t *testing.T) {
	for _, test := range []struct {
		name          string
		disturb       func([]reassembly.Segment, *rand.Rand) []reassembly.Segment
		starts, pairs float64
	}{
		{"duplicates", duplicate, 1, 1},
		{"reordered", reorder, 1, 1},
		{"reordered and lossy", func(s []reassembly.Segment, r *rand.Rand) []reassembly.Segment {
			return reorder(drop(s, 0.01, r.Uint64()), r)
		}, 0.98, 0.98},
		{"first 30 % cut", func(s []reassembly.Segment, _ *rand.Rand) []reassembly.Segment {
			return s[len(s)*3/10:]
		}, 1, 1},
		{"snaplen 96", snap, 1, 1},
		{"snaplen 96 and lossy", func(s []reassembly.Segment, r *rand.Rand) []reassembly.Segment {
			return snap(drop(s, 0.01, r.Uint64()), r)
		}, 0.98, 0.98},
		{"handshakes not captured", withoutHandshakes, 1, 1},
		{"acknowledgements of the clients not captured", func(s []reassembly.Segment, _ *rand.Rand) []reassembly.Segment {
			return slices.DeleteFunc(s, func(s reassembly.Segment) bool { return s.SourcePort != 8000 && len(s.Payload) == 0 })
		}, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(3) {
				random := rand.New(rand.NewPCG(seed, 3))
				segments := test.disturb(newTraffic(seed).connections(60, 20), random)
				starts, pairs := find(segments).check(t, segments)
				if starts < test.starts || pairs < test.pairs {
					t.Errorf("seed %d: found %.4f of the starts and %.4f of the pairs", seed, starts, pairs)
				}
			}
		})
	}
}

// TestPipeliningWithLoss checks that order alone is never trusted across a gap.
func TestPipeliningWithLoss(t *testing.T) {
	for _, share := range []float64{0, 0.01, 0.1, 0.3} {
		for seed := range uint64(5) {
			g := newTraffic(seed)
			g.pipeline = true
			segments := drop(g.connections(30, 20), share, seed)
			_, pairs := find(segments).check(t, segments)
			if share == 0 && pairs < 1 {
				t.Errorf("seed %d: found %.4f of the pairs", seed, pairs)
			}
		}
	}
}

func duplicate(segments []reassembly.Segment, random *rand.Rand) []reassembly.Segment {
	var all []reassembly.Segment
	for i, s := range segments {
		all = append(all, s)
		if random.IntN(4) == 0 {
			all = append(all, s)
		}
		if i > 20 && random.IntN(10) == 0 {
			all = append(all, segments[i-random.IntN(20)])
		}
	}
	return all
}

// reorder moves segments within a window of eight.
func reorder(segments []reassembly.Segment, random *rand.Rand) []reassembly.Segment {
	for len := len(segments); len > 8; len -= 8 {
		window := segments[len-8 : len]
		random.Shuffle(8, func(i, j int) { window[i], window[j] = window[j], window[i] })
	}
	return segments
}

func snap(segments []reassembly.Segment, _ *rand.Rand) []reassembly.Segment {
	const payload = 96 - 14 - 20 - 32
	for i := range segments {
		s := &segments[i]
		s.Missing = max(0, len(s.Payload)-payload)
		s.Payload = s.Payload[:len(s.Payload)-s.Missing]
	}
	return segments
}

func withoutHandshakes(segments []reassembly.Segment, _ *rand.Rand) []reassembly.Segment {
	return slices.DeleteFunc(segments, func(s reassembly.Segment) bool { return s.Flags&reassembly.SYN != 0 })
}

// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"cmp"
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Clock is how far a capture's clock is from that of the first capture.
type Clock struct {
	Offset      time.Duration // to be added to the capture's times
	Uncertainty time.Duration
	Samples     int // requests that both show; 0: not known, but for the first capture

	base *exchange.Capture // whose clock it is reckoned against
}

// Clocks are the clocks of captures. A capture that has no request in common with
// any other is not in it.
type Clocks map[*exchange.Capture]Clock

const (
	// whole is the uncertainty of times that have no fractions of a second.
	whole = time.Second
	// browser is by how much a browser's times of a request stray from those on the
	// wire (measured on the fixtures: up to 6 ms).
	browser = 20 * time.Millisecond
)

// pair is two captures.
type pair struct{ a, b *exchange.Capture }

// sample is one estimate of how far b is behind a: within uncertainty of offset.
type sample struct{ offset, uncertainty time.Duration }

// newClocks estimates clocks from requests that several captures show. The time
// at the middle of a request and its answer is nearly the same everywhere: what is
// further in begins later and ends earlier, by what is in between (RFC 5905, 8,
// reckons alike).
func newClocks(linked [][]chain) Clocks {
	samples := map[pair][]sample{}
	var order []pair
	for _, chains := range linked {
		for i, c := range chains {
			for _, d := range chains[i+1:] {
				one, ok := compare(c, d)
				if !ok {
					continue
				}
				at := pair{c[0].Ref.Capture, d[0].Ref.Capture}
				if byID(at.a, at.b) > 0 {
					at, one.offset = pair{at.b, at.a}, -one.offset
				}
				if samples[at] == nil {
					order = append(order, at)
				}
				samples[at] = append(samples[at], one)
			}
		}
	}
	estimates := map[pair]Clock{}
	for at, of := range samples {
		estimates[at] = together(of)
	}
	slices.SortStableFunc(order, func(p, q pair) int { return cmp.Or(byID(p.a, q.a), byID(p.b, q.b)) })
	return spread(order, estimates)
}

// compare takes the best estimate that two chains of one request give.
func compare(c, d chain) (best sample, ok bool) {
	for _, s := range c {
		for _, t := range d {
			one, known := s.compare(t)
			if known && (!ok || one.uncertainty < best.uncertainty) {
				best, ok = one, true
			}
		}
	}
	return best, ok
}

func (s *Sighting) compare(t *Sighting) (sample, bool) {
	if s.AnsweredAt.IsZero() || t.AnsweredAt.IsZero() || s.Time.IsZero() || t.Time.IsZero() {
		return sample{}, false
	}
	request, answer := s.Time.Sub(t.Time), s.AnsweredAt.Sub(t.AnsweredAt)
	one := sample{offset: (request + answer) / 2, uncertainty: (request-answer).Abs()/2 + time.Millisecond}
	if s.wholeSeconds() || t.wholeSeconds() {
		one.uncertainty += whole
	}
	if isBrowsers(s) || isBrowsers(t) {
		one.uncertainty += browser
	}
	return one, true
}

func (s *Sighting) wholeSeconds() bool {
	return s.Time.Nanosecond() == 0
}

// spread reckons every clock against the first capture of those that are tied to
// it, nearest first.
func spread(order []pair, estimates map[pair]Clock) Clocks {
	clocks := Clocks{}
	for _, start := range order {
		if _, known := clocks[start.a]; known {
			continue // with all that it is tied to
		}
		clocks[start.a] = Clock{base: start.a}
		for grown := true; grown; {
			grown = false
			best, at, back := Clock{Uncertainty: 1 << 62}, (*exchange.Capture)(nil), false
			for _, p := range order {
				_, a := clocks[p.a]
				_, b := clocks[p.b]
				if a == b {
					continue
				}
				c := estimates[p]
				from, to := p.a, p.b
				if back = b; back {
					from, to, c.Offset = p.b, p.a, -c.Offset
				}
				c.base = clocks[from].base
				c.Offset += clocks[from].Offset
				c.Uncertainty += clocks[from].Uncertainty
				if c.Uncertainty < best.Uncertainty {
					best, at = c, to
				}
			}
			if at != nil {
				clocks[at], grown = best, true
			}
		}
	}
	return clocks
}

// together is what several estimates say: where they all overlap or, if the clocks
// drift, their median and how far they stray from it.
func together(samples []sample) Clock {
	low, high := samples[0].offset-samples[0].uncertainty, samples[0].offset+samples[0].uncertainty
	for _, s := range samples {
		low, high = max(low, s.offset-s.uncertainty), min(high, s.offset+s.uncertainty)
	}
	if low <= high {
		return Clock{Offset: (low + high) / 2, Uncertainty: (high - low) / 2, Samples: len(samples)}
	}
	ordered := slices.Clone(samples)
	slices.SortFunc(ordered, func(a, b sample) int { return cmp.Compare(a.offset, b.offset) })
	c := Clock{Offset: ordered[len(ordered)/2].offset, Samples: len(samples)}
	for _, s := range samples {
		c.Uncertainty = max(c.Uncertainty, (s.offset-c.Offset).Abs()+s.uncertainty)
	}
	return c
}

// Correct is a time of a capture on the first capture's clock.
func (c Clocks) Correct(capture *exchange.Capture, t time.Time) time.Time {
	return t.Add(c[capture].Offset)
}

// Comparable reports whether times of two captures can be held against each other.
func (c Clocks) Comparable(a, b *exchange.Capture) bool {
	if a == b {
		return true
	}
	return c[a].base != nil && c[a].base == c[b].base
}

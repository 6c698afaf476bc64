// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
)

// Offsets are those that are to be added to a capture's times.
func TestClocks(t *testing.T) {
	for _, c := range []struct {
		name, lines string
		capture     string
		offset      time.Duration // against the first capture
		within      time.Duration // the uncertainty must cover the truth and be no more than this
		samples     int
	}{
		{"hours apart", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 7200010-7200090 form=T tcp=2`, "two", -2 * time.Hour, 20 * time.Millisecond, 1},
		{"the other way round", `
			b two 10.244.3.17:2>10.244.1.9:8000 7200010-7200090 form=T tcp=2
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1`, "one", 2 * time.Hour, 20 * time.Millisecond, 1},
		{"several requests narrow it down", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 5010-5030 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 1000-1100 form=U tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 6070-6095 form=U tcp=4`, "two", -5 * time.Second, 42 * time.Millisecond, 2},
		{"a clock that drifts by half a second", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 10-90 form=T tcp=2
			c one 198.51.100.23:3>10.244.3.17:80 3600000-3600100 form=U tcp=3
			d two 10.244.3.17:4>10.244.1.9:8000 3600510-3600590 form=U tcp=4`, "two", -500 * time.Millisecond, 600 * time.Millisecond, 2},
		{"three captures in a row", `
			a one   198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two   10.244.3.17:2>10.244.1.9:8000 60010-60090 form=T tcp=2
			c two   10.244.3.17:3>10.244.1.9:8000 70000-70100 form=U tcp=3
			d three 10.244.1.9:4>10.244.1.20:8081 3670010-3670090 form=U tcp=4`, "three", -3660 * time.Second, 30 * time.Millisecond, 1},
		{"no answer was seen", `
			a one 198.51.100.23:1>10.244.3.17:80 0-? form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 7200010-? form=T tcp=2`, "two", 0, 0, 0},
		{"nothing in common", `
			a one 198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
			b two 10.244.3.17:2>10.244.1.9:8000 10-90 form=U tcp=2`, "two", 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene := hopstest.NewScene(t, c.lines)
			_, clocks := hops.Join(scene.Sightings)
			got := clocks[scene.Captures[c.capture]]
			if got.Samples != c.samples || got.Uncertainty > c.within || (got.Offset-c.offset).Abs() > got.Uncertainty {
				t.Errorf("got %s ± %s by %d, want %s ± at most %s by %d", got.Offset, got.Uncertainty, got.Samples, c.offset, c.within, c.samples)
			}
		})
	}
}

// Times of whole seconds say less, and so do those of a browser.
func TestClocksOfCoarseTimes(t *testing.T) {
	scene := hopstest.NewScene(t, `
		a one 198.51.100.23:1>10.244.3.17:80 0-1000 form=T tcp=1
		b two 10.244.3.17:2>10.244.1.9:8000 0-1000 form=T tcp=2
		c har >203.0.113.80:80 0-1000 form=T`)
	for _, s := range scene.Sightings {
		if s.Ref.Capture == scene.Captures["two"] {
			s.Time, s.AnsweredAt = s.Time.Truncate(time.Second), s.AnsweredAt.Truncate(time.Second)
		}
	}
	_, clocks := hops.Join(scene.Sightings)
	if u := clocks[scene.Captures["two"]].Uncertainty; u < time.Second {
		t.Errorf("whole seconds are known within %s", u)
	}
	if u := clocks[scene.Captures["har"]].Uncertainty; u < 20*time.Millisecond {
		t.Errorf("a browser's times are known within %s", u)
	}
}

// Two pairs of captures that have nothing in common are two islands.
func TestClocksOfIslands(t *testing.T) {
	scene := hopstest.NewScene(t, `
		a one   198.51.100.23:1>10.244.3.17:80 0-100 form=T tcp=1
		b two   10.244.3.17:2>10.244.1.9:8000 10-90 form=T tcp=2
		c three 198.51.100.24:1>10.244.5.42:80 0-100 form=U tcp=3
		d four  10.244.5.42:2>10.244.1.9:8000 10-90 form=U tcp=4
		e five  198.51.100.25:1>10.244.5.42:80 0-100 form=V tcp=5`)
	_, clocks := hops.Join(scene.Sightings)
	for _, c := range []struct {
		a, b string
		want bool
	}{{"one", "two", true}, {"three", "four", true}, {"one", "three", false}, {"two", "four", false}, {"five", "one", false}, {"five", "five", true}} {
		if got := clocks.Comparable(scene.Captures[c.a], scene.Captures[c.b]); got != c.want {
			t.Errorf("%s and %s: got %v", c.a, c.b, got)
		}
	}
}

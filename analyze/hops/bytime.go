// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// timeline is the chains of one capture in order of corrected time.
type timeline struct {
	capture *exchange.Capture
	chains  []int
	spans   []span
}

// span is when a request began and its answer did, in corrected time; end is zero if
// no answer was seen.
type span struct{ begin, end time.Time }

func (c Clocks) span(s *Sighting) span {
	at := span{begin: c.Correct(s.Ref.Capture, s.Time)}
	if !s.AnsweredAt.IsZero() {
		at.end = c.Correct(s.Ref.Capture, s.AnsweredAt)
	}
	return at
}

// contains reports whether inner can have begun and ended within a span, when the
// clocks may be wrong by so much. Without an answer nothing bounds it.
func (s span) contains(inner span, uncertain time.Duration) bool {
	give := slack + uncertain
	return !s.end.IsZero() && !inner.begin.Before(s.begin.Add(-give)) && inner.begin.Before(s.end.Add(give)) && !inner.end.After(s.end.Add(give))
}

// touches reports whether two spans can have a moment in common.
func (s span) touches(t span, uncertain time.Duration) bool {
	give := slack + uncertain
	return !t.begin.After(later(s.begin, s.end).Add(give)) && !s.begin.After(later(t.begin, t.end).Add(give))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// joinByTime joins what no number, token or id ties together, where the clocks
// are known well enough to leave one possibility only.
func (g *groups) joinByTime(clocks Clocks) {
	lines := g.timelines(clocks)
	for a, from := range lines {
		for _, to := range lines[a+1:] {
			if !clocks.Comparable(from.capture, to.capture) {
				continue
			}
			for _, i := range from.chains {
				there, ok := g.candidate(i, to, clocks)
				if !ok {
					continue
				}
				if back, ok := g.candidate(there, from, clocks); ok && back == i {
					g.join(i, there)
				}
			}
		}
	}
}

func (g *groups) timelines(clocks Clocks) []timeline {
	var lines []timeline
	at := map[*exchange.Capture]int{}
	for i, c := range g.chains {
		capture := c[0].Ref.Capture
		k, ok := at[capture]
		if !ok {
			k = len(lines)
			at[capture] = k
			lines = append(lines, timeline{capture: capture})
		}
		// Chains of one capture come in order of time, and one offset keeps it.
		lines[k].chains = append(lines[k].chains, i)
		lines[k].spans = append(lines[k].spans, clocks.span(c[0]))
	}
	return lines
}

// mostAtOnce is how many requests within reach are looked at. Among more than that
// time tells nothing.
const mostAtOnce = 512

// candidate is the one chain of a timeline that can be of the same request as i; ok
// is false if there is none or several.
func (g *groups) candidate(i int, line timeline, clocks Clocks) (found int, ok bool) {
	s := g.chains[i][0]
	if s.Time.IsZero() || g.shows(g.of[i], line.capture) {
		return 0, false
	}
	uncertain := clocks[s.Ref.Capture].Uncertainty + clocks[line.capture].Uncertainty
	at, reach := clocks.span(s), longest+uncertain
	n, _ := slices.BinarySearchFunc(line.spans, at.begin.Add(-reach), func(a span, t time.Time) int { return a.begin.Compare(t) })
	for looked := 0; n < len(line.spans) && !line.spans[n].begin.After(at.begin.Add(reach)); n, looked = n+1, looked+1 {
		if looked == mostAtOnce {
			return 0, false
		}
		if !at.contains(line.spans[n], uncertain) && !line.spans[n].contains(at, uncertain) || !g.possible(i, line.chains[n]) {
			continue
		}
		if ok {
			return 0, false
		}
		found, ok = line.chains[n], true
	}
	return found, ok
}

// shows reports whether a capture has a chain in a group already.
func (g *groups) shows(group int, capture *exchange.Capture) bool {
	return slices.ContainsFunc(g.member[group], func(i int) bool { return g.chains[i][0].Ref.Capture == capture })
}

// neighbours reports whether addresses tie two sightings: the same client sent both,
// or t leaves the server at which s arrived. Time alone would join two users who
// log in at one moment; so it needs this, or a mark that both have.
func (s *Sighting) neighbours(t *Sighting) bool {
	return t.Client.Address != "" && (t.Client.Address == s.Client.Address || t.Client.Address == s.Server.Address)
}

// possible reports whether two chains can be of one request, apart from their times.
func (g *groups) possible(i, j int) bool {
	a, b := g.chains[i][0], g.chains[j][0]
	return !b.Time.IsZero() && samePath(a.Path, b.Path) && a.sameBrowser(b) &&
		(a.tied(b) || a.neighbours(b) || b.neighbours(a)) && g.compatible(g.of[i], g.of[j])
}

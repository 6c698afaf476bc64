// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"cmp"
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// timeline is the chains of one capture in order of corrected time.
type timeline struct {
	capture *exchange.Capture
	chains  []int
	times   []time.Time
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
		lines[k].times = append(lines[k].times, clocks.Correct(capture, c[0].Time))
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
	reach := longest + clocks[s.Ref.Capture].Uncertainty + clocks[line.capture].Uncertainty
	at := clocks.Correct(s.Ref.Capture, s.Time)
	n, _ := slices.BinarySearchFunc(line.times, at.Add(-reach), func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	for looked := 0; n < len(line.times) && !line.times[n].After(at.Add(reach)); n, looked = n+1, looked+1 {
		if looked == mostAtOnce {
			return 0, false
		}
		if !g.possible(i, line.chains[n], clocks) {
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

// possible reports whether two chains can be of one request.
func (g *groups) possible(i, j int, clocks Clocks) bool {
	a, b := g.chains[i][0], g.chains[j][0]
	if b.Time.IsZero() || !samePath(a.Path, b.Path) || !a.sameBrowser(b) || !a.tied(b) && !a.neighbours(b) && !b.neighbours(a) {
		return false
	}
	if !g.compatible(g.of[i], g.of[j]) {
		return false
	}
	uncertain := clocks[a.Ref.Capture].Uncertainty + clocks[b.Ref.Capture].Uncertainty
	a, b = clocks.corrected(a), clocks.corrected(b)
	return a.encloses(b, uncertain) || b.encloses(a, uncertain)
}

// encloses is contains for another clock: without the answer of the outer one
// nothing bounds it.
func (s *Sighting) encloses(inner *Sighting, uncertain time.Duration) bool {
	return !s.AnsweredAt.IsZero() && s.contains(inner, uncertain)
}

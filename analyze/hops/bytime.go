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
				there := g.candidates(i, to, clocks)
				if len(there) != 1 {
					continue
				}
				if back := g.candidates(there[0], from, clocks); len(back) == 1 {
					g.join(i, there[0])
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

// candidates are the chains of a timeline that can be of the same request as i.
func (g *groups) candidates(i int, line timeline, clocks Clocks) []int {
	s := g.chains[i][0]
	reach := longest + clocks[s.Ref.Capture].Uncertainty + clocks[line.capture].Uncertainty
	at := clocks.Correct(s.Ref.Capture, s.Time)
	n, _ := slices.BinarySearchFunc(line.times, at.Add(-reach), func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	var found []int
	for ; n < len(line.times) && !line.times[n].After(at.Add(reach)); n++ {
		if g.candidate(i, line.chains[n], clocks) {
			found = append(found, line.chains[n])
		}
	}
	return found
}

// neighbours reports whether addresses tie two sightings: the same client sent both,
// or t leaves the server at which s arrived. Time alone would join two users who
// log in at one moment; so it needs this, or a mark that both have.
func (s *Sighting) neighbours(t *Sighting) bool {
	return t.Client.Address != "" && (t.Client.Address == s.Client.Address || t.Client.Address == s.Server.Address)
}

func (g *groups) candidate(i, j int, clocks Clocks) bool {
	if g.of[i] == g.of[j] || !g.compatible(g.of[i], g.of[j]) {
		return false
	}
	a, b := g.chains[i][0], g.chains[j][0]
	if !samePath(a.Path, b.Path) || !a.sameBrowser(b) || !a.tied(b) && !a.neighbours(b) && !b.neighbours(a) {
		return false
	}
	uncertain := clocks[a.Ref.Capture].Uncertainty + clocks[b.Ref.Capture].Uncertainty
	a, b = clocks.corrected(a), clocks.corrected(b)
	return a.contains(b, uncertain) || b.contains(a, uncertain)
}

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
				if there, fit := g.counterpart(i, from, to, clocks, 0); fit == 1 {
					g.join(i, there)
				}
			}
		}
	}
}

// counterpart is the one chain of a timeline that can be of the same request as i, of
// those of its own timeline the only one; fit is 0 if there is none, and more than 1
// if there are several.
func (g *groups) counterpart(i int, from, to timeline, clocks Clocks, uncertain time.Duration) (there, fit int) {
	there, fit = g.candidate(i, to, clocks, uncertain)
	if fit == 1 {
		_, fit = g.candidate(there, from, clocks, uncertain)
	}
	return there, fit
}

const (
	// stamped is by how much clocks that nothing ties may be apart for their times to
	// be taken as they are: those of one host, or of hosts that are kept in time.
	stamped = 50 * time.Millisecond
	// fewestAlike is how many requests must then fit.
	fewestAlike = 2
)

// joinAsStamped joins a browser's recording with others that nothing ties to it, as
// when heads and contents are cut: where several requests were stamped within the time
// of another one, those that are the only ones. It reports whether any was joined.
func (g *groups) joinAsStamped(known Clocks) bool {
	lines := g.timelines(nil)
	joined := false
	for a, from := range lines {
		for _, to := range lines[a+1:] {
			if known.Comparable(from.capture, to.capture) || !ofBrowser(from.capture) && !ofBrowser(to.capture) {
				continue
			}
			var pairs [][2]int
			alike := 0
			for _, i := range from.chains {
				there, fit := g.counterpart(i, from, to, nil, stamped)
				if fit == 1 {
					pairs = append(pairs, [2]int{i, there})
				}
				alike += min(fit, 1)
			}
			for _, p := range pairs {
				if alike >= fewestAlike {
					g.join(p[0], p[1])
					joined = true
				}
			}
		}
	}
	return joined
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

// candidate is a chain of a timeline that can be of the same request as i, and how many
// there are; 2 stands for several. The clocks are wrong by what is known of that, and
// by so much more.
func (g *groups) candidate(i int, line timeline, clocks Clocks, uncertain time.Duration) (found, fit int) {
	s := g.chains[i][0]
	if s.Time.IsZero() || g.shows(g.of[i], line.capture) {
		return 0, 0
	}
	uncertain += clocks[s.Ref.Capture].Uncertainty + clocks[line.capture].Uncertainty
	at, reach := clocks.span(s), longest+uncertain
	n, _ := slices.BinarySearchFunc(line.spans, at.begin.Add(-reach), func(a span, t time.Time) int { return a.begin.Compare(t) })
	for looked := 0; n < len(line.spans) && !line.spans[n].begin.After(at.begin.Add(reach)); n, looked = n+1, looked+1 {
		if looked == mostAtOnce {
			return 0, 2
		}
		if !at.contains(line.spans[n], uncertain) && !line.spans[n].contains(at, uncertain) || !g.possible(i, line.chains[n]) {
			continue
		}
		if fit > 0 {
			return 0, 2
		}
		found, fit = line.chains[n], 1
	}
	return found, fit
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

// browsers reports whether one of two sightings is a browser's, who does not know its
// own address, and the other of a request to the same site.
func (s *Sighting) browsers(t *Sighting) bool {
	return (isBrowsers(s) || isBrowsers(t)) && s.Method == t.Method && sameHost(s, t)
}

// possible reports whether two chains can be of one request, apart from their times.
func (g *groups) possible(i, j int) bool {
	a, b := g.chains[i][0], g.chains[j][0]
	return !b.Time.IsZero() && samePath(a.Path, b.Path) && a.sameBrowser(b) &&
		(a.tied(b) || a.neighbours(b) || b.neighbours(a) || a.browsers(b)) && g.compatible(g.of[i], g.of[j])
}

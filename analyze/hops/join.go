// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Request is one request with everything that was seen of it.
type Request struct {
	// Sightings are in the order in which the request passed them, outermost
	// first, as far as that can be told.
	Sightings []*Sighting
	Path      Path
}

// Join finds out which sightings are of the same request, within each capture and
// across captures. Requests are returned in order of time. Captures may have
// clocks of their own: what is joined by numbers, tokens and ids tells how far
// they are apart, and only then is time used to join the rest.
func Join(sightings []*Sighting) ([]*Request, Clocks) {
	var all []chain
	for _, c := range byCapture(sightings) {
		all = append(all, chains(c)...)
	}
	g := newGroups(all)
	g.joinByKeys(connectionKeys, anyTwo)
	g.joinByKeys(markKeys(isFixed), anyTwo)
	g.joinByKeys(markKeys(isReplaced), anyTwo)
	g.clocks = newClocks(g.linked())
	g.joinByKeys(markKeys(isAnswers), anyTwo)
	g.clocks = nil
	g.joinByKeys(logKeys, oneIsLog)
	g.joinByKeys(lineKeys, oneIsLog)
	g.joinLogs()
	clocks := newClocks(g.linked())
	if g.joinAsStamped(clocks) {
		clocks = newClocks(g.linked())
	}
	g.joinByTime(clocks)
	var requests []*Request
	receivers := receiversOf(sightings)
	for _, members := range g.all() {
		r := newRequest(members, clocks)
		r.Path.joinFamilies(receivers)
		requests = append(requests, r)
	}
	knowProxies(requests)
	slices.SortStableFunc(requests, func(a, b *Request) int {
		return cmp.Or(a.began(clocks).Compare(b.began(clocks)), inPlace(a.Sightings[0], b.Sightings[0]))
	})
	return requests, clocks
}

// byCapture sorts sightings by capture, and within each by time.
func byCapture(sightings []*Sighting) [][]*Sighting {
	var captures [][]*Sighting
	at := map[*exchange.Capture]int{}
	for _, s := range sightings {
		i, ok := at[s.Ref.Capture]
		if !ok {
			i = len(captures)
			at[s.Ref.Capture] = i
			captures = append(captures, nil)
		}
		captures[i] = append(captures[i], s)
	}
	for _, c := range captures {
		slices.SortStableFunc(c, inTime)
	}
	slices.SortStableFunc(captures, func(a, b []*Sighting) int { return byID(a[0].Ref.Capture, b[0].Ref.Capture) })
	return captures
}

// byID orders captures as they were given: "c2" before "c10".
func byID(a, b *exchange.Capture) int {
	id := func(c *exchange.Capture) string {
		if c == nil {
			return ""
		}
		return c.ID
	}
	return cmp.Or(cmp.Compare(len(id(a)), len(id(b))), cmp.Compare(id(a), id(b)))
}

// inTime orders by the capture's clock and, within one instant, by place.
func inTime(a, b *Sighting) int {
	return cmp.Or(a.Time.Compare(b.Time), inPlace(a, b))
}

func inPlace(a, b *Sighting) int {
	return cmp.Or(cmp.Compare(a.Ref.Entry, b.Ref.Entry), cmp.Compare(a.Ref.Frame, b.Ref.Frame),
		cmp.Compare(a.Ref.FirstFrame, b.Ref.FirstFrame), cmp.Compare(a.TCP.Sequence, b.TCP.Sequence))
}

// keys are the values by which two chains can be known to be of one request.
type keys func(*Sighting) []string

func connectionKeys(s *Sighting) []string {
	if !s.TCP.Known {
		return nil
	}
	return []string{fmt.Sprint(s.TCP.Sequence, " ", s.TCP.Acknowledgement, " ", s.Method)}
}

// The kinds of marks, in the order in which they tie: those of a request that nobody
// changes on the way, those that somebody may, and those of an answer.
func isFixed(m Mark) bool    { return m.Fixed && !m.Answer }
func isReplaced(m Mark) bool { return !m.Fixed && !m.Answer }
func isAnswers(m Mark) bool  { return m.Answer }

// markKeys are the marks of a kind.
func markKeys(kind func(Mark) bool) keys {
	return func(s *Sighting) []string {
		var found []string
		for _, m := range s.Marks {
			if kind(m) && m.Value != "" && !m.Guessable && m.Kind != LogMark {
				found = append(found, m.Kind+"="+m.Value+" "+s.Method)
			}
		}
		return found
	}
}

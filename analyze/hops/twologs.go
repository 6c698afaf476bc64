// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"
	"sort"
	"time"
)

// sameMoment is by how much two logs may differ over when a request was answered:
// some write whole seconds.
const sameMoment = 2 * time.Second

// joinLogs joins what a proxy's log and a Hub's say of one request: the same request,
// the same answer, at the same moment, and neither log a second line that could be
// meant. A Hub's times have no zone; only where it runs in UTC, as in containers, does
// this join anything.
func (g *groups) joinLogs() {
	hubs, proxies := map[string][]int{}, map[string][]int{}
	for i, c := range g.chains {
		s := c[0]
		switch key := lineKeys(s)[0]; {
		case !isLogs(s) || s.answeredAt().IsZero():
		case s.ByHub:
			hubs[key] = append(hubs[key], i)
		case s.HandedOn:
			proxies[key] = append(proxies[key], i)
		}
	}
	for _, key := range sortedKeys(hubs) {
		lines, others := g.inOrder(hubs[key]), g.inOrder(proxies[key])
		for _, i := range lines {
			there, ok := g.onlyOneAt(i, others)
			if !ok {
				continue
			}
			if back, ok := g.onlyOneAt(there, lines); ok && back == i {
				g.join(i, there)
			}
		}
	}
}

func sortedKeys(m map[string][]int) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// inOrder sorts chains by when their requests were answered.
func (g *groups) inOrder(list []int) []int {
	slices.SortStableFunc(list, func(a, b int) int {
		return g.chains[a][0].answeredAt().Compare(g.chains[b][0].answeredAt())
	})
	return list
}

// onlyOneAt is the one chain of a list, in order of time, at the moment of another.
func (g *groups) onlyOneAt(i int, list []int) (found int, ok bool) {
	at := g.chains[i][0].answeredAt()
	n := sort.Search(len(list), func(n int) bool { return !g.chains[list[n]][0].answeredAt().Before(at.Add(-sameMoment)) })
	if n == len(list) || g.chains[list[n]][0].answeredAt().After(at.Add(sameMoment)) {
		return 0, false
	}
	if n+1 < len(list) && !g.chains[list[n+1]][0].answeredAt().After(at.Add(sameMoment)) {
		return 0, false
	}
	return list[n], true
}

// answeredAt is when a request was answered or, where that is not known, begun.
func (s *Sighting) answeredAt() time.Time {
	if s.AnsweredAt.IsZero() {
		return s.Time
	}
	return s.AnsweredAt
}

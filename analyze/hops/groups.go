// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// groups are sets of chains that are of one request.
type groups struct {
	chains []chain
	of     []int // the group of each chain: the index of its first member
	member map[int][]int

	// clocks are set while chains are joined by what came with their answers.
	clocks Clocks
}

func newGroups(chains []chain) *groups {
	g := &groups{chains: chains, of: make([]int, len(chains)), member: map[int][]int{}}
	for i := range chains {
		g.of[i], g.member[i] = i, []int{i}
	}
	return g
}

// joinByKeys joins the chains that share a key. Where captures have several with
// one key, as when a form is submitted twice, the n-th is joined with the n-th if
// they have equally many, and else those that fit each other and no other.
func (g *groups) joinByKeys(of keys, may func(a, b *exchange.Capture) bool) {
	for _, sharing := range g.sharing(of) {
		columns := g.columns(sharing)
		for a, column := range columns {
			for _, other := range columns[a+1:] {
				if !may(g.chains[column[0]][0].Ref.Capture, g.chains[other[0]][0].Ref.Capture) {
					continue
				}
				if len(column) == len(other) {
					for n := range column {
						g.join(column[n], other[n])
					}
					continue
				}
				g.joinFitting(column, other)
			}
		}
	}
}

// mostAlike is how many chains with one key are compared each with each: a value
// that more requests have tells nothing.
const mostAlike = 128

// joinFitting joins what leaves one possibility only, seen from both sides.
func (g *groups) joinFitting(column, other []int) {
	if max(len(column), len(other)) > mostAlike {
		return
	}
	for _, i := range column {
		there, ok := g.fitting(i, other)
		if !ok {
			continue
		}
		if back, ok := g.fitting(there, column); ok && back == i {
			g.join(i, there)
		}
	}
}

// fitting is the one chain of a column that fits i; ok is false if there is none or
// several.
func (g *groups) fitting(i int, column []int) (found int, ok bool) {
	for _, j := range column {
		if g.of[i] != g.of[j] && !g.compatible(g.of[i], g.of[j]) {
			continue
		}
		if ok {
			return 0, false
		}
		found, ok = j, true
	}
	return found, ok
}

// sharing lists the chains of each key, in order of the key's first appearance.
func (g *groups) sharing(of keys) [][]int {
	var lists [][]int
	at := map[string]int{}
	for i, c := range g.chains {
		for _, s := range c {
			for _, key := range of(s) {
				k, ok := at[key]
				if !ok {
					k = len(lists)
					at[key] = k
					lists = append(lists, nil)
				}
				if list := lists[k]; len(list) == 0 || list[len(list)-1] != i {
					lists[k] = append(list, i)
				}
			}
		}
	}
	return lists
}

// columns sorts chains by capture, keeping their order.
func (g *groups) columns(chains []int) [][]int {
	var columns [][]int
	at := map[*exchange.Capture]int{}
	for _, i := range chains {
		c := g.chains[i][0].Ref.Capture
		k, ok := at[c]
		if !ok {
			k = len(columns)
			at[c] = k
			columns = append(columns, nil)
		}
		columns[k] = append(columns[k], i)
	}
	return columns
}

// join makes two groups one, unless something speaks against it.
func (g *groups) join(i, j int) {
	a, b := g.of[i], g.of[j]
	if a == b || !g.compatible(a, b) {
		return
	}
	for _, member := range g.member[b] {
		g.of[member] = a
	}
	g.member[a] = append(g.member[a], g.member[b]...)
	delete(g.member, b)
}

// compatible reports whether all chains of two groups can be of one request. One
// capture has one chain for each request.
func (g *groups) compatible(a, b int) bool {
	for _, i := range g.member[a] {
		for _, j := range g.member[b] {
			if g.chains[i][0].Ref.Capture == g.chains[j][0].Ref.Capture || !g.chains[i].agrees(g.chains[j]) {
				return false
			}
			if g.clocks != nil && !g.clocks.sameAnswer(g.chains[i][0], g.chains[j][0]) {
				return false
			}
		}
	}
	return true
}

// sameAnswer reports whether an answer that two captures show can have been given
// once. A cache gives it again: at another time, if the clocks can be held against
// each other; and perhaps to another browser, if they cannot.
func (c Clocks) sameAnswer(s, t *Sighting) bool {
	a, b := s.Ref.Capture, t.Ref.Capture
	if !c.Comparable(a, b) {
		return s.sameBrowser(t)
	}
	uncertain := c[a].Uncertainty + c[b].Uncertainty
	outer, inner := c.span(s), c.span(t)
	return s.Time.IsZero() || t.Time.IsZero() || outer.touches(inner, uncertain)
}

func (c chain) agrees(d chain) bool {
	for _, s := range c {
		for _, t := range d {
			if !s.agrees(t) || s.excludes(t) || !s.atOneTime(t) || !s.fits(t) {
				return false
			}
		}
	}
	return true
}

// excludes reports whether two sightings are of two requests because a party sends
// a request on once, and takes it in once: two connections from one address, or to
// one server, carry two requests. A proxy that shares its node's address may be at
// both ends.
func (s *Sighting) excludes(t *Sighting) bool {
	if !s.TCP.Known || !t.TCP.Known || s.TCP == t.TCP {
		return false
	}
	loop := s.Server.Address == t.Client.Address || t.Server.Address == s.Client.Address
	return s.Server == t.Server || s.Client.Address == t.Client.Address && !loop
}

// all returns the groups in order of their first chains.
func (g *groups) all() [][]chain {
	var all [][]chain
	for i := range g.chains {
		if members, ok := g.member[i]; ok {
			var chains []chain
			for _, m := range members {
				chains = append(chains, g.chains[m])
			}
			all = append(all, chains)
		}
	}
	return all
}

// linked returns the groups that several captures show.
func (g *groups) linked() [][]chain {
	return slices.DeleteFunc(g.all(), func(chains []chain) bool { return len(chains) < 2 })
}

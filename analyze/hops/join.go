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
	g.joinByKeys(connectionKeys)
	g.joinByKeys(markKeys(true))
	g.joinByKeys(markKeys(false))
	clocks := newClocks(g.linked())
	g.joinByTime(clocks)
	var requests []*Request
	for _, members := range g.all() {
		requests = append(requests, newRequest(members, clocks))
	}
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

// markKeys are the marks that nobody changes on the way, or the others.
func markKeys(fixed bool) keys {
	return func(s *Sighting) []string {
		var found []string
		for _, m := range s.Marks {
			if m.Fixed == fixed && m.Value != "" && !m.Guessable {
				found = append(found, m.Kind+"="+m.Value+" "+s.Method)
			}
		}
		return found
	}
}

// groups are sets of chains that are of one request.
type groups struct {
	chains []chain
	of     []int // the group of each chain: the index of its first member
	member map[int][]int
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
func (g *groups) joinByKeys(of keys) {
	for _, sharing := range g.sharing(of) {
		columns := g.columns(sharing)
		for a, column := range columns {
			for _, other := range columns[a+1:] {
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

// joinFitting joins what leaves one possibility only, seen from both sides.
func (g *groups) joinFitting(column, other []int) {
	for _, i := range column {
		if there := g.fitting(i, other); len(there) == 1 && len(g.fitting(there[0], column)) == 1 {
			g.join(i, there[0])
		}
	}
}

func (g *groups) fitting(i int, column []int) []int {
	var found []int
	for _, j := range column {
		if g.of[i] == g.of[j] || g.compatible(g.of[i], g.of[j]) {
			found = append(found, j)
		}
	}
	return found
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
		}
	}
	return true
}

func (c chain) agrees(d chain) bool {
	for _, s := range c {
		for _, t := range d {
			if !s.agrees(t) || s.excludes(t) {
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

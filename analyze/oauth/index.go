// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Index finds, among all round trips, those that explain what became of one.
type Index struct {
	starts  map[State]*Step
	deletes map[browser][]*Step // by time
}

// browser is one client, as one place saw it.
type browser struct {
	capture            *exchange.Capture
	address, userAgent string
}

func (s *Step) browser() browser {
	return browser{s.Ref.Capture, s.Sighting.Client.Address, s.UserAgent}
}

// NewIndex makes an index of requests in order of time.
func NewIndex(requests []*Step) *Index {
	x := &Index{starts: map[State]*Step{}, deletes: map[browser][]*Step{}}
	for _, s := range requests {
		switch outer := s.Outermost(); {
		case s.Part == PartStart && !s.State.IsZero() && x.starts[s.State] == nil:
			x.starts[s.State] = s
		case s.Part == PartCallback && outer.Deletes:
			x.deletes[outer.browser()] = append(x.deletes[outer.browser()], outer)
		}
	}
	for _, list := range x.deletes {
		slices.SortStableFunc(list, func(a, b *Step) int { return a.Time.Compare(b.Time) })
	}
	return x
}

// StartOf is the request that gave out a state; nil if it was not seen.
func (x *Index) StartOf(state State) *Step { return x.starts[state] }

// DeletedBetween is the callback of another login of the same browser whose answer
// deleted the state's cookie after it was set and before it was needed; nil if there is
// none. Both sightings must be those nearest to the browser.
func (x *Index) DeletedBetween(set, needed *Step) *Step {
	list := x.deletes[needed.browser()]
	n, _ := slices.BinarySearchFunc(list, needed.Time, func(s *Step, at time.Time) int { return s.Time.Compare(at) })
	for n--; n >= 0 && list[n].Time.After(set.Time); n-- {
		if list[n].State != needed.State {
			return list[n]
		}
	}
	return nil
}

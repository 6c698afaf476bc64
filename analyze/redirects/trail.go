// SPDX-License-Identifier: Apache-2.0

package redirects

import (
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// most bounds how many visits are kept: of more the oldest half is forgotten.
const most = 4096

// Trail keeps the visits of all clients in the order in which they were seen. The zero
// value is ready to use.
type Trail struct {
	visits   []*Visit
	prefixes map[string]bool
}

// Add takes in an exchange.
func (t *Trail) Add(x *exchange.Exchange) {
	if x.Response != nil {
		t.note(prefixOf(x.Response))
	}
	if !Matters(x) {
		return
	}
	if len(t.visits) == most {
		t.visits = append(t.visits[:0], t.visits[most/2:]...)
	}
	t.visits = append(t.visits, NewVisit(x))
}

// note keeps what a Hub takes for its prefix. Of so many Hubs none is known.
func (t *Trail) note(prefix string) {
	const mostHubs = 64
	if prefix == "" || len(t.prefixes) >= mostHubs {
		return
	}
	if t.prefixes == nil {
		t.prefixes = map[string]bool{}
	}
	t.prefixes[prefix] = true
}

// SeesHub reports whether an answer of a Hub was seen, if only in what another server
// handed on.
func (t *Trail) SeesHub() bool { return len(t.prefixes) > 0 }

// only is the prefix of the Hub if the captures show one Hub, or several that agree.
func (t *Trail) only() string {
	for prefix := range t.prefixes {
		if len(t.prefixes) == 1 {
			return prefix
		}
	}
	return ""
}

// walks are the visits of each client in each capture, in the order of their requests:
// of a browser's recording all of them, elsewhere those with one address and one
// User-Agent at one server.
func (t *Trail) walks() [][]*Visit {
	type walker struct {
		capture        *exchange.Capture
		client, server string
		agent          string
	}
	at := map[walker]int{}
	var walks [][]*Visit
	for _, v := range t.visits {
		w := walker{v.Ref.Capture, v.Client.Address, v.Server.Address, v.Agent}
		if w.capture != nil && w.capture.Kind == exchange.KindHAR {
			w = walker{capture: w.capture}
		}
		i, ok := at[w]
		if !ok {
			i = len(walks)
			at[w] = i
			walks = append(walks, nil)
		}
		walks[i] = append(walks[i], v)
	}
	for _, walk := range walks {
		slices.SortStableFunc(walk, func(a, b *Visit) int { return a.Started.Compare(b.Started) })
	}
	return walks
}

// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// The line of a log says little of a request, and its time may be of another zone.
// It is joined by its marks or, where a request went well and a log tells no more, by
// what was asked and answered when.

// beside reports whether a sighting stands beside the path: the line of a log that
// names no end of a connection is no hop.
func beside(s *Sighting) bool { return isLogs(s) && s.Client.Port == 0 }

// logKeys are what the line of a log says of a request, with its mark.
func logKeys(s *Sighting) []string {
	return []string{fmt.Sprint(s.Method, " ", s.Path, " ", s.Status, " ", s.mark(LogMark))}
}

// lineKeys are the same without a mark.
func lineKeys(s *Sighting) []string {
	return []string{fmt.Sprint(s.Method, " ", s.Path, " ", s.Status)}
}

// atOneTime reports whether the line of a log can be of the time of a request, in
// whatever zone the log was written: zones differ by quarters of an hour.
func (s *Sighting) atOneTime(t *Sighting) bool {
	if isLogs(s) == isLogs(t) && !twoLogs(s, t) || s.Time.IsZero() || t.Time.IsZero() {
		return true
	}
	return AtOneTime(s.Time, t.Time)
}

// AtOneTime reports whether two times are the same but for the zone of a log, and a
// few moments: zones differ by quarters of an hour.
func AtOneTime(a, b time.Time) bool {
	const (
		quarter = 15 * time.Minute
		widest  = 14*time.Hour + quarter
		most    = 2 * time.Second
	)
	if a.Sub(b).Abs() > widest {
		return false
	}
	apart := a.Sub(b) % quarter
	if apart < 0 {
		apart += quarter
	}
	return min(apart, quarter-apart) <= most
}

// fits reports whether the line of a log can be of a request by the address that the
// application believed: the application's own hop tells of it, in a field or as peer.
// A line that names the client's port is a proxy's, and what that proxy sent on may
// tell of another address.
func (s *Sighting) fits(t *Sighting) bool {
	line, wire := s, t
	if isLogs(t) {
		line, wire = t, s
	}
	if isLogs(s) == isLogs(t) || line.Believed == "" || !beside(line) || !WrittenByAppProxy(wire.Head) {
		return true
	}
	if SameAddress(wire.Client.Address, line.Believed) {
		return true
	}
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For"} {
		values, _ := wire.Head.Values(name)
		for _, element := range Elements(values) {
			if element == line.Believed {
				return true
			}
		}
	}
	return false
}

// twoLogs reports whether both sightings are lines of logs, and of parties that stand
// behind each other: a gateway, configurable-http-proxy, a Hub.
// What a proxy answered by itself is in no log behind it.
func twoLogs(s, t *Sighting) bool {
	return isLogs(s) && isLogs(t) && placeOf(s.program) != placeOf(t.program) && !s.keptBack && !t.keptBack
}

func placeOf(p exchange.Program) int {
	switch p {
	case exchange.ProgramJupyterHub:
		return 2
	case exchange.ProgramCHP:
		return 1
	}
	return 0
}

// joinLogs joins the lines of two logs that tell of one request: what was asked and
// answered, and when, leaves one possibility, seen from both sides.
func (g *groups) joinLogs() {
	for _, sharing := range g.sharing(lineKeys) {
		columns := g.columns(sharing)
		for a, column := range columns {
			for _, other := range columns[a+1:] {
				if twoLogs(g.chains[column[0]][0], g.chains[other[0]][0]) {
					g.joinFitting(column, other)
				}
			}
		}
	}
}

func anyTwo(_, _ *exchange.Capture) bool { return true }

func oneIsLog(a, b *exchange.Capture) bool {
	return a != nil && b != nil && (a.Kind == exchange.KindLog) != (b.Kind == exchange.KindLog)
}

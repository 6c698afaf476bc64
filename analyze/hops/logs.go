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

// logKeys are what the line of a log says of a request, with its mark.
func logKeys(s *Sighting) []string {
	return []string{fmt.Sprint(s.Method, " ", s.Path, " ", s.Status, " ", s.mark(LogMark))}
}

// lineKeys are the same without a mark.
func lineKeys(s *Sighting) []string {
	return []string{fmt.Sprint(s.Method, " ", s.Path, " ", s.Status)}
}

// atOneTime reports whether the line of a log can be of the time of a request, in
// whatever zone the log was written: zones differ by quarters of an hour. Clocks may
// be apart by more if the request was seen at the application's own hop.
func (s *Sighting) atOneTime(t *Sighting) bool {
	if isLogs(s) == isLogs(t) || s.Time.IsZero() || t.Time.IsZero() {
		return true
	}
	const quarter = 15 * time.Minute
	most := 2 * time.Second
	if WrittenByAppProxy(s.Head) || WrittenByAppProxy(t.Head) {
		most = time.Minute
	}
	apart := s.Time.Sub(t.Time) % quarter
	if apart < 0 {
		apart += quarter
	}
	return min(apart, quarter-apart) <= most
}

func anyTwo(_, _ *exchange.Capture) bool { return true }

func oneIsLog(a, b *exchange.Capture) bool {
	return a != nil && b != nil && (a.Kind == exchange.KindLog) != (b.Kind == exchange.KindLog)
}

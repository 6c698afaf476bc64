// SPDX-License-Identifier: Apache-2.0

package analyze

import "time"

// Moment is a time as people give it: At, or an Hour (since midnight, UTC) on the day
// of the recording, or so long Before its end. The zero value is none.
type Moment struct {
	At     time.Time
	IsHour bool
	Hour   time.Duration
	Before time.Duration
}

// since is the moment from which on a recording is looked at. An hour that a long
// recording has on several days is that of the first.
func (m Moment) since(first, last time.Time) time.Time {
	return m.within(first, last, func(days []time.Time) time.Time { return days[0] })
}

// until is like since; of several days it is the last one.
func (m Moment) until(first, last time.Time) time.Time {
	return m.within(first, last, func(days []time.Time) time.Time { return days[len(days)-1] })
}

func (m Moment) within(first, last time.Time, choose func([]time.Time) time.Time) time.Time {
	switch {
	case m.Before > 0 && !last.IsZero():
		return last.Add(-m.Before)
	case !m.IsHour || first.IsZero():
		return m.At
	}
	var days, inside []time.Time
	const most = 1000 // days; a clock that jumped can make a recording look longer
	for day := midnight(first); !day.After(last) && len(days) < most; day = day.AddDate(0, 0, 1) {
		at := day.Add(m.Hour)
		days = append(days, at)
		if !at.Before(first) && !at.After(last) {
			inside = append(inside, at)
		}
	}
	if len(inside) > 0 {
		return choose(inside)
	}
	return choose(days)
}

func midnight(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

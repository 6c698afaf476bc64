// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	hour := func(h, m int) Moment {
		return Moment{IsHour: true, Hour: time.Duration(h)*time.Hour + time.Duration(m)*time.Minute}
	}
	day := [2]string{"2026-11-22 10:00:00", "2026-11-22 12:00:00"}
	night := [2]string{"2026-11-22 23:00:00", "2026-11-23 01:00:00"}
	week := [2]string{"2026-11-20 09:00:00", "2026-11-23 18:00:00"}
	for _, test := range []struct {
		name         string
		moment       Moment
		span         [2]string
		since, until string
	}{
		{"within", hour(11, 30), day, "2026-11-22 11:30:00", "2026-11-22 11:30:00"},
		{"before the recording", hour(9, 0), day, "2026-11-22 09:00:00", "2026-11-22 09:00:00"},
		{"after the recording", hour(13, 0), day, "2026-11-22 13:00:00", "2026-11-22 13:00:00"},
		{"before midnight", hour(23, 50), night, "2026-11-22 23:50:00", "2026-11-22 23:50:00"},
		{"after midnight", hour(0, 10), night, "2026-11-23 00:10:00", "2026-11-23 00:10:00"},
		{"on several days", hour(12, 0), week, "2026-11-20 12:00:00", "2026-11-23 12:00:00"},
		{"before the end", Moment{Before: 10 * time.Minute}, day, "2026-11-22 11:50:00", "2026-11-22 11:50:00"},
		{"a date", Moment{At: at("2026-01-01 00:00:00")}, day, "2026-01-01 00:00:00", "2026-01-01 00:00:00"},
	} {
		first, last := at(test.span[0]), at(test.span[1])
		if got := test.moment.since(first, last); !got.Equal(at(test.since)) {
			t.Errorf("%s: since %s, want %s", test.name, got, test.since)
		}
		if got := test.moment.until(first, last); !got.Equal(at(test.until)) {
			t.Errorf("%s: until %s, want %s", test.name, got, test.until)
		}
	}
	if got := hour(1, 0).since(time.Time{}, time.Time{}); !got.IsZero() {
		t.Errorf("a recording without times: %s", got)
	}
}

// A login that is not selected must not cost a search of ranges.
func TestSelectionBeforeRecovery(t *testing.T) {
	s := selector{Selection: Selection{Clients: []string{"198.51.100.23"}}}
	if s.may(loginTraits{number: 1, clients: []string{"198.51.100.24"}}, "failed") {
		t.Error("the login of another client may be selected")
	}
	if !s.may(loginTraits{number: 1, clients: []string{"::ffff:198.51.100.23"}}, "failed") {
		t.Error("another spelling of the address is another client")
	}
	if !s.may(loginTraits{number: 1}, "failed") {
		t.Error("a login whose client is not known yet is left out")
	}
}

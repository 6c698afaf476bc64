// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// Captures of several hosts say together what they say with one clock, however
// far their own clocks are apart.
func TestClocksChangeNothing(t *testing.T) {
	for _, truth := range dozen(t) {
		in := inputOf(t, truth, everything)
		want := says(diagnose(t, in.files, quick(t, truth)))
		for name, wrong := range map[string]func(i int) clock{
			"hours apart":         func(i int) clock { return clock{ahead: time.Duration(7*i-20)*time.Hour + time.Duration(i)*time.Minute} },
			"half a second apart": func(i int) clock { return clock{ahead: time.Duration(i%3-1) * time.Second / 2} },
			"drifting by 100 ppm": func(i int) clock { return clock{ppm: float64(i%3-1) * 100} },
		} {
			t.Run(truth.Scenario+"/"+name, func(t *testing.T) {
				var files []file
				for i, f := range in.files {
					files = append(files, file{f.name, wrong(i).stamp(t, f)})
				}
				if got := says(diagnose(t, files, quick(t, truth))); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("\n got %+v\nwant %+v", got, want)
				}
			})
		}
	}
}

// clock is what is wrong with the clock of a recorder.
type clock struct {
	ahead time.Duration
	ppm   float64
}

// stamp is a recording as such a recorder would have made it.
func (c clock) stamp(t *testing.T, f file) []byte {
	t.Helper()
	if strings.HasSuffix(f.name, ".pcap") {
		if len(pcaptest.Parse(f.data).Packets) == 0 {
			return f.data
		}
		return pcaptest.Drift(pcaptest.Shift(f.data, c.ahead), c.ppm)
	}
	whole := readHAR(t, f.data)
	var first time.Time
	for i, raw := range whole.Log.Entries {
		var e harEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = e.Started
		}
		at := e.Started.Add(c.ahead + time.Duration(float64(e.Started.Sub(first))*c.ppm/1e6))
		var entry map[string]jsontext.Value
		if err := json.Unmarshal(raw, &entry); err != nil {
			t.Fatal(err)
		}
		entry["startedDateTime"] = jsontext.Value(at.UTC().Format(`"2006-01-02T15:04:05.000Z"`))
		changed, err := json.Marshal(entry)
		if err != nil {
			t.Fatal(err)
		}
		whole.Log.Entries[i] = changed
	}
	data, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

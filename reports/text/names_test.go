// SPDX-License-Identifier: Apache-2.0

package text

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

func TestPlaces(t *testing.T) {
	split := finding.Capture{ID: "c1", Name: "a/t.pcap", Parts: []finding.Part{
		{Name: "a/t.pcap", FirstFrame: 1, Packets: 11}, {Name: "a/t.pcap1", FirstFrame: 12, Packets: 9},
	}}
	for _, test := range []struct {
		name     string
		captures []finding.Capture
		ref      finding.Ref
		want     string
	}{
		{"one file", []finding.Capture{{ID: "c1", Name: "a/hub.pcap"}}, finding.Ref{Capture: "c1", Frame: 7}, "frame 7"},
		{"two captures", []finding.Capture{{ID: "c1", Name: "a/hub.pcap"}, {ID: "c2", Name: "a/chp.pcap"}},
			finding.Ref{Capture: "c2", Frame: 7}, "chp.pcap frame 7"},
		{"two of one name", []finding.Capture{{ID: "c1", Name: "a/hub.pcap"}, {ID: "c2", Name: "b/hub.pcap"}},
			finding.Ref{Capture: "c2", Frame: 7}, "b/hub.pcap frame 7"},
		{"first part", []finding.Capture{split}, finding.Ref{Capture: "c1", Frame: 11}, "t.pcap frame 11"},
		{"second part", []finding.Capture{split}, finding.Ref{Capture: "c1", Frame: 12}, "t.pcap1 frame 1"},
		{"part with a name that another capture has", []finding.Capture{split, {ID: "c2", Name: `b\t.pcap1`}},
			finding.Ref{Capture: "c1", Frame: 12}, "a/t.pcap1 frame 1"},
	} {
		p := &page{report: &finding.Report{Captures: test.captures}}
		if got := p.place(test.ref); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

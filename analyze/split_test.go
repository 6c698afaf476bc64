// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// A capture in several files gives the findings of the whole, frame by frame,
// wherever it was split: tcpdump -C does not look at what it cuts.
func TestSplitCapturesSayTheSame(t *testing.T) {
	checked := 0
	for _, truth := range dozen(t) {
		if truth.Scenario == "form-open-65-minutes-4.1.6" {
			continue // split in its hour without a packet it is two recordings
		}
		for _, in := range inputsOf(t, truth) {
			if !strings.HasSuffix(in.name, ".pcap") || len(in.submitted(truth)) == 0 {
				continue
			}
			whole, options := in.files[0].data, quick(t, truth)
			want := diagnose(t, []file{{"trace.pcap", whole}}, options)
			for _, at := range splits(whole) {
				t.Run(fmt.Sprintf("%s/%s/%d", truth.Scenario, in.name, at), func(t *testing.T) {
					checked++
					holdSplit(t, options, want, whole, at, "trace.pcap", "trace.pcap1")
				})
			}
			t.Run(truth.Scenario+"/"+in.name+"/in the submit, without a number", func(t *testing.T) {
				holdSplit(t, options, want, whole, submitPacket(whole), "before.pcap", "after.pcap")
			})
		}
	}
	if checked < 300 {
		t.Errorf("only %d splits were checked", checked)
	}
}

// splits are places all over a capture, those around the submit among them.
func splits(whole []byte) []int {
	n := len(pcaptest.Parse(whole).Packets)
	post := submitPacket(whole)
	places := []int{1, n / 4, n / 2, n * 3 / 4, post - 1, post, post + 1, n - 1}
	slices.Sort(places)
	return slices.Compact(places)
}

// submitPacket is how many packets there are up to the one in which the submit begins.
func submitPacket(whole []byte) int {
	return 1 + slices.IndexFunc(pcaptest.Parse(whole).Packets, func(p pcaptest.Packet) bool {
		return bytes.Contains(p.Data, []byte("POST /hub/login"))
	})
}

func holdSplit(t *testing.T, options analyze.Options, want *finding.Report, whole []byte, at int, first, second string) {
	t.Helper()
	a, b := pcaptest.Split(whole, at)
	got := diagnose(t, []file{{first, a}, {second, b}}, options)
	if len(got.Captures) != 1 {
		t.Fatalf("%d captures", len(got.Captures))
	}
	holdLedger(t, got)
	holdToSchema(t, got)
	c := got.Captures[0]
	parts := []finding.Part{{Name: first, FirstFrame: 1, Packets: at}, {Name: second, FirstFrame: at + 1, Packets: c.Ledger.Packets - at}}
	if !reflect.DeepEqual(c.Parts, parts) {
		t.Errorf("parts are %+v, want %+v", c.Parts, parts)
	}
	if !reflect.DeepEqual(got.Logins, want.Logins) {
		t.Errorf("\n got %+v\nwant %+v", got.Logins, want.Logins)
	}
	if c.Parts = nil; !reflect.DeepEqual(withName(c, ""), withName(want.Captures[0], "")) {
		t.Errorf("\n got %+v\nwant %+v", c, want.Captures[0])
	}
}

// withName leaves out what is said of the files: names, and frames counted in them.
func withName(c finding.Capture, name string) finding.Capture {
	c.Name = name
	c.Notes = slices.Clone(c.Notes)
	for i := range c.Notes {
		c.Notes[i].Text = inFrame.ReplaceAllString(c.Notes[i].Text, "")
	}
	return c
}

var inFrame = regexp.MustCompile(` in frame \d+( of "[^"]*")?`)

// Many files are no different from two, whatever they are packed with.
func TestManyFilesSayTheSame(t *testing.T) {
	for _, truth := range dozen(t) {
		whole, options := inputOf(t, truth, "hub.pcap").files[0].data, quick(t, truth)
		var files []file
		rest := whole
		for i := 0; len(pcaptest.Parse(rest).Packets) > 0; i++ {
			var part []byte
			part, rest = pcaptest.Split(rest, 10)
			if i%2 == 1 {
				part = pcaptest.Gzip(part, 1)
			}
			files = append(files, file{fmt.Sprintf("trace_%05d_20261122072802.pcap", i), part})
		}
		got := diagnose(t, files, options)
		if len(got.Captures) != 1 || len(got.Captures[0].Parts) != len(files) || len(files) < 5 {
			t.Fatalf("%d captures of %d files", len(got.Captures), len(files))
		}
		if want := diagnose(t, []file{{"trace.pcap", whole}}, options); !reflect.DeepEqual(got.Logins, want.Logins) {
			t.Errorf("%s:\n got %+v\nwant %+v", truth.Scenario, got.Logins, want.Logins)
		}
	}
}

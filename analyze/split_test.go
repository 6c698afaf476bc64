// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

// A capture in several files gives the findings of the whole, frame by frame,
// wherever it was split: tcpdump -C does not look at what it cuts.
func TestSplitCapturesSayTheSame(t *testing.T) {
	checked := 0
	for _, truth := range loadTruths(t) {
		for _, v := range vantages {
			whole, _, ok := packets(t, truth, v)
			if !ok {
				continue
			}
			want := sayOf(t, []string{"trace.pcap"}, whole)
			for _, at := range splits(whole) {
				t.Run(fmt.Sprintf("%s/%s/%d", truth.Scenario, v.host, at), func(t *testing.T) {
					checked++
					holdSplit(t, want, whole, at, "trace.pcap", "trace.pcap1")
				})
			}
			t.Run(truth.Scenario+"/"+v.host+"/in the submit, without a number", func(t *testing.T) {
				holdSplit(t, want, whole, submitPacket(whole), "before.pcap", "after.pcap")
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

func holdSplit(t *testing.T, want *finding.Report, whole []byte, at int, first, second string) {
	t.Helper()
	a, b := pcaptest.Split(whole, at)
	got := sayOf(t, []string{first, second}, a, b)
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

func withName(c finding.Capture, name string) finding.Capture {
	c.Name = name
	return c
}

// Many files are no different from two, whatever they are packed with.
func TestManyFilesSayTheSame(t *testing.T) {
	for _, truth := range loadTruths(t) {
		if !strings.HasSuffix(truth.Scenario, "4.1.6") {
			continue
		}
		whole, _, ok := packets(t, truth, vantages[5])
		if !ok {
			continue
		}
		var files [][]byte
		var titles []string
		rest := whole
		for i := 0; len(pcaptest.Parse(rest).Packets) > 0; i++ {
			var part []byte
			part, rest = pcaptest.Split(rest, 10)
			titles = append(titles, fmt.Sprintf("trace_%05d_20261122072802.pcap", i))
			if i%2 == 1 {
				part = pcaptest.Gzip(part, 1)
			}
			files = append(files, part)
		}
		got := sayOf(t, titles, files...)
		if len(got.Captures) != 1 || len(got.Captures[0].Parts) != len(files) || len(files) < 5 {
			t.Fatalf("%d captures of %d files", len(got.Captures), len(files))
		}
		if want := sayOf(t, []string{"trace.pcap"}, whole); !reflect.DeepEqual(got.Logins, want.Logins) {
			t.Errorf("%s:\n got %+v\nwant %+v", truth.Scenario, got.Logins, want.Logins)
		}
	}
}

// sayOf diagnoses files as say does.
func sayOf(t *testing.T, titles []string, files ...[]byte) *finding.Report {
	t.Helper()
	directory, err := names.Load(strings.NewReader("10.244.3.17 a\n10.244.5.42 b\n::ffff:10.244.3.17 a\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := analyze.New(analyze.Options{Recover: iprecovery.Seen, Names: directory})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	for i, file := range files {
		if err := loader.Read(t.Context(), titles[i], bytes.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	return a.Close(t.Context(), loader.Close())
}

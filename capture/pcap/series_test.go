// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"context"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// readSeries reads files as one capture.
func readSeries(t *testing.T, files ...[]byte) (*reading, []error) {
	t.Helper()
	r := &reading{}
	s := NewSeries(&r.Capture, func(s *reassembly.Segment) error {
		kept := *s
		kept.Payload = bytes.Clone(s.Payload)
		r.segments = append(r.segments, kept)
		return nil
	})
	var errs []error
	for i, b := range files {
		errs = append(errs, s.Read(context.Background(), bytes.NewReader(b), string(rune('a'+i))))
	}
	r.extras = s.Close()
	r.checkLedger(t)
	return r, errs
}

// Files of any format give the segments of the whole, frame numbers and fragments
// of packets included.
func TestSeriesIsTheWhole(t *testing.T) {
	whole := fixture(t, "jupyterhub/two-ingresses-no-headers-4.1.6/router.pcap")
	for name, variant := range map[string]func([]byte) []byte{
		"pcap":       func(b []byte) []byte { return b },
		"pcapng":     func(b []byte) []byte { return pcaptest.Pcapng(b, pcaptest.NG{}) },
		"gzip":       func(b []byte) []byte { return pcaptest.Gzip(b, 2) },
		"interfaces": func(b []byte) []byte { return pcaptest.Pcapng(b, pcaptest.NG{PerInterface: true}) },
	} {
		want := mustRead(t, variant(whole))
		for _, at := range []int{1, 30, 77} {
			first, second := pcaptest.Split(whole, at)
			got, errs := readSeries(t, variant(first), variant(second))
			if errs[0] != nil || errs[1] != nil || len(got.Notes) > 0 {
				t.Fatalf("%s: %v, %v", name, errs, got.Notes)
			}
			compare := []string{}
			if name == "interfaces" {
				compare = append(compare, "but interface") // described in another order
			}
			sameSegments(t, got, want, compare...)
			if got.Ledger != want.Ledger || !got.FirstTime.Equal(want.FirstTime) || !got.LastTime.Equal(want.LastTime) {
				t.Errorf("%s: got %+v, want %+v", name, got.Ledger, want.Ledger)
			}
			if p := got.Parts; len(p) != 2 || p[0].Packets != at || p[1].FirstFrame != at+1 || p[1].Name != "b" {
				t.Errorf("%s: parts %+v", name, p)
			}
		}
	}
}

// A packet in fragments may begin in one file and end in the next.
func TestSeriesJoinsFragments(t *testing.T) {
	whole := pcaptest.Fragment(fixture(t, "jupyterhub/two-ingresses-no-headers-4.1.6/hub.pcap"), 200, true)
	want := mustRead(t, whole)
	for at := range len(pcaptest.Parse(whole).Packets) {
		if at == 0 {
			continue
		}
		first, second := pcaptest.Split(whole, at)
		got, _ := readSeries(t, first, second)
		sameSegments(t, got, want)
	}
}

// Whatever is read as a series, packets are accounted for, each file has its
// share, and no frame is beyond its end.
func FuzzSeries(f *testing.F) {
	for _, b := range seeds(f) {
		f.Add(b, pcaptest.CutLast(b, 30))
		f.Add(pcaptest.Pcapng(b, pcaptest.NG{}), pcaptest.Gzip(b, 1))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a)+len(b) > 1<<16 {
			return
		}
		Look(b)
		got, _ := readSeries(t, a, b)
		sum := 0
		for _, part := range got.Parts {
			sum += part.Packets
		}
		if len(got.Parts) != 2 || sum != got.Ledger.Packets {
			t.Fatalf("%+v of %d packets", got.Parts, got.Ledger.Packets)
		}
		for _, s := range got.segments {
			if name, frame := got.Locate(s.Frame); frame < 1 || name == "" && s.Frame >= got.Parts[1].FirstFrame {
				t.Fatalf("frame %d is %d of %q", s.Frame, frame, name)
			}
		}
	})
}

func TestLook(t *testing.T) {
	whole := fixture(t, "jupyterhub/two-ingresses-no-headers-4.1.6/hub.pcap")
	for name, b := range map[string][]byte{
		"whole": whole, "cut in a packet": whole[:4000], "gzip, cut": pcaptest.Gzip(whole, 1)[:4000],
	} {
		start := Look(b)
		if start.Kind != exchange.KindPcap || len(start.Segments) < 10 || start.first == 0 || len(start.links) != 1 {
			t.Errorf("%s: %s, %d segments, first %d, links %d", name, start.Kind, len(start.Segments), start.first, start.links)
		}
	}
	if start := Look([]byte("{}")); start.Kind != "" {
		t.Errorf("found %s", start.Kind)
	}
}

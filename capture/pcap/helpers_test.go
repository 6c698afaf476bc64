// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// reading is what a capture gave.
type reading struct {
	exchange.Capture
	extras   *Extras
	segments []reassembly.Segment
	err      error
}

// readAll reads a capture, keeps its segments and checks the ledger.
func readAll(t testing.TB, b []byte) *reading {
	t.Helper()
	r := &reading{}
	r.extras, r.err = ReadExtras(context.Background(), bytes.NewReader(b), &r.Capture, func(s *reassembly.Segment) error {
		kept := *s
		kept.Payload = bytes.Clone(s.Payload)
		r.segments = append(r.segments, kept)
		return nil
	})
	r.checkLedger(t)
	return r
}

// mustRead is readAll for a capture that has nothing wrong with it.
func mustRead(t testing.TB, b []byte) *reading {
	t.Helper()
	r := readAll(t, b)
	if r.err != nil || len(r.Notes) > 0 {
		t.Fatalf("got error %v, notes %q", r.err, r.Notes)
	}
	return r
}

// checkLedger counts each segment as used and then wants the sums to agree.
func (r *reading) checkLedger(t testing.TB) {
	t.Helper()
	l := r.Ledger
	if sum := len(r.segments) + l.Used + l.NotHTTP + l.Encrypted + l.Duplicate + l.Undecodable; sum != l.Packets {
		t.Fatalf("%d packets, but %d segments and %+v make %d", l.Packets, len(r.segments), l, sum)
	}
}

// payload is how many bytes of content the segments hold or miss.
func (r *reading) payload() int {
	n := 0
	for _, s := range r.segments {
		n += len(s.Payload) + s.Missing
	}
	return n
}

func (r *reading) hasNote(code exchange.NoteCode, text string) bool {
	for _, note := range r.Notes {
		if note.Code == code && strings.Contains(note.Text, text) {
			return true
		}
	}
	return false
}

const fixturesDir = "../../fixtures"

// fixtures lists the recordings, relative to their folder.
func fixtures(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(fixturesDir + "/*/*/*.pcap")
	if err != nil || len(files) < 50 {
		t.Fatalf("found %d recordings, %v", len(files), err)
	}
	for i := range files {
		files[i] = filepath.ToSlash(strings.TrimPrefix(files[i], fixturesDir+"/"))
	}
	return files
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(fixturesDir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameSegments compares what two variants of a capture gave. Frames and
// interfaces may be numbered in another way where compare says so.
func sameSegments(t *testing.T, got, want *reading, compare ...string) {
	t.Helper()
	if len(got.segments) != len(want.segments) {
		t.Fatalf("got %d segments, want %d", len(got.segments), len(want.segments))
	}
	if len(got.segments) == 0 {
		t.Fatal("there are no segments to compare")
	}
	for i := range want.segments {
		a, b := got.segments[i], want.segments[i]
		for _, but := range compare {
			switch but {
			case "but interface":
				a.Interface, b.Interface = 0, 0
			case "but frame":
				a.Frame, b.Frame = 0, 0
			case "but time":
				a.Nanos, b.Nanos = 0, 0
			}
		}
		if !bytes.Equal(a.Payload, b.Payload) {
			t.Fatalf("segment %d: payloads of %d and %d bytes differ", i, len(a.Payload), len(b.Payload))
		}
		a.Payload, b.Payload = nil, nil
		if pa, pb := a, b; !equalSegment(&pa, &pb) {
			t.Fatalf("segment %d: got %+v, want %+v", i, a, b)
		}
	}
}

// equalSegment compares all but the payload.
func equalSegment(a, b *reassembly.Segment) bool {
	return a.Frame == b.Frame && a.Nanos == b.Nanos && a.Interface == b.Interface &&
		a.Source == b.Source && a.Destination == b.Destination &&
		a.SourcePort == b.SourcePort && a.DestinationPort == b.DestinationPort &&
		a.Sequence == b.Sequence && a.Acknowledgement == b.Acknowledgement &&
		a.Flags == b.Flags && a.Missing == b.Missing
}

// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../fixtures/jupyterhub", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// file is an input of a test.
type file struct {
	name string
	data []byte
}

// loadAll reads inputs and holds the ledger of each capture to its packets.
func loadAll(t *testing.T, files ...file) ([]*exchange.Capture, []*exchange.Exchange) {
	t.Helper()
	var list []*exchange.Exchange
	l := &Loader{Emit: func(x *exchange.Exchange) { list = append(list, x) }}
	for _, f := range files {
		if err := l.Read(t.Context(), f.name, bytes.NewReader(f.data)); err != nil {
			t.Fatal(err)
		}
	}
	captures := l.Close()
	for _, c := range captures {
		n := c.Ledger
		if sum := n.Used + n.NotHTTP + n.Encrypted + n.Duplicate + n.Undecodable; sum != n.Packets {
			t.Errorf("%s: the ledger accounts for %d of %d packets: %+v", c.Name, sum, n.Packets, n)
		}
	}
	return captures, list
}

// later moves a capture in time.
func later(b []byte, by time.Duration) []byte {
	f := pcaptest.Parse(b)
	for i := range f.Packets {
		f.Packets[i].Nanos += int64(by)
	}
	return f.Bytes()
}

// span is how long a capture takes.
func span(b []byte) time.Duration {
	p := pcaptest.Parse(b).Packets
	return time.Duration(p[len(p)-1].Nanos - p[0].Nanos)
}

func TestWhichFilesAreOneCapture(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	chp := fixture(t, "two-ingresses-no-headers-4.1.6/chp.pcap")
	ingressA := fixture(t, "two-ingresses-no-headers-4.1.6/ingressA.pcap")
	ingressB := fixture(t, "two-ingresses-no-headers-4.1.6/ingressB.pcap")
	half := len(pcaptest.Parse(hub).Packets) / 2
	one, two := pcaptest.Split(hub, half)
	otherHost := later(pcaptest.Ethernet(ingressB), time.Duration(pcaptest.Parse(hub).Packets[0].Nanos-pcaptest.Parse(ingressB).Packets[0].Nanos)+span(hub)+time.Second)
	har := []byte(`{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[]}}`)
	for name, test := range map[string]struct {
		files []file
		want  int // captures
	}{
		"a connection goes on":            {[]file{{"x", one}, {"y", two}}, 1},
		"numbered by tcpdump":             {[]file{{"t.pcap", one}, {"t.pcap1", two}}, 1},
		"packed":                          {[]file{{"x", pcaptest.Gzip(one, 1)}, {"y", pcaptest.Zstd(two, 1)}}, 1},
		"pcapng":                          {[]file{{"x", pcaptest.Pcapng(one, pcaptest.NG{})}, {"y", pcaptest.Pcapng(two, pcaptest.NG{})}}, 1},
		"a pause of 59 s":                 {[]file{{"t.pcap1", one}, {"t.pcap2", later(two, 59*time.Second)}}, 1},
		"numbered, no connection goes on": {[]file{{"t.pcap", hub}, {"t.pcap1", otherHost}}, 1},

		"another host, one second after the other": {[]file{{"hub.pcap", hub}, {"ingress.pcap", otherHost}}, 2},
		"other hosts with numbers":                 {[]file{{"ingress1.pcap", hub}, {"ingress2.pcap", otherHost}}, 2},
		"numbered in two folders":                  {[]file{{"a/t.pcap", hub}, {"b/t.pcap1", otherHost}}, 2},
		"at the same time":                         {[]file{{"t.pcap", hub}, {"t.pcap1", chp}}, 2},
		"at the same time, the other way around":   {[]file{{"t.pcap", chp}, {"t.pcap1", hub}}, 2},
		"one ingress and then the other":           {[]file{{"ingressA.pcap", ingressA}, {"ingressB.pcap", ingressB}}, 2},
		"the same file twice":                      {[]file{{"t.pcap", one}, {"t.pcap1", one}}, 2},
		"in the wrong order":                       {[]file{{"t.pcap", two}, {"t.pcap1", one}}, 2},
		"a pause of 61 s":                          {[]file{{"t.pcap", one}, {"t.pcap1", later(two, 61*time.Second)}}, 2},
		"another link type":                        {[]file{{"t.pcap", one}, {"t.pcap1", pcaptest.Raw(two)}}, 2},
		"another format":                           {[]file{{"t.pcap", one}, {"t.pcap1", pcaptest.Pcapng(two, pcaptest.NG{})}}, 2},
		"a HAR between them":                       {[]file{{"t.pcap", one}, {"x.har", har}, {"t.pcap1", two}}, 3},
		"from standard input":                      {[]file{{"x", one}, {stdinWords, two}}, 2},
		"without packets":                          {[]file{{"t.pcap", one}, {"t.pcap1", one[:24]}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			captures, _ := loadAll(t, test.files...)
			if len(captures) != test.want {
				t.Errorf("%d captures, want %d", len(captures), test.want)
			}
			for i, c := range captures {
				if c.ID != "c"+string(rune('1'+i)) {
					t.Errorf("capture %d has the ID %s", i, c.ID)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		before, name string
		want         bool
	}{
		{"trace.pcap", "trace.pcap1", true},
		{"trace.pcap1", "trace.pcap2", true},
		{"trace.pcap09", "trace.pcap10", true},
		{"d/trace.pcap1.gz", "d/trace.pcap2.gz", true},
		{"a.zip:d/trace.pcap1", "a.zip:d/trace.pcap2", true},
		{"t_00001_20261122072802.pcapng", "t_00002_20261122072902.pcapng", true},
		{"t_00001.pcap", "t_00002.pcap", true},
		{"t_00001_20261122072802", "t_00002_20261122072902", true},
		{"trace.pcap1", "trace.pcap10", false},
		{"trace.pcap1", "trace.pcap3", false},
		{"trace.pcap2", "trace.pcap1", false},
		{"trace.pcap", "trace.pcap", false},
		{"trace.pcap", "other.pcap1", false},
		{"a/trace.pcap", "b/trace.pcap1", false},
		{"ingress1.pcap", "ingress2.pcap", false},
		{"hub", "hub1", false},
		{"node_1.pcap", "node_2.pcap", false},
		{"t_00001_20261122072802.pcap", "u_00002_20261122072902.pcap", false},
		{"t_00001_20261122072802.pcap", "t_00002_20261122072902.pcapng", false},
		{"", "", false},
	} {
		if got := isNext(test.before, test.name); got != test.want {
			t.Errorf("isNext(%q, %q) = %t", test.before, test.name, got)
		}
	}
}

// Frames are those of the file that a reader opens.
func TestLocate(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	_, whole := loadAll(t, file{"hub.pcap", hub})
	const at = 20
	one, two := pcaptest.Split(hub, at)
	captures, list := loadAll(t, file{"dir/t.pcap", one}, file{"dir/t.pcap1", two})
	if len(captures) != 1 || len(list) != len(whole) {
		t.Fatalf("%d captures, %d exchanges, want %d", len(captures), len(list), len(whole))
	}
	for i, x := range list {
		want, frame := "dir/t.pcap", whole[i].Ref.Frame
		if frame > at {
			want, frame = "dir/t.pcap1", frame-at
		}
		if name, local := x.Ref.Capture.Locate(x.Ref.Frame); name != want || local != frame {
			t.Errorf("%s is frame %d of %s, want %d of %s", whole[i].Ref, local, name, frame, want)
		}
	}
}

// What is wrong with one file is said with its name, and with frames as in it.
func TestNotesOfParts(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	one, two := pcaptest.Split(hub, 20)
	one = append(one, two[24:40]...) // the head of a packet, and then nothing
	captures, _ := loadAll(t, file{"t.pcap", one}, file{"t.pcap1", pcaptest.Snaplen(two, 100)})
	if len(captures) != 1 {
		t.Fatalf("%d captures", len(captures))
	}
	var all []string
	for _, note := range captures[0].Notes {
		all = append(all, note.Text)
	}
	notes := strings.Join(all, "\n")
	for _, want := range []string{`"t.pcap": the capture is broken at byte`, "in the middle of packet 21; 20 packets before", `of "t.pcap1": record whole packets`} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %q:\n%s", want, notes)
		}
	}
}

// A file that cannot be read to its end spoils nothing of the files before it.
func TestUnreadablePart(t *testing.T) {
	hub := fixture(t, "two-ingresses-no-headers-4.1.6/hub.pcap")
	one, two := pcaptest.Split(hub, 20)
	count := 0
	l := &Loader{Emit: func(*exchange.Exchange) { count++ }}
	if err := l.Read(t.Context(), "t.pcap", bytes.NewReader(one)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is broken")
	// More than is looked at beforehand, then the failure.
	long := append(two, bytes.Repeat(two[24:], 30)...)
	if len(long) < 2*sniffZstdBytes {
		t.Fatal("too short for the test")
	}
	r := io.MultiReader(bytes.NewReader(long), iotest.ErrReader(broken))
	if err := l.Read(t.Context(), "t.pcap1", r); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	captures := l.Close()
	if len(captures) != 1 || len(captures[0].Parts) != 2 || count == 0 {
		t.Errorf("%d captures, %d exchanges", len(captures), count)
	}
}

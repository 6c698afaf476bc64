// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
)

const plainFixture = "jupyterhub/healthy-4.1.6/client.pcap"

// TestCutAnywhere wants whatever stands before the cut, and to be told about it.
func TestCutAnywhere(t *testing.T) {
	b, _ := pcaptest.Split(fixture(t, plainFixture), 6)
	whole := mustRead(t, b)
	for _, v := range []variant{
		{"pcap", bytes.Clone, nil},
		{"pcapng", func(b []byte) []byte { return pcaptest.Pcapng(b, pcaptest.NG{}) }, nil},
	} {
		data := v.make(b)
		for n := range data {
			r := readAll(t, data[:n])
			var format *FormatError
			switch {
			case errors.As(r.err, &format) && format.Hint != "" && r.Ledger.Packets == 0:
			case r.err == nil && (len(r.Notes) == 0 || r.hasNote(exchange.NoteDamaged, "it ends in the middle of")):
			default:
				t.Fatalf("%s cut at %d: got error %v, notes %q", v.name, n, r.err, r.Notes)
			}
			if r.Ledger.Packets == len(whole.segments) && len(r.Notes) == 0 && v.name == "pcap" {
				t.Fatalf("cut at %d: all packets were read, and nothing was said", n)
			}
		}
	}
}

// TestCutPacked wants the packets that a cut compressed file still holds.
func TestCutPacked(t *testing.T) {
	b := fixture(t, plainFixture)
	whole := mustRead(t, b)
	for name, data := range map[string][]byte{
		"gzip": pcaptest.Gzip(b, 1), "gzip, second member": pcaptest.Gzip(b, 2),
		"zstd, second frame": pcaptest.Zstd(b, 2),
	} {
		r := readAll(t, pcaptest.CutLast(data, len(data)/4))
		if r.err != nil || !r.hasNote(exchange.NoteDamaged, "of the unpacked capture") {
			t.Errorf("%s: got error %v, notes %q", name, r.err, r.Notes)
		}
		if n := len(r.segments); n == 0 || n >= len(whole.segments) {
			t.Errorf("%s: got %d of %d segments", name, n, len(whole.segments))
		}
	}
	damaged := pcaptest.Gzip(b, 1)
	damaged[len(damaged)/2] ^= 0xff
	if r := readAll(t, damaged); len(r.Notes) == 0 {
		t.Errorf("damaged gzip: got error %v, no note", r.err)
	}
}

// TestDamagedRecord wants the offset of the record that cannot be right.
func TestDamagedRecord(t *testing.T) {
	first, second := pcaptest.Split(fixture(t, plainFixture), 5)
	for _, captured := range []uint32{maxPacket + 1, 1 << 31, 1<<32 - 1} {
		b := bytes.Clone(first)
		b = append(b, second[24:]...)
		binary.LittleEndian.PutUint32(b[len(first)+8:], captured)
		r := readAll(t, b)
		where := fmt.Sprintf("byte %d: packet 6 claims to be %d bytes long; 5 packets", len(first), captured)
		if r.err != nil || r.Ledger.Packets != 5 || !r.hasNote(exchange.NoteDamaged, where) {
			t.Errorf("%d: got error %v, %+v, %q; want a note with %q", captured, r.err, r.Ledger, r.Notes, where)
		}
	}
}

// TestNoise reads a capture behind what kubectl and tcpdump said on stderr.
func TestNoise(t *testing.T) {
	b := fixture(t, plainFixture)
	want := mustRead(t, b)
	for _, data := range [][]byte{b, pcaptest.Pcapng(b, pcaptest.NG{})} {
		noise := "Defaulted container \"hub\" out of: hub\ntcpdump: listening on any\n"
		got := readAll(t, append([]byte(noise), data...))
		if got.err != nil || !got.hasNote(exchange.NoteDamaged, "tcpdump: listening") {
			t.Fatalf("got error %v, notes %q", got.err, got.Notes)
		}
		sameSegments(t, got, want, "but interface")
	}
}

func TestNotACapture(t *testing.T) {
	for _, test := range []struct{ name, input, problem, hint string }{
		{"nothing", "", "empty", "record again"},
		{"text", "hello, world\n", `found "hello, world\n"`, "tcpdump -w"},
		{"har", `{"log":{}}`, "found JSON", "HAR"},
		{"xz", "\xfd7zXZ\x00\x00\x04", "xz-compressed", "xz -d"},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02", "snoop", "editcap"},
		{"patched pcap", "\x34\xcd\xb2\xa1\x02\x00\x04\x00", "patched", "editcap"},
		{"pcap of version 3", "\xd4\xc3\xb2\xa1\x03\x00\x04\x00", "unknown version", "editcap"},
		{"pcapng through a terminal", "\r\n\r\r\r\n\x1c\x00\x00\x00", "line ends", "without -t"},
		{"pcap header, cut", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00", "header", "record again"},
		{"gzip header, damaged", "\x1f\x8b\x08\xff\xff", "compressed capture is damaged", "gzip -t"},
		{"gzip of text", string(pcaptest.Gzip([]byte("hello, world\n"), 1)), `found "hello, world\n"`, "tcpdump -w"},
		{"zstd, damaged", "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff", "compressed capture", "zstd"},
		{"zstd of a large window", "\x28\xb5\x2f\xfd\x00\x98\x01\x00\x00", "8 MiB", "--long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := readAll(t, []byte(test.input))
			var format *FormatError
			if !errors.As(r.err, &format) {
				t.Fatalf("got error %v", r.err)
			}
			if !strings.Contains(format.Error(), test.problem) || !strings.Contains(format.Hint, test.hint) {
				t.Errorf("got %q, hint %q", format, format.Hint)
			}
		})
	}
}

// TestErrorsOfOthers wants errors of the caller's making back as they are.
func TestErrorsOfOthers(t *testing.T) {
	b := fixture(t, plainFixture)
	mine := errors.New("mine")
	var c exchange.Capture
	err := Read(context.Background(), bytes.NewReader(b), &c, func(*segmentOf) error { return mine })
	if err != mine || c.Ledger.Packets != 1 {
		t.Errorf("add: got %v after %d packets", err, c.Ledger.Packets)
	}
	c = exchange.Capture{}
	broken := io.MultiReader(bytes.NewReader(b[:1000]), errReader{mine})
	if err := Read(context.Background(), broken, &c, func(*segmentOf) error { return nil }); !errors.Is(err, mine) {
		t.Errorf("reader: got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Read(ctx, bytes.NewReader(b), &c, func(*segmentOf) error { return nil }); err != context.Canceled {
		t.Errorf("context: got %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

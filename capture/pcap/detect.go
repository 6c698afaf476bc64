// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/logintrace/logintrace/capture/exchange"
)

// isPcap and isPcapng recognise the beginning of a capture by more than its
// magic number: it may stand behind text (see findStart).
func isPcap(start []byte) bool {
	if len(start) < 8 {
		return false
	}
	order, _, ok := classicMagic(start)
	return ok && order.Uint16(start[4:]) == 2
}

func isPcapng(start []byte) bool {
	return len(start) >= 12 && binary.LittleEndian.Uint32(start) == blockSection && sectionOrder(start[8:]) != nil
}

// findStart passes over what stands before the capture, and says what kind it is.
func (d *session) findStart(in *unpacked) (exchange.Kind, error) {
	start := in.peek(maxNoise + 12)
	for at := 0; at <= min(maxNoise, len(start)); at++ {
		var kind exchange.Kind
		switch rest := start[at:]; {
		case isPcap(rest):
			kind = exchange.KindPcap
		case isPcapng(rest):
			kind = exchange.KindPcapng
		default:
			continue
		}
		if at > 0 {
			d.remark(exchange.NoteDamaged, fmt.Sprintf(
				"%s that do not belong to the capture stand before it (%q): keep stderr out of the file, and record without a terminal (kubectl exec without -t)",
				count(at, "byte", "bytes"), clip(string(start[:at]), 80)))
		}
		in.take(at)
		return kind, nil
	}
	return "", notCapture(in, start)
}

// notCapture tells what the input is instead.
func notCapture(in *unpacked, start []byte) error {
	switch {
	case in.err != nil && in.err != io.EOF && in.packed:
		if errors.Is(in.err, zstd.ErrWindowSizeExceeded) || len(start) == 0 {
			return packedError(in.err)
		}
	case len(start) == 0:
		return &FormatError{
			Problem: "the input is empty",
			Hint:    "record again; tcpdump writes at once with -U, and needs a moment to start",
		}
	case len(start) < 24 && (isPcap(start) || bytes.HasPrefix(start, []byte("\x0a\x0d\x0d\x0a"))):
		return &FormatError{Problem: "the capture ends within its header", Hint: "record again"}
	}
	for _, known := range foreignFormats() {
		if bytes.HasPrefix(start, []byte(known.magic)) {
			return &FormatError{Problem: "expected a packet capture, found " + known.what, Hint: known.hint}
		}
	}
	return &FormatError{
		Problem: fmt.Sprintf("expected a packet capture (pcap or pcapng), found %q", start[:min(16, len(start))]),
		Hint:    "pass the file that tcpdump -w or Wireshark wrote",
	}
}

// foreignFormat is what people pass by mistake.
type foreignFormat struct{ magic, what, hint string }

func foreignFormats() []foreignFormat {
	const convert = "convert it: editcap -F pcapng FILE out.pcapng"
	const terminal = "record without a terminal, which changes line ends: kubectl exec without -t"
	return []foreignFormat{
		{"\xfd7zXZ\x00", "xz-compressed data", "unpack it: xz -d FILE"},
		{"\x04\x22\x4d\x18", "lz4-compressed data", "unpack it: lz4 -d FILE"},
		{"BZh", "bzip2-compressed data", "unpack it: bzip2 -d FILE"},
		{"PK\x03\x04", "a zip archive", "unpack it and pass the capture inside"},
		{"\x0d\x0a\x0d\x0d\x0d\x0a", "a pcapng capture whose line ends were changed", terminal},
		{"\x34\xcd\xb2\xa1", "a pcap with the extra fields of an old, patched libpcap", convert},
		{"\xa1\xb2\xcd\x34", "a pcap with the extra fields of an old, patched libpcap", convert},
		{"\xd4\xc3\xb2\xa1", "a pcap of an unknown version", convert},
		{"\xa1\xb2\xc3\xd4", "a pcap of an unknown version", convert},
		{"snoop\x00\x00\x00", "a capture of Solaris' snoop", convert},
		{"\x52\x54\x53\x53", "a Network Monitor capture", convert},
		{"GMBU", "a Network Monitor capture", convert},
		{"\x0a\x0d\x0d\x0a", "a pcapng capture with a damaged header", "check that the copy was complete and binary"},
		{"tcpdump: ", "what tcpdump says, and no capture", "redirect stdout only: tcpdump -w - … > FILE 2>tcpdump.log"},
		{"{", "JSON", "a HAR is passed as a HAR, not as a packet capture"},
	}
}

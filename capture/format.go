// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
)

// How much of an input is looked at to tell its format. Of zstd a whole block is
// needed, which holds up to 128 KiB (RFC 8878, 3.1.1.2.4). Readers look again by
// themselves.
const (
	sniffBytes     = 4 << 10
	sniffZstdBytes = 256 << 10
)

func isZstd(head []byte) bool { return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) }

// isPackets reports whether an input that begins with head is a packet capture,
// packed or plain, by the magic numbers that tcpdump and Wireshark write.
func isPackets(head []byte) bool {
	head = unpacked(head)
	if len(head) < 4 {
		return false
	}
	switch string(head[:4]) {
	case "\x0a\x0d\x0d\x0a", // pcapng
		"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", // pcap, microseconds
		"\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d": // pcap, nanoseconds
		return true
	}
	return false
}

// unpacked returns the beginning of what is packed in head, or head itself.
func unpacked(head []byte) []byte {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		if r, err := gzip.NewReader(bytes.NewReader(head)); err == nil {
			return beginning(r)
		}
	case isZstd(head):
		if r, err := newZstd(bytes.NewReader(head)); err == nil {
			defer r.Close()
			return beginning(r)
		}
	}
	return head
}

// maxWindow is the most memory that an input may ask of the decoder: what `zstd -19`
// uses, and no more.
const maxWindow = 16 << 20

func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
}

// beginning reads as much as there is, which may be less than a whole block.
func beginning(r io.Reader) []byte {
	start := make([]byte, 16)
	n, _ := io.ReadFull(r, start) // head is cut off somewhere, so an error is usual
	return start[:n]
}

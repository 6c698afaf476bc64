// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

var errBomb = errors.New("it unpacks to far more than captures do; if it is one, pass it unpacked")

// unpacked is the capture as it was before it was compressed.
type unpacked struct {
	*window
	packed bool // its offsets are not those of the input
	close  func()
}

// unpack undoes gzip and zstd, also of several members in a row.
func unpack(src *source) (*unpacked, error) {
	in := bufio.NewReader(src)
	start, _ := in.Peek(4)
	u := &unpacked{packed: true, close: func() {}}
	var r io.Reader
	switch {
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		unzip, err := gzip.NewReader(in)
		if err != nil {
			return nil, packedError(err)
		}
		r = unzip
	case bytes.Equal(start, []byte("\x28\xb5\x2f\xfd")), isSkippable(start):
		// One decoder that works while it is read from: no goroutines to end.
		unzstd, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, packedError(err)
		}
		r, u.close = unzstd, unzstd.Close
	default:
		u.packed = false
		u.window = newWindow(in)
		return u, nil
	}
	u.window = newWindow(&ratioReader{r: r, in: src})
	return u, nil
}

// isSkippable recognises the frame that pzstd begins with (RFC 8878, 3.1.2).
func isSkippable(start []byte) bool {
	return len(start) == 4 && start[0]&0xf0 == 0x50 && bytes.Equal(start[1:], []byte("\x2a\x4d\x18"))
}

// packedError words what is wrong with compressed input of which nothing was read.
func packedError(err error) error {
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return &FormatError{
			Problem: "the capture was compressed with a larger window than logintrace keeps in memory (8 MiB)",
			Hint:    "unpack it first: zstd -d --long=31 FILE",
		}
	}
	return &FormatError{
		Problem: "the compressed capture is damaged", Err: err,
		Hint: "check that the copy was complete (gzip -t FILE or zstd -t FILE)",
	}
}

// ratioReader ends when the input unpacks to more than a capture could.
type ratioReader struct {
	r   io.Reader
	in  *source
	out int64
}

// Read implements io.Reader.
func (l *ratioReader) Read(p []byte) (int, error) {
	if l.out > ratioMinimum && l.out > maxRatio*l.in.n {
		return 0, errBomb
	}
	n, err := l.r.Read(p)
	l.out += int64(n)
	return n, err
}

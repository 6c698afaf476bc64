// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"

	"github.com/logintrace/logintrace/capture/input"
)

// lines cuts an input into lines. Of a line longer than maxLine nothing is kept.
type lines struct {
	in     *bufio.Reader
	number int // of the line that next returned, from 1
}

// openLines undoes gzip and UTF-16, which `kubectl logs > hub.log` gives in the
// PowerShell of Windows.
func openLines(r io.Reader) (*lines, error) {
	in := bufio.NewReaderSize(r, maxLine)
	if start, _ := in.Peek(2); bytes.HasPrefix(start, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, &FormatError{Problem: "the compressed log is damaged", Hint: "check that the copy was complete (gzip -t FILE)"}
		}
		in = bufio.NewReaderSize(input.Bounded(unpacked), maxLine)
	}
	if decoder := input.UTF16(in); decoder != nil {
		in = bufio.NewReaderSize(decoder, maxLine)
	}
	return &lines{in: in}, nil
}

// next returns the next line without its end. The bytes are good until the next call.
// Of a line that is too long the rest is skipped.
func (l *lines) next() (line []byte, tooLong bool, err error) {
	line, err = l.in.ReadSlice('\n')
	if len(line) > 0 {
		l.number++
	}
	for err == bufio.ErrBufferFull {
		tooLong = true
		_, err = l.in.ReadSlice('\n')
	}
	if err == io.EOF && (len(line) > 0 || tooLong) {
		err = nil // the next call says it
	}
	return bytes.TrimRight(line, "\r\n"), tooLong, err
}

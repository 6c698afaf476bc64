// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

var errInflated = errors.New("the unpacked text has no end")

// source is the input as the caller gave it. It ends when the context does, and
// remembers an error of its own, which is no fault of the log.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

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
		in = bufio.NewReaderSize(&limitReader{unpacked, maxInflated}, maxLine)
	}
	if decoder := utf16In(in); decoder != nil {
		in = bufio.NewReaderSize(decoder, maxLine)
	}
	return &lines{in: in}, nil
}

func utf16In(in *bufio.Reader) io.Reader {
	start, _ := in.Peek(2)
	if !bytes.HasPrefix(start, []byte("\xfe\xff")) && !bytes.HasPrefix(start, []byte("\xff\xfe")) {
		return nil
	}
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	return transform.NewReader(in, utf16.NewDecoder())
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

// limitReader reads at most left bytes, and says so instead of ending.
type limitReader struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (l *limitReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errInflated
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

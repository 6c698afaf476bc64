// SPDX-License-Identifier: Apache-2.0

// Package input is what the readers of text recordings do to an input before they read
// it: they tell its errors from those of the recording, bound what it unpacks to, and
// undo the UTF-16 of Windows.
package input

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Source is an input as the caller gave it. It ends when the context does, and
// remembers an error of its own, which is no fault of the recording.
type Source struct {
	ctx context.Context
	r   io.Reader
	err error
}

// NewSource reads r until ctx ends.
func NewSource(ctx context.Context, r io.Reader) *Source { return &Source{ctx: ctx, r: r} }

// Read implements io.Reader.
func (s *Source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// Failed reports whether reading ended by the context or by an error of the input.
func (s *Source) Failed() bool { return s.ctx.Err() != nil || s.err != nil }

// Cause prefers such an error to err, which followed from it; what names the kind of
// input for the message.
func (s *Source) Cause(err error, what string) error {
	switch {
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case s.err != nil:
		return fmt.Errorf("reading the %s: %w", what, s.err)
	}
	return err
}

// maxInflated ends the reading of what can only be a decompression bomb.
const maxInflated = 16 << 30

var errInflated = errors.New("the unpacked text has no end")

// Bounded passes on what an unpacker gives, and fails after 16 GiB instead of ending.
func Bounded(unpacked io.Reader) io.Reader { return &bounded{unpacked, maxInflated} }

type bounded struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errInflated
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// UTF16 gives the UTF-8 of a text that begins with the byte order mark of UTF-16, as
// PowerShell's redirection writes it; nil for another text.
func UTF16(in *bufio.Reader) io.Reader {
	start, _ := in.Peek(2)
	if !bytes.Equal(start, []byte("\xfe\xff")) && !bytes.Equal(start, []byte("\xff\xfe")) {
		return nil
	}
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	return transform.NewReader(in, utf16.NewDecoder())
}

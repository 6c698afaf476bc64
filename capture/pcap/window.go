// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"context"
	"fmt"
	"io"
)

// source is the input as the caller gave it. It ends when the context does, and
// remembers an error of its own, which is no fault of the capture.
type source struct {
	ctx context.Context
	r   io.Reader
	n   int64 // bytes read
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// failure prefers an error of the caller's making to what followed from it.
func (s *source) failure(err error) error {
	switch {
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case s.err != nil:
		return fmt.Errorf("reading the capture: %w", s.err)
	}
	return err
}

// window shows a part of the capture at a time, so that a packet is decoded
// where it was read to, without being copied.
type window struct {
	r      io.Reader
	buf    []byte
	at     int // buf[at:] was not taken yet
	offset int64
	err    error // why nothing more can be read
}

func newWindow(r io.Reader) *window {
	return &window{r: r, buf: make([]byte, 0, bufferSize)}
}

// peek returns the next n bytes, or less at the end of the input. They are
// valid until the next call.
func (w *window) peek(n int) []byte {
	if len(w.buf)-w.at < n {
		w.fill(n)
	}
	return w.buf[w.at:min(w.at+n, len(w.buf))]
}

// take passes over n bytes that peek returned.
func (w *window) take(n int) {
	w.at += n
	w.offset += int64(n)
}

// skip passes over up to n bytes and returns how many there were.
func (w *window) skip(n int64) int64 {
	start := w.offset
	for left := n; left > 0; left = n - (w.offset - start) {
		got := len(w.peek(int(min(left, bufferSize))))
		if got == 0 {
			break
		}
		w.take(got)
	}
	return w.offset - start
}

// fill reads until n bytes are there, which must be at most maxBlock.
func (w *window) fill(n int) {
	rest := w.buf[w.at:]
	if n > cap(w.buf) {
		grown := make([]byte, 0, maxBlock+bufferSize)
		w.buf = append(grown, rest...)
	} else {
		w.buf = w.buf[:copy(w.buf[:cap(w.buf)], rest)]
	}
	w.at = 0
	for stalled := 0; len(w.buf) < n && w.err == nil; stalled++ {
		got, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+got]
		w.err = err
		if got > 0 {
			stalled = 0
		} else if err == nil && stalled >= 100 {
			w.err = io.ErrNoProgress
		}
	}
}

// ended reports whether the input ended as a complete one does.
func (w *window) ended() bool { return w.err == io.EOF && w.at == len(w.buf) }

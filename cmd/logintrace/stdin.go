// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"time"
)

// lastWords is how long what another program has still to say is waited for: Ctrl-C ends
// tcpdump in front of a pipe as well, which then writes what it holds.
const lastWords = 500 * time.Millisecond

// interruptible ends a reader when its context ends: a read of a pipe or a terminal may
// wait for ever. What was read stays. It is not safe for concurrent use, and the reader
// may be in use until the process ends.
type interruptible struct {
	ctx   context.Context
	in    io.Reader
	grace time.Duration

	reads   chan result
	waiting bool // for a result
	rest    []byte
	err     error
	over    <-chan time.Time // after the context ended
	cut     bool             // the end is not the reader's own
}

type result struct {
	data []byte
	err  error
}

func newInterruptible(ctx context.Context, in io.Reader) *interruptible {
	return &interruptible{ctx: ctx, in: in, grace: lastWords, reads: make(chan result, 1)}
}

// Read reads what is there, and is at the end when the context is.
func (r *interruptible) Read(p []byte) (int, error) {
	for len(r.rest) == 0 && r.err == nil {
		r.next()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *interruptible) next() {
	if !r.waiting {
		r.waiting = true
		go func() {
			const size = 64 << 10
			buffer := make([]byte, size)
			n, err := r.in.Read(buffer)
			r.reads <- result{buffer[:n], err}
		}()
	}
	done := r.ctx.Done()
	if r.over != nil {
		done = nil
	}
	select {
	case got := <-r.reads:
		r.waiting, r.rest, r.err = false, got.data, got.err
	case <-done:
		r.over = time.After(r.grace)
	case <-r.over:
		r.err, r.cut = io.EOF, true
	}
}

// stopped reports whether the reading ended because the user wanted it to, and not at the
// end of what there was.
func (r *interruptible) stopped() bool { return r.cut }

// SPDX-License-Identifier: Apache-2.0

package input

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var errDisk = errors.New("the disk is gone")

// What the input itself fails of is told apart from what is wrong with a recording.
func TestCause(t *testing.T) {
	damage := errors.New("no brace")
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx    context.Context
		r      io.Reader
		want   error
		failed bool
	}{
		"a damaged recording":    {t.Context(), strings.NewReader("x"), damage, false},
		"an error of the input":  {t.Context(), iotest.ErrReader(errDisk), errDisk, true},
		"an end of the context":  {ended, strings.NewReader("x"), context.Canceled, true},
		"both, and which is why": {ended, iotest.ErrReader(errDisk), context.Canceled, true},
	} {
		s := NewSource(test.ctx, test.r)
		_, _ = io.ReadAll(s)
		if err := s.Cause(damage, "log"); !errors.Is(err, test.want) || s.Failed() != test.failed {
			t.Errorf("%s: %v, failed %v", name, err, s.Failed())
		}
	}
}

func TestBounded(t *testing.T) {
	b := &bounded{strings.NewReader("more than seven bytes"), 7}
	got, err := io.ReadAll(b)
	if string(got) != "more th" || !errors.Is(err, errInflated) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestUTF16(t *testing.T) {
	for in, want := range map[string]string{"\xff\xfe\xe4\x00b\x00": "äb", "\xfe\xff\x00\xe4\x00b": "äb"} {
		got, err := io.ReadAll(UTF16(bufio.NewReader(strings.NewReader(in))))
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "\xff", "text", "\xef\xbb\xbftext"} {
		if UTF16(bufio.NewReader(strings.NewReader(in))) != nil {
			t.Errorf("%q is taken for UTF-16", in)
		}
	}
}

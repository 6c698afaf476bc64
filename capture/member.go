// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

var (
	errDirectory = fmt.Errorf("the list of files in the zip archive is longer than logintrace reads (%d MiB)", maxDirectory>>20)
	errTooMuch   = errors.New("it unpacks to far more than captures do")
)

// limitedAt reads at most left bytes, or without a limit if left is negative.
type limitedAt struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (l *limitedAt) ReadAt(p []byte, at int64) (int, error) {
	if l.left < 0 {
		return l.r.ReadAt(p, at)
	}
	if int64(len(p)) > l.left {
		return 0, errDirectory
	}
	n, err := l.r.ReadAt(p, at)
	l.left -= int64(n)
	return n, err
}

// budget ends the unpacking of what can only be a decompression bomb, once it is
// that large, over all members: those of a bomb may share their bytes. Deflate
// reaches 1,032, traffic stays below 100.
type budget struct{ packed, unpacked int64 }

const (
	maxRatio     = 900
	ratioMinimum = 1 << 30
)

func (b *budget) exceeded() bool {
	return b.unpacked > ratioMinimum && b.unpacked/maxRatio > b.packed
}

// member is a file in an archive. Where the archive is damaged it ends, so that
// what stands before is read as any capture that breaks off.
type member struct {
	r      io.Reader
	budget *budget
	damage error
}

// Read implements io.Reader.
func (m *member) Read(p []byte) (int, error) {
	switch {
	case m.damage != nil:
		return 0, io.EOF
	case m.budget.exceeded():
		m.damage = errTooMuch
		return 0, io.EOF
	}
	n, err := m.r.Read(p)
	m.budget.unpacked += int64(n)
	if isDamage(err) {
		m.damage, err = err, io.EOF
	}
	return n, err
}

// note says what was not read of a member.
func (m *member) note(name string) (exchange.NoteCode, string) {
	if errors.Is(m.damage, errTooMuch) {
		return exchange.NoteLimit, fmt.Sprintf("%q was not read to its end: %v", name, m.damage)
	}
	return exchange.NoteDamaged, fmt.Sprintf("the archive is damaged in %q (%v): what follows there is missing", name, m.damage)
}

func isDamage(err error) bool {
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF)
}

// compareNames orders names as people do: numbers by their value.
func compareNames(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		nx, ny := digits(x), digits(y)
		if nx > 0 && ny > 0 {
			if order := compareNumbers(x[:nx], y[:ny]); order != 0 {
				return order
			}
			x, y = x[nx:], y[ny:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits is how many digits s begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

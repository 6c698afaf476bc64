// SPDX-License-Identifier: Apache-2.0

package capture

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/logs"
)

// How much of a text is looked at to tell whether it is a log: packed, and unpacked.
const (
	sniffPackedBytes = 64 << 10
	sniffTextBytes   = 64 << 10
)

// isLog reports whether an input that begins with head, which may be packed, is a log.
func isLog(head []byte) bool { return logs.Look(unpackedText(head)) }

// isText reports whether an input that begins with head is text, and surely no HAR:
// that begins with a brace. An "x" may be the beginning of zlib's header.
func isText(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(unpackedText(head), []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) < 2 || text[0] == 'x' && text[1] < ' ' {
		return false
	}
	for _, b := range text[:min(len(text), 64)] {
		if b < ' ' && b != '\t' && b != '\r' && b != '\n' || b == 0x7f {
			return false
		}
	}
	return text[0] != '{' && text[0] < 0x7f
}

// unpackedText is the beginning of the text that is packed in head, or head itself.
func unpackedText(head []byte) []byte {
	var r io.Reader
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return head
		}
		r = unpacked
	case isZstd(head):
		unpacked, err := newZstd(bytes.NewReader(head))
		if err != nil {
			return head
		}
		defer unpacked.Close()
		r = unpacked
	default:
		return head
	}
	text := make([]byte, sniffTextBytes)
	n, _ := io.ReadFull(r, text) // head is cut off somewhere, so an error is usual
	return text[:n]
}

// readLog reads the log of an application or of a proxy.
func (l *Loader) readLog(ctx context.Context, buffered *bufio.Reader, name string, packed bool) error {
	l.finish()
	c := l.newCapture(name)
	r := io.Reader(buffered)
	if packed {
		unpacked, err := newZstd(r)
		if err != nil {
			return err
		}
		defer unpacked.Close()
		r = unpacked
	}
	err := logs.Read(ctx, r, c, func(x *exchange.Exchange) error {
		l.Emit(x)
		return nil
	})
	if err != nil {
		return err
	}
	l.captures = append(l.captures, c)
	return nil
}

// SPDX-License-Identifier: Apache-2.0

// Package capture opens recorded inputs and hands them to the reader of their
// format. The formats themselves live in the packages below it.
package capture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/har"
)

// StdinName is the name under which standard input is given and reported.
const StdinName = "-"

// Loader reads inputs, one after the other.
type Loader struct {
	Stdin  io.Reader
	Bodies exchange.BodyPolicy
	Emit   func(*exchange.Exchange)

	count int
}

// Load reads the named file, or standard input for StdinName. The capture is
// returned even with an error if a part of it could be read.
func (l *Loader) Load(ctx context.Context, name string) (*exchange.Capture, error) {
	if name == StdinName {
		return l.Read(ctx, "standard input", l.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, &InputError{name, "is a directory", "name the files in it"}
	}
	return l.Read(ctx, name, file)
}

// Read reads one input, whatever its format is.
func (l *Loader) Read(ctx context.Context, name string, r io.Reader) (*exchange.Capture, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(8)
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, openError(name, err)
	}
	if format := packetFormat(head); format != "" {
		return nil, &InputError{name, "is a packet capture (" + format + ")", "this version reads HAR files; export one from the browser"}
	}
	l.count++
	c := &exchange.Capture{ID: fmt.Sprintf("c%d", l.count), Name: name}
	err = har.Read(ctx, buffered, c, l.Bodies, func(x *exchange.Exchange) error {
		l.Emit(x)
		return nil
	})
	if err != nil {
		return nil, describe(name, err)
	}
	return c, nil
}

// packetFormat recognises the formats that tcpdump and Wireshark write.
func packetFormat(head []byte) string {
	if len(head) < 4 {
		return ""
	}
	switch string(head[:4]) {
	case "\x0a\x0d\x0d\x0a":
		return "pcapng"
	case "\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d":
		return "pcap"
	}
	return ""
}

// InputError says what is wrong with an input, and what to do about it.
type InputError struct {
	Name   string
	Reason string
	Hint   string // may be empty
}

func (e *InputError) Error() string { return fmt.Sprintf("%q %s", e.Name, e.Reason) }

func openError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &InputError{name, "does not exist", "check the path"}
	case errors.Is(err, fs.ErrPermission):
		return &InputError{name, "may not be read", "check its permissions"}
	case errors.Is(err, syscall.EISDIR):
		return &InputError{name, "is a directory", "name the files in it"}
	}
	return fmt.Errorf("reading %q: %w", name, err)
}

// describe gives a reader's error the name of the input.
func describe(name string, err error) error {
	var format *har.FormatError
	if errors.As(err, &format) {
		return &InputError{name, format.Error(), format.Hint}
	}
	return openError(name, err)
}

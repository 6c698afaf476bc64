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
	"github.com/logintrace/logintrace/capture/http1"
	"github.com/logintrace/logintrace/capture/pcap"
	"github.com/logintrace/logintrace/capture/reassembly"
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

// Load reads the named file, or standard input for StdinName. Damage behind the
// first exchange is a note of the capture and no error.
func (l *Loader) Load(ctx context.Context, name string) (*exchange.Capture, error) {
	if name == StdinName {
		return l.Read(ctx, "standard input", l.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, openError(name, err)
	}
	defer file.Close()
	// A read from a pipe may wait for ever; closing it is what ends that.
	defer context.AfterFunc(ctx, func() { file.Close() })()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, &InputError{name, "is a directory", "name the files in it"}
	}
	return l.Read(ctx, name, file)
}

// Read reads one input, whatever its format is.
func (l *Loader) Read(ctx context.Context, name string, r io.Reader) (*exchange.Capture, error) {
	buffered := bufio.NewReaderSize(r, sniffZstdBytes)
	head, err := buffered.Peek(sniffBytes)
	if isZstd(head) {
		head, err = buffered.Peek(sniffZstdBytes)
	}
	if err != nil && err != io.EOF {
		return nil, openError(name, err)
	}
	l.count++
	c := &exchange.Capture{ID: fmt.Sprintf("c%d", l.count), Name: name}
	switch {
	case isPackets(head):
		err = l.readPackets(ctx, buffered, c)
	case isZstd(head):
		err = l.readZstdHAR(ctx, buffered, c)
	default:
		err = l.readHAR(ctx, buffered, c)
	}
	if err != nil {
		return nil, describe(name, err)
	}
	return c, nil
}

func (l *Loader) readHAR(ctx context.Context, r io.Reader, c *exchange.Capture) error {
	return har.Read(ctx, r, c, l.Bodies, func(x *exchange.Exchange) error {
		l.Emit(x)
		return nil
	})
}

// readZstdHAR reads a HAR that was packed with zstd, which no browser does.
func (l *Loader) readZstdHAR(ctx context.Context, r io.Reader, c *exchange.Capture) error {
	unpacked, err := newZstd(r)
	if err != nil {
		return err
	}
	defer unpacked.Close()
	return l.readHAR(ctx, unpacked, c)
}

// readPackets reads a packet capture: files to segments, segments to exchanges.
func (l *Loader) readPackets(ctx context.Context, r io.Reader, c *exchange.Capture) error {
	reader := http1.New(c, l.Bodies, l.Emit)
	err := pcap.Read(ctx, r, c, func(s *reassembly.Segment) error {
		reader.Add(s)
		return nil
	})
	reader.Close()
	for _, port := range reader.Encrypted() {
		c.AddNote(exchange.NoteLimit, encryptedNote(port))
	}
	return err
}

// encryptedNote says what cannot be seen, and where it can.
func encryptedNote(e http1.Encrypted) string {
	names := ""
	for i, name := range e.Names {
		if i == 3 {
			names += ", …"
			break
		}
		if i > 0 {
			names += ", "
		}
		names += name.Name
	}
	if names != "" {
		names = " (SNI " + names + ")"
	}
	return fmt.Sprintf("port %d: %d connections are encrypted%s; capture the plain hop behind the proxy that ends TLS", e.Port, e.Connections, names)
}

// InputError says what is wrong with an input, and what to do about it.
type InputError struct {
	Name   string
	Reason string
	Hint   string // may be empty
}

func (e *InputError) Error() string { return fmt.Sprintf("%q: %s", e.Name, e.Reason) }

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
	var har *har.FormatError
	var packets *pcap.FormatError
	switch {
	case errors.As(err, &har):
		return &InputError{name, har.Error(), har.Hint}
	case errors.As(err, &packets):
		return &InputError{name, packets.Error(), packets.Hint}
	}
	return openError(name, err)
}

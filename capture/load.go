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
	"regexp"
	"slices"
	"syscall"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/har"
	"github.com/logintrace/logintrace/capture/logs"
	"github.com/logintrace/logintrace/capture/pcap"
)

// StdinName is the name under which standard input is given and reported.
const StdinName = "-"

// stdinWords is what standard input is called in reports.
const stdinWords = "standard input"

// Loader reads inputs, one after the other, and ends with Close.
//
// A packet file that continues the one given right before it is read as a part of
// the same capture, so that a login on the border between two files is seen whole.
// It continues it if it is of the same format and link type, begins within a
// minute after the other ends, and
//
//   - goes on with a connection that was open where the other ends, or
//   - has the next number of one recording: trace.pcap1 after trace.pcap, as
//     tcpdump -C writes them, or trace_00002_….pcap after trace_00001_….pcap.
//
// Captures that overlap in time, as those of several hosts do, stay apart, and so
// do those that merely follow each other: their packets may be of two hosts, and
// must not be taken for one's. What standard input holds continues nothing, for
// telling that would mean to wait for it.
type Loader struct {
	Stdin  io.Reader
	Bodies exchange.BodyPolicy
	Emit   func(*exchange.Exchange)

	count    int
	open     *series // the packet capture that the next input may continue
	captures []*exchange.Capture
	loaded   []os.FileInfo

	stdinRead bool
}

// Load reads the named file, or standard input for StdinName. Damage behind the
// first exchange is a note of the capture and no error.
func (l *Loader) Load(ctx context.Context, name string) error {
	if name == StdinName && l.stdinRead {
		return twice(stdinWords)
	}
	if name == StdinName {
		l.stdinRead = true
		return l.Read(ctx, stdinWords, l.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return openError(name, err)
	}
	defer file.Close()
	// A read from a pipe may wait for ever; closing it is what ends that.
	defer context.AfterFunc(ctx, func() { file.Close() })()
	info, err := file.Stat()
	switch {
	case err != nil:
		return openError(name, err)
	case info.IsDir():
		return &InputError{Name: name, Reason: "is a directory", Hint: "name the files in it"}
	case slices.ContainsFunc(l.loaded, func(before os.FileInfo) bool { return os.SameFile(before, info) }):
		return twice(name)
	case info.Mode().IsRegular():
		l.loaded = append(l.loaded, info)
		head := make([]byte, 4)
		if n, _ := file.ReadAt(head, 0); isZip(head[:n]) {
			return l.loadZip(ctx, name, file, info.Size())
		}
	}
	return l.Read(ctx, name, file)
}

// twice says that an input was read already, which is no loss.
func twice(name string) error {
	return &InputError{Name: name, Reason: "is named twice", Hint: "it is read once", Foreign: "named twice, and read once"}
}

// Close completes what is under way, and returns the captures in the order in
// which they were given; inputs that gave an error are not among them.
func (l *Loader) Close() []*exchange.Capture {
	l.finish()
	return l.captures
}

// Read reads one input, whatever its format is.
func (l *Loader) Read(ctx context.Context, name string, r io.Reader) error {
	buffered := bufio.NewReaderSize(r, sniffZstdBytes)
	head, err := buffered.Peek(sniffBytes)
	if isZstd(head) {
		head, err = buffered.Peek(sniffZstdBytes)
	}
	switch {
	case err != nil && err != io.EOF:
		return openError(name, err)
	case isZip(head):
		return zipError(name)
	case isPackets(head):
		err = l.readPackets(ctx, buffered, name)
	default:
		err = l.readText(ctx, buffered, name)
	}
	if err != nil {
		return describe(name, err)
	}
	return nil
}

func (l *Loader) newCapture(name string) *exchange.Capture {
	l.count++
	return &exchange.Capture{ID: fmt.Sprintf("c%d", l.count), Name: name}
}

// readText reads a log or a HAR, packed or not.
func (l *Loader) readText(ctx context.Context, r *bufio.Reader, name string) error {
	head, err := r.Peek(sniffPackedBytes)
	if isZstd(head) {
		head, err = r.Peek(sniffZstdBytes)
	}
	switch {
	case err != nil && err != io.EOF:
		return err
	case isLog(head):
		return l.readLog(ctx, r, name, isZstd(head))
	case isText(head):
		return logs.Unknown()
	}
	return l.readEntries(ctx, r, name, isZstd(head))
}

// readEntries reads a HAR, or what claims to be one.
func (l *Loader) readEntries(ctx context.Context, r io.Reader, name string, packed bool) error {
	l.finish()
	c := l.newCapture(name)
	read := l.readHAR
	if packed {
		read = l.readZstdHAR
	}
	if err := read(ctx, r, c); err != nil {
		return err
	}
	l.captures = append(l.captures, c)
	return nil
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

// zipError refuses an archive that cannot be read: its list of files stands at its
// end, which a pipe does not show, and within another archive would have to be
// unpacked first.
func zipError(name string) error {
	if name == stdinWords {
		return &InputError{Name: name, Reason: "is a zip archive, which cannot be read from a pipe", Hint: "save it to a file and name that"}
	}
	return &InputError{Name: name, Reason: "is a zip archive, which can be read from a file only", Hint: "unpack it and name the files in it"}
}

// InputError says what is wrong with an input, and what to do about it.
type InputError struct {
	Name   string
	Reason string
	Hint   string // may be empty

	// Foreign says what the input is if it was read before, or if it is text of a kind
	// that is not read and does not claim by its name to be a recording: whoever names all files of a folder means
	// it as little as a README. It is no loss if others could be read.
	Foreign string
}

func (e *InputError) Error() string { return fmt.Sprintf("%q: %s", e.Name, e.Reason) }

func openError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &InputError{Name: name, Reason: "does not exist", Hint: "check the path"}
	case errors.Is(err, fs.ErrPermission):
		return &InputError{Name: name, Reason: "may not be read", Hint: "check its permissions"}
	case errors.Is(err, syscall.EISDIR):
		return &InputError{Name: name, Reason: "is a directory", Hint: "name the files in it"}
	}
	return fmt.Errorf("reading %q: %w", name, err)
}

var packetName = regexp.MustCompile(`(?i)\.(pcap|pcapng|cap|dmp)[0-9]*(\.gz|\.zst)?$`)

// describe gives a reader's error the name of the input.
func describe(name string, err error) error {
	var browsers *har.FormatError
	var packets *pcap.FormatError
	var log *logs.FormatError
	switch {
	case errors.As(err, &browsers) && browsers.Empty && packetName.MatchString(name):
		return &InputError{Name: name, Reason: browsers.Error(), Hint: "record again; tcpdump writes at once with -U, and needs a moment to start"}
	case errors.As(err, &browsers):
		return &InputError{Name: name, Reason: browsers.Error(), Hint: browsers.Hint, Foreign: foreign(name, browsers.Foreign, "JSON, and not a HAR")}
	case errors.As(err, &packets):
		return &InputError{Name: name, Reason: packets.Error(), Hint: packets.Hint}
	case errors.As(err, &log):
		return &InputError{Name: name, Reason: log.Error(), Hint: log.Hint, Foreign: foreign(name, log.Foreign, "not a log that logintrace reads")}
	}
	return openError(name, err)
}

func foreign(name string, is bool, what string) string {
	if !is || isCaptureName(name) {
		return ""
	}
	return what
}

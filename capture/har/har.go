// SPDX-License-Identifier: Apache-2.0

package har

import (
	"context"
	"io"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/input"
)

// Read reads one HAR 1.2 document from r and hands each entry to emit, in file
// order, as an exchange. It accepts UTF-8 and, with a byte order mark, UTF-16,
// as they are or packed with gzip or zlib.
//
// c comes with ID and Name; Read fills in the rest and is done with it when it
// returns. Whether a missing field is absent may depend on the end of the file
// (see exchange.Capture.Removed), so ask only then. Contents are kept as bodies
// says; WantResponse is asked before the response has a body, and usually before
// the request has one.
//
// A recording that breaks off or is broken in the middle is read up to there: a
// note of c says where, and Read returns nil if at least one exchange was
// emitted. Input that is no HAR gives a *FormatError. An error of emit, of r or
// of ctx ends the reading and is returned; the exchanges emitted before are good.
func Read(ctx context.Context, r io.Reader, c *exchange.Capture, bodies exchange.BodyPolicy, emit func(*exchange.Exchange) error) error {
	c.Kind = exchange.KindHAR
	src := input.NewSource(ctx, r)
	in, err := openText(src)
	if err != nil {
		return src.Cause(err, "recording")
	}
	d := &document{
		ctx:     ctx,
		capture: c,
		bodies:  bodies,
		emit:    emit,
		text:    in,
		cursor:  newCursor(in, stringLimit(bodies.MaxBytes)),
	}
	err = d.read()
	d.conclude()
	if d.stop != nil {
		return d.stop
	}
	if err != nil {
		return src.Cause(d.damage(err), "recording")
	}
	return d.checkShape()
}

// document is the reading of one recording.
type document struct {
	ctx     context.Context
	capture *exchange.Capture
	bodies  exchange.BodyPolicy
	emit    func(*exchange.Exchange) error
	text    *text
	cursor  *cursor

	creator     creator
	firstMember string // of the root
	hasLog      bool
	hasEntries  bool
	entries     int   // complete ones
	stop        error // why the caller wants no more

	removal  removal
	limited  tally
	unusable tally
}

// tally counts entries of one kind and remembers the first.
type tally struct {
	count, first int
	why          string
}

func (t *tally) add(entry int, why string) {
	if t.count == 0 {
		t.first, t.why = entry, why
	}
	t.count++
}

func (d *document) read() error {
	_, err := d.cursor.object(func(name []byte) error {
		if d.firstMember == "" {
			d.firstMember = string(name)
		}
		if string(name) == "log" {
			return d.readLog()
		}
		return d.cursor.skip()
	})
	if err != nil {
		return err
	}
	return d.cursor.end()
}

func (d *document) readLog() error {
	isObject, err := d.cursor.object(func(name []byte) error {
		switch string(name) {
		case "creator":
			return d.readCreator()
		case "entries":
			isArray, err := d.cursor.array(d.readEntry)
			d.hasEntries = d.hasEntries || isArray
			return err
		case "_removed": // of our own Writer: see there
			_, err := d.cursor.array(d.readRemoved)
			return err
		}
		return d.cursor.skip()
	})
	d.hasLog = d.hasLog || isObject
	return err
}

func (d *document) readRemoved() error {
	name := ""
	err := d.cursor.text(&name)
	if name != "" && len(d.capture.Removed) < maxFields {
		d.capture.Removed = append(d.capture.Removed, strings.ToLower(name))
	}
	return err
}

func (d *document) readCreator() error {
	err := d.creator.read(d.cursor)
	d.capture.Creator = d.creator.String()
	return err
}

// readEntry reads one entry, complete or not at all.
func (d *document) readEntry() error {
	if d.stop = d.ctx.Err(); d.stop != nil {
		return d.stop
	}
	e := entry{policy: d.bodies, creator: d.creator}
	isObject, err := e.read(d.cursor)
	if err != nil {
		return err
	}
	index := d.entries
	d.entries++
	if !isObject {
		d.refuse(index, "it is no object")
		return nil
	}
	return d.use(index, &e)
}

// use emits an entry, or counts it as what it is instead.
func (d *document) use(index int, e *entry) error {
	ledger := &d.capture.Ledger
	switch _, kind := parseURL(e.request.url, e.request.method); {
	case kind == targetOther:
		ledger.NotHTTP++
		return nil
	case e.request.method == "":
		d.refuse(index, "it has no request method")
		return nil
	case kind == targetUnknown:
		d.refuse(index, "its URL cannot be read") // not its text: it may hold a token
		return nil
	}
	x := e.exchange(d.capture)
	x.Ref = exchange.Ref{Capture: d.capture, Entry: index, HasEntry: true}
	d.removal.observe(e, x)
	d.noteLimits(index, e)
	d.capture.Span(x.Started)
	d.capture.Span(x.Answered)
	ledger.Exchanges++
	ledger.Used++
	d.stop = d.emit(x)
	return d.stop
}

func (d *document) refuse(index int, why string) {
	d.capture.Ledger.Undecodable++
	d.unusable.add(index, why)
}

func (d *document) noteLimits(index int, e *entry) {
	switch {
	case e.request.head.limited:
		d.limited.add(index, "request fields")
	case e.response.head.limited:
		d.limited.add(index, "response fields")
	case e.request.urlCut:
		d.limited.add(index, "its URL")
	}
}

// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/input"
)

// Read reads one log from r, packed with gzip or not, and hands on each request that a
// line tells of, in the order of the lines. It looks at every line by itself, so several
// formats may be mixed.
//
// c comes with ID and Name; Read fills in the rest and is done with it when it returns.
// In its ledger a line is the unit: Used lines told something, NotHTTP ones did not, and
// Undecodable ones claim to be about a request and cannot be read, or are too long.
//
// An input of which no line is known gives a *FormatError. An error of emit, of r or of
// ctx ends the reading and is returned; the exchanges handed on before are good.
func Read(ctx context.Context, r io.Reader, c *exchange.Capture, emit func(*exchange.Exchange) error) error {
	c.Kind = exchange.KindLog
	src := input.NewSource(ctx, r)
	in, err := openLines(src)
	if err != nil {
		return src.Cause(err, "log")
	}
	d := &reader{capture: c, emit: emit, containers: map[string]*container{}}
	err = d.read(in)
	if err == nil {
		err = d.flush()
	}
	d.conclude()
	if d.stop != nil {
		return d.stop
	}
	if err != nil {
		if err = src.Cause(err, "log"); src.Failed() || d.known == 0 {
			return err
		}
		c.AddNote(exchange.NoteDamaged, fmt.Sprintf("the log cannot be unpacked behind line %d (%v): what follows there is missing", in.number, err))
	}
	if d.known == 0 {
		return Unknown()
	}
	return nil
}

// reader is the reading of one log.
type reader struct {
	capture    *exchange.Capture
	emit       func(*exchange.Exchange) error
	containers map[string]*container
	held       []held

	number     int    // of the line at hand
	known      int    // lines of a known format
	stub       string // a line that may go on in the next one, and
	stubBroken bool   // what it was counted for
	stop       error  // why the caller wants no more
	dropped    int    // statements

	tooLong, broken, secrets tally
}

// tally counts lines of one kind and remembers the first.
type tally struct{ count, first int }

func (t *tally) add(line int) {
	if t.count == 0 {
		t.first = line
	}
	t.count++
}

func (r *reader) read(in *lines) error {
	for {
		line, tooLong, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		r.number = in.number
		if tooLong {
			r.tooLong.add(r.number)
			r.capture.Ledger.Undecodable++
			r.stub = ""
			continue
		}
		if err := r.line(string(line)); err != nil {
			return err
		}
	}
}

// line reads one line, and counts it.
func (r *reader) line(line string) error {
	if holdsSecret(line) {
		r.secrets.add(r.number)
	}
	w := unwrap(line)
	c := r.container(w.container)
	c.line++
	if c.dump.take(w.text) {
		if c.dump.done {
			c.head, c.dump = c.dump.fields(), nil
		}
		r.capture.Ledger.Used++
		return nil
	}
	c.dump = nil
	e, ok := parse(&w)
	if !ok || e.broken {
		e, ok = r.joined(&w, e, ok)
	}
	r.stub = ""
	l := &r.capture.Ledger
	switch {
	case ok && e.broken:
		r.known++
		r.broken.add(r.number)
		l.Undecodable++
		r.stub, r.stubBroken = w.text, true
		return nil
	case !ok && c.goesOn(w.text):
		l.Used++
		return nil
	case !ok:
		l.NotHTTP++
		return nil
	}
	r.known++
	if e.dump {
		c.dump = &dump{text: "{"}
	}
	if e.access == nil && e.said == nil && !e.dump {
		l.NotHTTP++
		r.stub, r.stubBroken = w.text, false
	} else {
		l.Used++
	}
	return r.use(c, &w, &e)
}

// joined tries the line before together with this one: mail and terminals break lines.
func (r *reader) joined(w *wrapped, e entry, ok bool) (entry, bool) {
	text := strings.TrimSpace(w.text)
	if r.stub == "" || text == "" || len(r.stub)+len(text) > maxLine {
		return e, ok
	}
	for _, between := range []string{" ", ""} {
		whole := wrapped{text: r.stub + between + text, stamp: w.stamp, container: w.container}
		if again, known := parse(&whole); known && (again.access != nil || again.said != nil && !ok) {
			r.unbreak()
			return again, true
		}
	}
	return e, ok
}

// unbreak takes back what was counted for the line before: it told something.
func (r *reader) unbreak() {
	l := &r.capture.Ledger
	l.Used++
	if !r.stubBroken {
		l.NotHTTP--
		return
	}
	l.Undecodable--
	if r.broken.count--; r.broken.count == 0 {
		r.broken.first = 0
	}
}

func (r *reader) container(name string) *container {
	c := r.containers[name]
	if c == nil {
		if len(r.containers) >= maxContainers {
			name = ""
		}
		if c = r.containers[name]; c == nil {
			c = &container{}
			r.containers[name] = c
		}
	}
	return c
}

// use makes an exchange and a statement of what a line says.
func (r *reader) use(c *container, w *wrapped, e *entry) error {
	at, zoned, fine := e.time(w)
	if !at.IsZero() {
		if err := r.passed(c, at); err != nil {
			return err
		}
	}
	ref := exchange.Ref{Capture: r.capture, Line: r.number, HasLine: true}
	if (e.said != nil || e.access != nil) && !at.IsZero() && !zoned {
		r.capture.ZoneUnknown = true
	}
	if s := e.said; s != nil {
		s.Ref, s.Program, s.Time = ref, e.program, at
	}
	if e.access == nil {
		switch {
		case e.said == nil:
		case at.IsZero():
			r.keep(*e.said)
		default:
			c.state(*e.said)
		}
		return nil
	}
	x := r.exchange(e, w)
	x.Ref = ref
	if x.Response != nil {
		x.Response.Ref = ref
	}
	x.Logged.ZoneUnknown, x.Logged.Resolution = !at.IsZero() && !zoned, fine
	setTimes(x, e.access, at, at.Equal(e.at) && e.access.atStart)
	if e.said != nil {
		x.Logged.Said = append(x.Logged.Said, *e.said)
	}
	if len(c.head) > 0 {
		x.Request.Fields.Lines, c.head = c.head, nil
	}
	h := held{x: x, number: r.number, from: x.Started, to: x.Answered}
	if !x.Logged.StartUnknown && !at.IsZero() {
		h.container = c
	}
	if err := r.hold(h); err != nil || h.container != nil || len(r.held) > 1 {
		return err
	}
	return r.release(1)
}

// time chooses between the time that the program wrote and the one of a wrapper, which
// has a zone and is fine.
func (e *entry) time(w *wrapped) (at time.Time, zoned bool, fine time.Duration) {
	own := !e.at.IsZero()
	if !w.stamp.IsZero() && (!own || !e.zoned || e.fine >= time.Second) {
		fine = time.Microsecond
		if e.program == exchange.ProgramCHP {
			fine = time.Millisecond // it is its own
		}
		return w.stamp, true, fine
	}
	if !own {
		return time.Time{}, false, 0
	}
	return e.at, e.zoned, e.fine
}

func setTimes(x *exchange.Exchange, a *access, at time.Time, isStart bool) {
	x.Logged.StartUnknown = a.duration < 0 && !isStart
	took := max(a.duration, 0)
	switch {
	case at.IsZero():
	case isStart:
		x.Started = at
		if a.duration >= 0 {
			x.Answered = at.Add(took)
		}
	default:
		x.Started, x.Answered = at.Add(-took), at
	}
}

// exchange is what a line says of a request, and nothing else.
func (r *reader) exchange(e *entry, w *wrapped) *exchange.Exchange {
	a := e.access
	x := &exchange.Exchange{
		Vantage: exchange.Vantage{Capture: r.capture, Interface: w.container}, // each container is a place of its own
		Client:  a.client,
		Request: exchange.Request{
			Method: a.method, URL: a.url(), Proto: a.proto,
			Fields: exchange.Fields{Lines: a.fields, Incomplete: true, Origin: r.capture},
		},
		Logged: &exchange.Logged{
			Program: e.program, Container: w.container, BySender: a.bySender, Believed: a.believed, User: a.user,
			Location: a.location, RequestID: a.requestID, QueryUnknown: a.noQuery,
			PassedTo: a.passedTo, PassedStatus: a.passedStatus, AskedNobody: a.askedNobody, Termination: a.termination,
		},
	}
	if a.bySender {
		x.Server, _ = endpoint(x.Request.URL.Host)
	}
	x.Logged.Scrubbed = strings.Contains(x.Request.URL.RawQuery, hidden)
	if a.status == 0 {
		x.NoResponse = "the log tells of no answer"
		return x
	}
	x.Response = &exchange.Response{
		Status: a.status, Reason: a.reason,
		Fields: exchange.Fields{Incomplete: true, Origin: r.capture},
	}
	if a.location != "" && !strings.Contains(a.location, hidden) {
		x.Response.Fields.Lines = []exchange.Field{{Name: "Location", Value: a.location}}
	}
	return x
}

// hand hands an exchange on.
func (r *reader) hand(x *exchange.Exchange) error {
	r.capture.Span(x.Started)
	r.capture.Span(x.Answered)
	r.capture.Ledger.Exchanges++
	slices.SortStableFunc(x.Logged.Said, func(a, b exchange.Statement) int { return cmp.Compare(a.Ref.Line, b.Ref.Line) })
	r.stop = r.emit(x)
	return r.stop
}

// flush hands on what was held back.
func (r *reader) flush() error {
	names := make([]string, 0, len(r.containers))
	for name := range r.containers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c := r.containers[name]
		for i := range c.pending {
			r.place(c, &c.pending[i])
		}
		c.pending = nil
	}
	return r.release(len(r.held))
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/har"
	"github.com/logintrace/logintrace/reports/exchanges"
	"github.com/logintrace/logintrace/reports/redact"
	"github.com/logintrace/logintrace/reports/text"
)

var exchangesCommand = command{
	name:      "exchanges",
	arguments: "FILE…",
	short:     "List every HTTP exchange that was seen, with gaps.",
	long: `
Reads what analyze reads, and writes the exchanges as they come. Cookies,
tokens, passwords and unknown values are replaced by pseudonyms that keep
equality, and contents other than forms are left out. Addresses, names and paths
stay in clear.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &exchangesFlags{format: "text"}
		flags.VarP(oneOf{&o.format, []string{"text", "ndjson", "har"}}, "output", "o", "format of the list")
		flags.StringVarP(&o.output, "write", "w", "", "write the list to `FILE` (mode 0600) instead of standard output")
		flags.BoolVar(&o.withSecrets, "with-secrets", false, "write cookies, tokens, passwords and contents as they are")
		o.app.declare(flags)
		o.selection.declare(flags, "exchanges")
		o.logging.declare(flags)
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("logintrace exchanges hub.pcap", "exchanges needs at least one file")
			}
			if err := errors.Join(checkOutput(o.output, args), o.selection.check()); err != nil {
				return 0, err
			}
			if o.selection.Since.Before > 0 || o.selection.Until.Before > 0 {
				return 0, usagef("give a time such as 14:30 or 2026-11-22T14:30:00Z", "exchanges writes while it reads, and cannot know how long before the end something is")
			}
			return a.exchanges(ctx, args, o)
		}
	},
}

type exchangesFlags struct {
	format, output string
	withSecrets    bool
	app            appFlag
	selection      selectionFlags
	logging        logFlags
}

func (a *app) exchanges(ctx context.Context, files []string, o *exchangesFlags) (int, error) {
	out := &lateFile{name: o.output, out: a.stdout}
	list := a.newList(out, o)
	in := inputs{stdin: newInterruptible(ctx, a.stdin)}
	patient, abandon := context.WithCancel(context.WithoutCancel(ctx))
	in.patient = patient
	defer abandon()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	loader := &capture.Loader{Stdin: in.stdin, Bodies: o.bodies(), Emit: func(x *exchange.Exchange) {
		if o.selection.passes(x) && list.add(x) != nil {
			cancel() // nobody reads any more
			abandon()
		}
	}}
	log := o.logging.logger(a)
	captures := in.load(ctx, loader, files)
	if in.stopped {
		fmt.Fprintln(a.stderr, stoppedReading)
	}
	in.tell(log)
	o.selection.log(log)
	for _, c := range captures {
		list.captures = append(list.captures, list.captureOf(c))
		if o.format != "text" {
			logReading(log, list.captureOf(c))
		}
	}
	if err := errors.Join(list.close(), out.Close()); err != nil {
		return 0, &hintedError{err, "give another file with -w"}
	}
	return exitPass, in.failed
}

// listWriter is what every format of the list is.
type listWriter interface {
	Write(*exchange.Exchange) error
	Close([]*exchange.Capture) error
}

// list is a list under way.
type list struct {
	writer   listWriter
	buffer   *bufio.Writer
	redactor *redact.Redactor // nil with secrets
	captures []*exchange.Capture
	begun    bool
	err      error // of the first write that failed
}

func (a *app) newList(out io.Writer, o *exchangesFlags) *list {
	const size = 64 << 10
	l := &list{buffer: bufio.NewWriterSize(out, size)}
	var compute exchanges.ComputeClient
	if !o.app.IsZero() {
		last := &clientip.LastHops{App: o.app.App}
		compute = func(x *exchange.Exchange) (address, rule string) {
			r := last.Compute(x)
			return r.Address, string(r.Rule)
		}
	}
	switch o.format {
	case "ndjson":
		lines := exchanges.NewNDJSON(l.buffer)
		lines.Compute, l.writer = compute, lines
	case "har":
		l.writer = har.NewWriter(l.buffer, a.version)
	default:
		width := a.width
		if o.output != "" {
			width = 0
		}
		page := exchanges.NewText(l.buffer, width)
		page.Compute, l.writer = compute, page
	}
	if !o.withSecrets {
		l.redactor = redact.New()
	}
	return l
}

func (l *list) add(x *exchange.Exchange) error {
	l.begun = true
	if l.redactor != nil {
		x = l.redactor.Exchange(x)
	}
	if l.err == nil {
		l.err = l.writer.Write(x)
	}
	return l.err
}

func (l *list) captureOf(c *exchange.Capture) *exchange.Capture {
	if l.redactor == nil {
		return c
	}
	return l.redactor.Capture(c)
}

// close ends the list. Nothing is written if nothing could be read.
func (l *list) close() error {
	if l.err == nil && (l.begun || len(l.captures) > 0) {
		l.err = l.writer.Close(l.captures)
	}
	if l.err != nil {
		return l.err
	}
	return l.buffer.Flush()
}

// maxListedBody is the longest content that a list holds: any form, and with
// secrets most pages.
const maxListedBody = 1 << 20

// bodies asks for no more than the format can show.
func (o *exchangesFlags) bodies() exchange.BodyPolicy {
	switch {
	case o.format == "text":
		return exchange.BodyPolicy{}
	case o.withSecrets:
		return exchange.BodyPolicy{
			MaxBytes:     maxListedBody,
			WantRequest:  func(*exchange.Request) bool { return true },
			WantResponse: func(*exchange.Request, *exchange.Response) bool { return true },
		}
	}
	return exchange.BodyPolicy{MaxBytes: maxListedBody, WantRequest: mayBeForm}
}

// mayBeForm lets a request without content pass, too: that there is none is known
// only if it was asked for.
func mayBeForm(r *exchange.Request) bool {
	media, state := r.Fields.Get("Content-Type")
	return state != exchange.Known || strings.Contains(strings.ToLower(media), "form-urlencoded")
}

// logReading says on standard error what the text format says at its end. What
// was lost is a warning: a list that is not whole must not look so.
func logReading(log zerolog.Logger, c *exchange.Capture) {
	log.Info().Str("capture", c.Name).Str("kind", string(c.Kind)).Str("counts", exchanges.Counts(c)).Msg("read")
	for _, note := range c.Notes {
		event := log.Info()
		if note.Code == exchange.NoteDamaged || note.Code == exchange.NoteLimit {
			event = log.Warn()
		}
		event.Str("capture", c.Name).Str("note", string(note.Code)).Msg(text.Escape(note.Text))
	}
}

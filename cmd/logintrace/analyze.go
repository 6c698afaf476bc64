// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/json"
	"github.com/logintrace/logintrace/reports/text"
)

var analyzeCommand = command{
	name:      "analyze",
	arguments: "FILE…",
	short:     "Say why logins failed, from HAR files, packet captures and logs.",
	long: `
Reads HAR files as browsers and proxies write them, pcap and pcapng files, and
logs of JupyterHub, JupyterLab, configurable-http-proxy, nginx, HAProxy,
Traefik, Airflow and Django, plain or compressed, or a zip archive of such
files; "-" is standard input. The files of one recording (tcpdump -C), given in
order, are read as one. Nothing leaves this machine. The report shows addresses
and names in clear, and never a password, cookie or token.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &reportFlags{}
		o.declare(flags)
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) == 0 {
				return 0, usagef("logintrace analyze recording.har", "analyze needs at least one file")
			}
			return a.analyze(ctx, args, o)
		}
	},
}

// reportFlags are the flags of every command that writes a report.
type reportFlags struct {
	format, output string
	recovery       recoveryFlags
	keys           keyFlags
	app            appFlag
	selection      selectionFlags
	logging        logFlags
}

func (o *reportFlags) declare(flags *pflag.FlagSet) {
	o.format = "text"
	flags.VarP(oneOf{&o.format, []string{"text", "wide", "json"}}, "output", "o", "format of the report")
	flags.StringVarP(&o.output, "write", "w", "", "write the report to `FILE` (mode 0600) instead of standard output")
	o.recovery.declare(flags)
	o.keys.declare(flags)
	o.app.declare(flags)
	o.selection.declare(flags, "logins")
	o.selection.declareLogins(flags)
	o.logging.declare(flags)
}

func (a *app) analyze(ctx context.Context, files []string, o *reportFlags) (int, error) {
	if err := checkOutput(o.output, files); err != nil {
		return 0, err
	}
	log, options, err := a.prepare(o)
	if err != nil {
		return 0, err
	}
	analyzer := analyze.New(options)
	in := inputs{stdin: newInterruptible(ctx, a.stdin), patient: context.WithoutCancel(ctx)}
	loader := &capture.Loader{Stdin: in.stdin, Bodies: analyze.Bodies(), Emit: analyzer.Add}
	captures := in.load(ctx, loader, files)
	if in.stopped {
		fmt.Fprintln(a.stderr, stoppedReading)
		ctx = in.patient // what was asked for is a report; the next Ctrl-C ends the program
	}
	for _, c := range captures {
		logCapture(log, c)
	}
	if len(captures) == 0 || errors.Is(in.failed, context.Canceled) {
		return 0, in.failed
	}
	report := analyzer.Close(ctx, captures)
	report.PassedOver = in.passedOver()
	if err := a.writeReport(report, o); err != nil {
		return 0, err
	}
	return exitCode(report), in.failed // a file that could not be read is never passed over in silence
}

// stoppedReading says that what follows is of a part.
const stoppedReading = "logintrace: stopped reading standard input; this is what came until then"

// prepare turns flags into what the analysis takes.
func (a *app) prepare(o *reportFlags) (zerolog.Logger, analyze.Options, error) {
	log := o.logging.logger(a)
	directory, secret, err := o.recovery.load()
	if err != nil {
		return log, analyze.Options{}, err
	}
	if err := o.selection.check(); err != nil {
		return log, analyze.Options{}, err
	}
	jwtKeys, flaskKeys, err := o.keys.load(log)
	if err != nil {
		return log, analyze.Options{}, err
	}
	scope := iprecovery.Scope(o.recovery.scope)
	search := a.newProgress(log, scope)
	return log, analyze.Options{
		Version:         a.version,
		Recover:         scope,
		Announce:        search.announce,
		Progress:        search.show,
		ClientAddresses: o.recovery.clientAddresses,
		Names:           directory,
		CookieSecret:    secret,
		JWTKeys:         jwtKeys,
		FlaskKeys:       flaskKeys,
		Select:          o.selection.Selection,

		App:               o.app.App,
		TrustedDownstream: o.app.trusted(o.recovery.trusted),
	}, nil
}

func logCapture(log zerolog.Logger, c *exchange.Capture) {
	log.Info().Str("capture", c.Name).Str("kind", string(c.Kind)).Int("exchanges", c.Ledger.Exchanges).Msg("read")
	for _, note := range c.Notes {
		log.Info().Str("capture", c.Name).Str("note", string(note.Code)).Msg(note.Text)
	}
}

func (a *app) writeReport(report *finding.Report, o *reportFlags) error {
	var out bytes.Buffer
	var err error
	if o.format == "json" {
		err = json.Write(&out, report)
	} else {
		err = text.Write(&out, report, text.Options{Width: a.width, Wide: o.format == "wide"})
	}
	if err != nil {
		return err
	}
	return a.write(o.output, out.Bytes())
}

// exitCode follows from the verdict alone.
func exitCode(report *finding.Report) int {
	switch report.Verdict {
	case finding.Pass:
		return exitPass
	case finding.Fail:
		return exitFailed
	}
	return exitUndecided
}

// hintedError gives an error of the product a hint for the command line.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) HintText() string { return e.hint }
func (e *hintedError) Unwrap() error    { return e.error }

func inputError(err error) error {
	var input *capture.InputError
	if errors.As(err, &input) {
		return &hintedError{err, input.Hint}
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped while reading: %w", err)
	}
	return err
}

// checkAddresses refuses what is not an address.
func checkAddresses(flag string, addresses []string) error {
	for _, address := range addresses {
		if _, err := netip.ParseAddr(address); err != nil {
			return usagef("give an address such as 198.51.100.23 or 2001:db8::23", "--%s: %q is not an IP address", flag, address)
		}
	}
	return nil
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/fixtures"
)

var demoCommand = command{
	name:  "demo",
	short: "Analyze a real recording that comes with logintrace.",
	long: `
Shows the report on a login that failed: a HAR that Chromium exported, recorded
in a lab with real software. Needs no network. Exits 0 once the report is
written.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &reportFlags{}
		o.declare(flags)
		var save string
		flags.StringVar(&save, "save", "", "write the recording itself to `FILE` instead, to try analyze on it")
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("logintrace analyze "+args[0], "demo takes no files")
			}
			if save != "" {
				return exitPass, a.write(save, fixtures.Demo())
			}
			return a.demo(ctx, o)
		}
	},
}

func (a *app) demo(ctx context.Context, o *reportFlags) (int, error) {
	_, options, err := a.prepare(o)
	if err != nil {
		return 0, err
	}
	analyzer := analyze.New(options)
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: analyzer.Add}
	if err := loader.Read(ctx, fixtures.DemoName, bytes.NewReader(fixtures.Demo())); err != nil {
		return 0, err
	}
	fmt.Fprintf(a.stderr, "demo: a user mailed %s; this is what logintrace says of it\n\n", fixtures.DemoName)
	return exitPass, a.writeReport(analyzer.Close(ctx, loader.Close()), o)
}

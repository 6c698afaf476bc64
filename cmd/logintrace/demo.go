// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
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
Shows the report on a login that failed: a HAR that Chromium exported, and what
tcpdump saw on both ingresses meanwhile, recorded in a lab with real software.
Needs no network. Exits 0 once the report is written.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &reportFlags{}
		o.declare(flags)
		var save string
		flags.StringVar(&save, "save", "", "write the recordings to `FILE` instead, as a zip archive, to try analyze on it")
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("logintrace analyze "+args[0], "demo takes no files")
			}
			if save != "" {
				archive, err := demoArchive()
				if err != nil {
					return 0, err
				}
				return exitPass, a.write(save, archive)
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
	for _, recording := range fixtures.Demo() {
		if err := loader.Read(ctx, recording.Name, bytes.NewReader(recording.Data)); err != nil {
			return 0, err
		}
	}
	fmt.Fprint(a.stderr, "demo: a user mailed a HAR, and tcpdump ran on both ingresses; this is what\nlogintrace says of it\n\n")
	return exitPass, a.writeReport(analyzer.Close(ctx, loader.Close()), o)
}

// demoArchive is the recordings of the demo as one file.
func demoArchive() ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, recording := range fixtures.Demo() {
		member, err := w.Create(recording.Name)
		if err != nil {
			return nil, err
		}
		if _, err := member.Write(recording.Data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/reports/json"
	"github.com/logintrace/logintrace/reports/text"
)

var decodeCommand = command{
	name:      "decode",
	arguments: "< TOKEN",
	short:     "Decode one token, read from standard input.",
	long: `
Reads an _xsrf token of JupyterHub or tornado, or a tornado signed cookie, and
finds the client address behind an anonymous one. A token is never taken from the
command line, where other users of the machine could see it.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &decodeFlags{format: "text"}
		flags.VarP(oneOf{&o.format, []string{"text", "json"}}, "output", "o", "format of the answer")
		flags.StringVar(&o.userAgent, "user-agent", "", "the `User-Agent` of the request, as it was sent; \"\" for none")
		flags.StringVar(&o.hubVersion, "hub-version", "", "the Hub's `VERSION`, if known: saves half of the search")
		flags.BoolVar(&o.withSecrets, "with-secrets", false, "show session and cookie ids in full")
		o.recovery.declare(flags)
		o.logging.declare(flags)
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("pipe it in: logintrace decode < token.txt", "decode takes no argument: a token on the command line is visible to others")
			}
			o.hasUserAgent = flags.Changed("user-agent")
			return a.decode(ctx, o)
		}
	},
}

type decodeFlags struct {
	format, userAgent, hubVersion string
	hasUserAgent, withSecrets     bool
	recovery                      recoveryFlags
	logging                       logFlags
}

func (a *app) decode(ctx context.Context, o *decodeFlags) (int, error) {
	_, options, err := a.prepare(&reportFlags{recovery: o.recovery, logging: o.logging})
	if err != nil {
		return 0, err
	}
	raw, err := a.readToken()
	if err != nil {
		return 0, err
	}
	decoded, err := analyze.Decode(ctx, raw, analyze.DecodeOptions{
		Options: options, UserAgent: o.userAgent, HasUserAgent: o.hasUserAgent,
		HubVersion: o.hubVersion, WithSecrets: o.withSecrets,
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return 0, err
	}
	var out bytes.Buffer
	if o.format == "json" {
		err = json.Write(&out, decoded)
	} else {
		err = text.WriteToken(&out, decoded, text.Options{Width: a.width})
	}
	if err != nil {
		return 0, err
	}
	return exitPass, a.write("", out.Bytes())
}

// maxToken is four times what browsers send as one cookie.
const maxToken = 16 << 10

func (a *app) readToken() (string, error) {
	if a.stdinIsTerminal {
		fmt.Fprintln(a.stderr, "paste the token, then press Enter and Ctrl-D")
	}
	data, err := io.ReadAll(io.LimitReader(a.stdin, maxToken+1))
	if err != nil {
		return "", fmt.Errorf("reading standard input: %w", err)
	}
	raw := strings.TrimSpace(string(data))
	if raw == "" || len(data) > maxToken {
		return "", usagef("pipe one token in: logintrace decode < token.txt", "expected one token on standard input, found %d bytes", len(data))
	}
	return strings.TrimSuffix(strings.TrimPrefix(raw, "_xsrf="), ";"), nil
}

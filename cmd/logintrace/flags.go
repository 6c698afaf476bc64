// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/names"
)

// recoveryFlags say which addresses are tried behind a token, and what else is
// known about the site.
type recoveryFlags struct {
	clientAddresses []string
	namesFile       string
	secretFile      string
	scope           string
	trusted         []string
}

func (r *recoveryFlags) declare(flags *pflag.FlagSet) {
	r.scope = string(iprecovery.Private)
	var scopes []string
	for _, scope := range iprecovery.Scopes() {
		scopes = append(scopes, string(scope))
	}
	flags.StringSliceVar(&r.clientAddresses, "client-ip", nil, "the client's own `ADDRESS`, if you know it (repeatable)")
	flags.StringSliceVar(&r.trusted, "trusted-downstream", nil, "an `ADDRESS` of the Hub's trusted_downstream_ips (repeatable)")
	flags.StringVar(&r.namesFile, "names", "", "names for addresses: a hosts `FILE`, or the output of kubectl get pods,svc,nodes -A -o json")
	flags.StringVar(&r.secretFile, "cookie-secret-file", "", "`FILE` with the Hub's cookie secret, to check signatures")
	flags.Var(oneOf{&r.scope, scopes}, "recover", "which addresses to try behind a token: none, those seen, private IPv4 ranges as well, or all of IPv4 (up to an hour)")
}

func (r *recoveryFlags) load() (*names.Directory, []byte, error) {
	if err := checkAddresses("client-ip", r.clientAddresses); err != nil {
		return nil, nil, err
	}
	directory, err := loadNames(r.namesFile)
	if err != nil {
		return nil, nil, err
	}
	secret, err := loadSecret(r.secretFile)
	return directory, secret, err
}

func loadNames(file string) (*names.Directory, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, cannotOpen("--names", file, err)
	}
	defer f.Close()
	directory, err := names.Load(f)
	if err != nil {
		return nil, fmt.Errorf("--names %q: %w", file, err)
	}
	return directory, nil
}

// maxSecret is far more than any cookie secret; tornado's are 32 bytes.
const maxSecret = 4 << 10

// loadSecret reads a secret as JupyterHub does: hexadecimal text stands for the
// bytes it names, anything else for itself (JupyterHub 4.1.6, app.py,
// init_secrets).
func loadSecret(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, cannotOpen("--cookie-secret-file", file, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("--cookie-secret-file: %w", err)
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > maxSecret {
		return nil, usagef("the file holds the secret alone, mostly as 64 hexadecimal digits", "--cookie-secret-file %q: %d bytes are no cookie secret", file, len(text))
	}
	if secret, err := hex.DecodeString(string(text)); err == nil {
		return secret, nil
	}
	return text, nil
}

// logFlags say what is logged to standard error, and how.
type logFlags struct{ level, format string }

func (l *logFlags) declare(flags *pflag.FlagSet) {
	l.level, l.format = "warn", "console"
	flags.Var(oneOf{&l.level, []string{"debug", "info", "warn", "error", "off"}}, "log-level", "what to log to standard error")
	flags.Var(oneOf{&l.format, []string{"console", "json"}}, "log-format", "format of the log")
}

func (l *logFlags) logger(a *app) zerolog.Logger {
	if l.level == "off" {
		return zerolog.Nop()
	}
	level, err := zerolog.ParseLevel(l.level)
	if err != nil {
		level = zerolog.WarnLevel // oneOf lets only known levels through
	}
	var out io.Writer = a.stderr
	if l.format == "console" {
		out = zerolog.ConsoleWriter{Out: a.stderr, NoColor: !a.stderrIsTerminal || os.Getenv("NO_COLOR") != "", TimeFormat: "15:04:05"}
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

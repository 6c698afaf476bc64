// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/logintrace/logintrace/analyze/iprecovery"
)

// write writes to a file that only its owner may read, or to standard output.
func (a *app) write(file string, data []byte) error {
	if file == "" {
		_, err := a.stdout.Write(data)
		return err
	}
	if err := writePrivate(file, data); err != nil {
		return &hintedError{err, "give another file with -w"}
	}
	return nil
}

// writePrivate writes a file of mode 0600, also over one of another mode.
func writePrivate(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := f.Chmod(0o600); err != nil {
		f.Close()
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// progress shows how far a search has come, on a terminal only.
type progress struct {
	*app
	log   zerolog.Logger
	scope iprecovery.Scope
	last  time.Time
}

func (a *app) newProgress(log zerolog.Logger, scope iprecovery.Scope) *progress {
	return &progress{app: a, log: log, scope: scope}
}

func (p *progress) announce(hashes uint64) {
	cost := time.Duration(float64(hashes) / iprecovery.Rate() * float64(time.Second))
	p.log.Info().Uint64("addresses", hashes).Str("at_most", cost.Round(time.Second).String()).Msg("searching addresses behind tokens")
	if p.scope == iprecovery.All {
		fmt.Fprintf(p.stderr, "searching up to %.1f million addresses, about %s on this machine; Ctrl-C keeps what was found\n",
			float64(hashes)/1e6, cost.Round(time.Second))
	}
}

// show redraws one line of the terminal, a few times a second at most.
func (p *progress) show(tried, total uint64) {
	const line = "\rsearching addresses behind tokens: %3d %%"
	if !p.stderrIsTerminal || total == 0 {
		return
	}
	if tried == total {
		fmt.Fprintf(p.stderr, "\r%*s\r", len(line)+4, "")
		return
	}
	if now := time.Now(); now.Sub(p.last) > 200*time.Millisecond {
		p.last = now
		fmt.Fprintf(p.stderr, line, tried*100/total)
	}
}

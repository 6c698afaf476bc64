// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/logintrace/logintrace/analyze/iprecovery"
)

// write writes to a file that only its owner may read, or to standard output.
func (a *app) write(file string, data []byte) error {
	out := &lateFile{name: file, out: a.stdout}
	if _, err := out.Write(data); err != nil {
		return err
	}
	return out.Close()
}

// checkOutput refuses to write over an input.
func checkOutput(output string, inputs []string) error {
	target, err := os.Stat(output)
	if err != nil {
		return nil // a new file; or opening it will say what is wrong
	}
	for _, name := range inputs {
		if input, err := os.Stat(name); err == nil && os.SameFile(input, target) {
			return usagef("give another file with -w", "%q is to be read and cannot be written over", name)
		}
	}
	return nil
}

// lateFile is a file of mode 0600 that is opened when something is written to it,
// so that a mistyped input empties nothing; or another writer if it has no name.
type lateFile struct {
	name string
	out  io.Writer
	file *os.File
}

func (f *lateFile) Write(p []byte) (int, error) {
	if f.name != "" && f.file == nil {
		if err := f.open(); err != nil {
			return 0, err
		}
	}
	return f.out.Write(p)
}

// cannotOpen says of a file of a flag what is wrong with it, and what to do.
func cannotOpen(flag, name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag == "-w":
		return &hintedError{fmt.Errorf("%s %q: its folder does not exist", flag, name), "give another file with -w, or make the folder"}
	case errors.Is(err, fs.ErrNotExist):
		return &hintedError{fmt.Errorf("%s %q does not exist", flag, name), "check the path"}
	case errors.Is(err, fs.ErrPermission) && flag == "-w":
		return &hintedError{fmt.Errorf("%s %q may not be written", flag, name), "give another file with -w"}
	case errors.Is(err, fs.ErrPermission):
		return &hintedError{fmt.Errorf("%s %q may not be read", flag, name), "check its permissions"}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the name stands before it
	}
	return &hintedError{fmt.Errorf("%s %q: %w", flag, name, err), "give another file with " + flag}
}

func (f *lateFile) open() error {
	info, err := os.Stat(f.name)
	device := err == nil && !info.Mode().IsRegular() // /dev/null is everybody's
	file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return cannotOpen("-w", f.name, err)
	}
	if !device {
		if err := file.Chmod(0o600); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	f.file, f.out = file, file
	return nil
}

// Close closes the file if there is one.
func (f *lateFile) Close() error {
	if f.file == nil {
		return nil
	}
	if err := f.file.Close(); err != nil {
		return fmt.Errorf("writing %q: %w", f.name, err)
	}
	return nil
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

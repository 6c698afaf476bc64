// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/logintrace/logintrace/reports/text"
)

// The exit codes, as --help and docs/usage.md list them.
const (
	exitPass      = 0 // no failed login
	exitError     = 1 // logintrace itself failed, or a file could not be read
	exitUsage     = 2 // the command line is wrong
	exitFailed    = 3 // at least one login failed, or none could begin
	exitUndecided = 4 // none failed, but something is undecided or no login was found
)

// version is set by the linker in releases.
var version = ""

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the program at once
	os.Exit(newApp().run(ctx, os.Args[1:]))
}

// app is the world around the program, so that tests can give it another one.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	// stdinIsTerminal and stderrIsTerminal say whether a person sits there.
	stdinIsTerminal, stderrIsTerminal bool
	width                             int // of the terminal at stdout, 0 if it is none
	version                           string
	commands                          []command
}

func newApp() *app {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, version: buildVersion(), commands: commands()}
	a.stdinIsTerminal = term.IsTerminal(int(os.Stdin.Fd()))
	a.stderrIsTerminal = term.IsTerminal(int(os.Stderr.Fd()))
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		a.width = min(max(width, 60), 120)
	}
	return a
}

// buildVersion is the release, or what the Go toolchain knows of the build.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// run carries out one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	code, err := a.dispatch(ctx, args)
	if err == nil {
		return code
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintf(a.stderr, "logintrace: %s\n", text.Escape(line))
	}
	var hinted interface{ HintText() string }
	if errors.As(err, &hinted) && hinted.HintText() != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", text.Escape(hinted.HintText()))
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitError
}

// usageError is a command line that cannot be carried out.
type usageError struct {
	problem string
	hint    string
}

func (e *usageError) Error() string    { return e.problem }
func (e *usageError) HintText() string { return e.hint }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), hint}
}

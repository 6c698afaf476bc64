// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// command is one thing that logintrace does. Its flags are declared by setup,
// which returns what to run once they are parsed.
type command struct {
	name      string
	arguments string // as in the usage line
	short     string
	long      string // may be empty
	setup     func(a *app, flags *pflag.FlagSet) action
}

// action carries a command out and returns the exit code.
type action func(ctx context.Context, args []string) (int, error)

// commands lists all commands in the order in which help shows them.
func commands() []command {
	return []command{
		analyzeCommand, exchangesCommand, decodeCommand, explainCommand, demoCommand, versionCommand, completionCommand, helpCommand,
	}
}

func (a *app) find(name string) (command, bool) {
	i := slices.IndexFunc(a.commands, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return a.commands[i], true
}

func namesOf(all []command) []string {
	list := make([]string, len(all))
	for i, c := range all {
		list[i] = c.name
	}
	return list
}

func (a *app) dispatch(ctx context.Context, args []string) (int, error) {
	if len(args) == 0 {
		fmt.Fprint(a.stderr, overview(a.commands))
		return exitUsage, nil
	}
	switch args[0] {
	case "-h", "--help":
		fmt.Fprint(a.stdout, overview(a.commands))
		return exitPass, nil
	case "--version":
		args[0] = versionCommand.name
	}
	c, ok := a.find(args[0])
	if !ok {
		return 0, usagef("the commands are "+strings.Join(namesOf(a.commands), ", "), "unknown command %q", args[0])
	}
	flags := newFlags(c)
	act := c.setup(a, flags)
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(a.stdout, usage(c, flags))
		return exitPass, nil
	case err != nil:
		return 0, usagef("logintrace "+c.name+" --help lists the flags", "%v", err)
	}
	return act(ctx, flags.Args())
}

func newFlags(c command) *pflag.FlagSet {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() {} // dispatch prints it
	return flags
}

// usage is the help of one command.
func usage(c command, flags *pflag.FlagSet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage: %s\n", c.short, strings.TrimSpace("logintrace "+c.name+" "+c.arguments))
	if c.long != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(c.long))
	}
	if flags.HasFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", flags.FlagUsagesWrapped(80))
	}
	return b.String()
}

// oneOf is a flag that takes one of a list of words.
type oneOf struct {
	value   *string
	allowed []string
}

func (o oneOf) String() string { return *o.value }
func (o oneOf) Type() string   { return strings.Join(o.allowed, "|") }
func (o oneOf) Set(s string) error {
	if !slices.Contains(o.allowed, s) {
		return fmt.Errorf("expected %s", strings.Join(o.allowed, ", "))
	}
	*o.value = s
	return nil
}

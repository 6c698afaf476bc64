// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

var helpCommand = command{
	name:      "help",
	arguments: "[COMMAND]",
	short:     "Show help for logintrace or for one command.",
	setup: func(a *app, _ *pflag.FlagSet) action {
		return func(_ context.Context, args []string) (int, error) {
			if len(args) == 0 {
				fmt.Fprint(a.stdout, overview(a.commands))
				return exitPass, nil
			}
			c, ok := a.find(args[0])
			if !ok {
				return 0, usagef("the commands are "+strings.Join(namesOf(a.commands), ", "), "unknown command %q", args[0])
			}
			flags := newFlags(c)
			c.setup(a, flags)
			fmt.Fprint(a.stdout, usage(c, flags))
			return exitPass, nil
		}
	},
}

// overview is what logintrace says of itself.
func overview(all []command) string {
	var b strings.Builder
	b.WriteString("logintrace says which hop broke a login, from what was recorded of it.\n\nUsage: logintrace COMMAND [FLAGS] [ARGUMENTS]\n\nCommands:\n")
	for _, c := range all {
		fmt.Fprintf(&b, "  %-11s %s\n", c.name, c.short)
	}
	b.WriteString(exitCodesText)
	return b.String()
}

// exitCodesText is part of the help; a test holds it to the constants.
const exitCodesText = `
Exit codes of analyze:
  0  no failed login
  1  logintrace itself failed, or a file could not be read
  2  the command line is wrong
  3  at least one login failed, or none could begin
  4  none failed, but something is undecided or no login was found

The report goes to standard output, everything else to standard error.
`

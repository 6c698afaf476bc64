// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"
)

var versionCommand = command{
	name:  "version",
	short: "Print the version.",
	setup: func(a *app, _ *pflag.FlagSet) action {
		return func(_ context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("", "version takes no arguments, found %q", args[0])
			}
			fmt.Fprintf(a.stdout, "logintrace %s %s %s/%s\n", a.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return exitPass, nil
		}
	},
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/clientip"
)

// appFlag is the flag --app: by which rule the application behind the last hop computes
// the client's address.
type appFlag struct{ clientip.App }

func (a *appFlag) declare(flags *pflag.FlagSet) {
	flags.Var(a, "app", "how the application behind the last hop computes the client's address: NAME or NAME:KEY=VALUE,… such as express:trust=1. Names: "+
		strings.Join(clientip.Names(), ", "))
}

// Type is the word for the value in the help.
func (a *appFlag) Type() string { return "NAME[:SETTING]" }

// Set reads the value; an unknown word is answered with those that are known.
func (a *appFlag) Set(text string) error {
	app, err := clientip.Parse(text)
	var problem *clientip.SettingError
	if errors.As(err, &problem) && len(problem.Allowed) > 0 {
		return fmt.Errorf("%w; expected %s", err, strings.Join(problem.Allowed, ", "))
	}
	a.App = app
	return err
}

// trusted are the addresses that a Hub trusts, by either flag.
func (a *appFlag) trusted(others []string) []string {
	if a.IsZero() || !a.Runs("jupyterhub") {
		return others
	}
	return append(others, a.Setting("trusted")...)
}

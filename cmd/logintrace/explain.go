// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/reports/text"
)

var explainCommand = command{
	name:      "explain",
	arguments: "[CODE]",
	short:     "Explain a cause, or list all of them.",
	setup: func(a *app, _ *pflag.FlagSet) action {
		return func(_ context.Context, args []string) (int, error) {
			all, err := causes.Catalogue()
			if err != nil {
				return 0, err
			}
			switch len(args) {
			case 0:
				for _, c := range all {
					fmt.Fprintf(a.stdout, "%-30s %s\n", c.Code, c.Title)
				}
				return exitPass, nil
			case 1:
				return a.explain(args[0], all)
			}
			return 0, usagef("give one code", "explain takes one code, found %d", len(args))
		}
	},
}

func (a *app) explain(code string, all []catalogue.Cause) (int, error) {
	c, ok := causes.Lookup(finding.Code(strings.ToLower(code)))
	if !ok {
		return 0, usagef(codesLike(code, all), "unknown code %q", code)
	}
	return exitPass, text.WriteCause(a.stdout, c, text.Options{Width: a.width})
}

// codesLike names the codes that share a word with what was typed.
func codesLike(typed string, all []catalogue.Cause) string {
	var near []string
	for _, c := range all {
		for _, word := range strings.Split(strings.ToLower(typed), "-") {
			if len(word) > 2 && word != "xsrf" && strings.Contains(string(c.Code), word) {
				near = append(near, string(c.Code))
				break
			}
		}
	}
	if len(near) == 0 {
		return "logintrace explain lists all codes"
	}
	return "did you mean " + strings.Join(near, ", ") + "?"
}

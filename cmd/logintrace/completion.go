// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/clientip"
)

var completionCommand = command{
	name:      "completion",
	arguments: "bash|zsh|fish",
	short:     "Print a completion script for a shell.",
	long: `
  bash: source <(logintrace completion bash)
  zsh:  source <(logintrace completion zsh)
  fish: logintrace completion fish | source
`,
	setup: func(a *app, _ *pflag.FlagSet) action {
		return func(_ context.Context, args []string) (int, error) {
			if len(args) != 1 {
				return 0, usagef("the shells are bash, zsh, fish", "completion takes the name of one shell")
			}
			script, err := completionScript(args[0], a.commands)
			if err != nil {
				return 0, err
			}
			fmt.Fprint(a.stdout, script)
			return exitPass, nil
		}
	},
}

func completionScript(shell string, all []command) (string, error) {
	switch shell {
	case "bash":
		return bashCompletion(all), nil
	case "zsh":
		return "autoload -U +X bashcompinit && bashcompinit\n" + bashCompletion(all), nil
	case "fish":
		return fishCompletion(all), nil
	}
	return "", usagef("the shells are bash, zsh, fish", "unknown shell %q", shell)
}

// words are what may follow a command: its flags, and for some its arguments.
func words(c command, all []command) []string {
	flags := newFlags(c)
	c.setup(&app{}, flags)
	var list []string
	flags.VisitAll(func(f *pflag.Flag) {
		list = append(list, "--"+f.Name)
		if f.Name == "app" {
			for _, name := range clientip.Names() {
				list = append(list, "--app="+name)
			}
		}
	})
	switch c.name {
	case "explain":
		catalogue, _ := causes.Catalogue() // a broken catalogue is explain's to report
		for _, cause := range catalogue {
			list = append(list, string(cause.Code))
		}
	case "completion":
		list = append(list, "bash", "zsh", "fish")
	case "help":
		list = append(list, namesOf(all)...)
	}
	return list
}

func bashCompletion(all []command) string {
	var cases strings.Builder
	for _, c := range all {
		fmt.Fprintf(&cases, "    %s) words=%q ;;\n", c.name, strings.Join(words(c, all), " "))
	}
	return fmt.Sprintf(`_logintrace() {
  local words current="${COMP_WORDS[COMP_CWORD]}"
  case "${COMP_WORDS[1]}" in
%s    *) words= ;;
  esac
  [ "$COMP_CWORD" -gt 1 ] || words=%q
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _logintrace logintrace
`, cases.String(), strings.Join(namesOf(all), " "))
}

func fishCompletion(all []command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "complete -c logintrace -n __fish_use_subcommand -f -a %q\n", strings.Join(namesOf(all), " "))
	for _, c := range all {
		for _, word := range words(c, all) {
			if flag, ok := strings.CutPrefix(word, "--"); ok {
				option, value, _ := strings.Cut(flag, "=")
				if value != "" {
					option += " -x -a " + value
				}
				fmt.Fprintf(&b, "complete -c logintrace -n '__fish_seen_subcommand_from %s' -l %s\n", c.name, option)
			} else {
				fmt.Fprintf(&b, "complete -c logintrace -n '__fish_seen_subcommand_from %s' -f -a %s\n", c.name, word)
			}
		}
	}
	return b.String()
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

func readDoc(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every command, flag and exit code stands in docs/usage.md.
func TestUsageNamesEverything(t *testing.T) {
	usage := readDoc(t, "../../docs/usage.md")
	for _, c := range commands() {
		if !strings.Contains(usage, "`"+c.name) {
			t.Errorf("docs/usage.md does not name the command %s", c.name)
		}
	}
	flags := newFlags(analyzeCommand)
	analyzeCommand.setup(&app{}, flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(usage, "`--"+f.Name) {
			t.Errorf("docs/usage.md does not name --%s", f.Name)
		}
	})
	for code := exitPass; code <= exitUndecided; code++ {
		line := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \| (.+) \|$`, code)).FindStringSubmatch(usage)
		if line == nil || !strings.Contains(exitCodesText, fmt.Sprintf("  %d  ", code)) {
			t.Errorf("exit code %d is not in docs/usage.md and --help", code)
		}
	}
}

// The session in the README is what `make demo` prints, but for the lines that
// are left out.
func TestReadmeShowsTheDemo(t *testing.T) {
	readme := readDoc(t, "../../README.md")
	_, session, ok := strings.Cut(readme, "$ make demo\n")
	if !ok {
		t.Fatal("the README does not show make demo")
	}
	session, _, _ = strings.Cut(session, "\n```")
	rest := string(runDemo(t))
	for part := range strings.SplitSeq(session, "…\n") {
		part = strings.TrimSuffix(part, "…")
		before, after, found := strings.Cut(rest, part)
		if !found || part == "" {
			t.Fatalf("the demo does not print\n%s\nbut\n%s", part, before)
		}
		rest = after
	}
}

// runDemo runs the demo and leaves out what it says to standard error.
func runDemo(t *testing.T) []byte {
	t.Helper()
	var stdout, stderr strings.Builder
	a := &app{stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
	if code := a.run(t.Context(), []string{"demo"}); code != exitPass {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	return []byte(stdout.String())
}

// Help fits a terminal, and wraps where the text does.
func TestHelpFitsEightyColumns(t *testing.T) {
	a := &app{}
	for _, c := range commands() {
		flags := newFlags(c)
		c.setup(a, flags)
		for line := range strings.SplitSeq(usage(c, flags), "\n") {
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("%s: %d columns: %s", c.name, n, line)
			}
		}
		flags.VisitAll(func(f *pflag.Flag) {
			if strings.Contains(f.Usage, "\n") {
				t.Errorf("%s --%s is broken into lines, and then wrapped again", c.name, f.Name)
			}
		})
	}
}

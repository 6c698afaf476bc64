// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runAsProgram, set in the environment, turns the test binary into logintrace,
// so that a test can measure a process of its own.
const runAsProgram = "LOGINTRACE_TEST_RUN"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(bareLoop) != "":
		if err := decodeOnly(os.Args[len(os.Args)-1]); err != nil {
			panic(err)
		}
		os.Exit(0)
	case os.Getenv(runAsProgram) != "":
		main()
	}
	testscript.Main(m, map[string]func(){"logintrace": main})
}

func TestScripts(t *testing.T) {
	fixtures, err := filepath.Abs("../../fixtures/jupyterhub")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := filepath.Abs("../../fixtures/lab")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXTURES", fixtures)
			env.Setenv("LAB", lab)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mode": mode},
	})
}

// exits runs logintrace and holds it to an exit code: exits CODE ARGUMENTS….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGUMENTS…")
	}
	err := ts.Exec("logintrace", args[1:]...)
	got := "0"
	if err != nil {
		got = err.Error()
	}
	want := "exit status " + args[0]
	if args[0] == "0" {
		want = "0"
	}
	if got != want {
		ts.Fatalf("logintrace ended with %s, want %s", got, want)
	}
}

// mode holds a file to its permissions: mode 0600 FILE.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := "0" + permissions(info); neg || got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

func permissions(info os.FileInfo) string {
	const digits = "01234567"
	p := info.Mode().Perm()
	return string([]byte{digits[p>>6&7], digits[p>>3&7], digits[p&7]})
}

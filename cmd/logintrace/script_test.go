// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "mode": mode, "split": split, "pack": pack},
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

// split writes a pcap into two, the first with some of the packets:
// split PCAP PACKETS FIRST SECOND.
func split(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: split PCAP PACKETS FIRST SECOND")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	first, second := pcaptest.Split([]byte(ts.ReadFile(args[0])), n)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), first, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), second, 0o600))
}

// pack makes a zip archive: pack ARCHIVE FILE NAME [FILE NAME]….
func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args)%2 == 0 {
		ts.Fatalf("usage: pack ARCHIVE FILE NAME [FILE NAME]…")
	}
	out, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := zip.NewWriter(out)
	for pairs := range slices.Chunk(args[1:], 2) {
		f, err := w.Create(pairs[1])
		ts.Check(err)
		_, err = f.Write([]byte(ts.ReadFile(pairs[0])))
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(out.Close())
}

func permissions(info os.FileInfo) string {
	const digits = "01234567"
	p := info.Mode().Perm()
	return string([]byte{digits[p>>6&7], digits[p>>3&7], digits[p&7]})
}

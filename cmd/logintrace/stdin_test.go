// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stopping is an input that says no more, and whose user then presses Ctrl-C.
type stopping struct {
	io.Reader
	stop func()
}

func (s *stopping) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	s.stop()
	select {} // nothing ends this read
}

func runStopped(t *testing.T, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	a := &app{stdin: &stopping{strings.NewReader(input), cancel}, stdout: &out, stderr: &errs, version: "test", commands: commands()}
	code = a.run(ctx, args)
	return code, out.String(), errs.String()
}

// The first Ctrl-C ends standard input, and what came until then is reported.
func TestFirstInterruptEndsStandardInput(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "jupyterhub", "two-ingresses-no-headers-4.1.6", "hub.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		input string
		args  []string
		code  int
		out   string // in standard output
		err   string // in standard error
	}{
		{string(data), []string{"analyze", "-"}, exitFailed, "FAIL  1 of 1 logins", "stopped reading standard input"},
		{string(data), []string{"exchanges", "-"}, exitPass, "POST", "stopped reading standard input"},
		{"", []string{"analyze", "-"}, exitError, "", "the input is empty"},
		{string(data), []string{"analyze", "-", "other.pcap"}, exitError, "FAIL  1 of 1 logins", `"other.pcap" was not read`},
		{"MnwxOj", []string{"decode"}, exitError, "", "stopped while reading standard input"},
	} {
		code, out, errs := runStopped(t, test.input, test.args...)
		if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(errs, test.err) {
			t.Errorf("%v: %d, %q, %q", test.args, code, out[:min(len(out), 200)], errs)
		}
	}
}

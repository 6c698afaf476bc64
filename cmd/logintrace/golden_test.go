// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden reports below testdata/golden")

// TestGoldenReports holds whole reports, in every format, to what was reviewed.
// After an intended change: go test ./cmd/logintrace -update, and read the diff.
func TestGoldenReports(t *testing.T) {
	for _, recording := range []string{
		"two-ingresses-no-headers-4.1.6/client.devtools.har",
		"two-ingresses-no-headers-dualstack-4.1.6/client.devtools-sanitized.har",
		"two-ingresses-x-real-ip-5.5.4/client.devtools.har",
		"user-agent-changed-5.5.4/client.devtools.har",
		"field-missing-4.1.6/client.playwright.har",
		"wrong-password-5.5.4/client.devtools-sanitized.har",
		"two-ingresses-no-headers-5.5.4/router.pcap",
		"two-ingresses-no-headers-4.1.6/ingressB.pcap",
		"two-ingresses-x-real-ip-4.1.6/hub.pcap",
	} {
		for _, format := range []string{"text", "wide", "json"} {
			name := strings.ReplaceAll(strings.TrimSuffix(recording, ".har"), "/", ".") + "." + format
			t.Run(name, func(t *testing.T) {
				got := runReport(t, "analyze", "-o", format, filepath.Join("../../fixtures/jupyterhub", recording))
				compareGolden(t, filepath.Join("testdata/golden", name), got)
			})
		}
	}
}

// runReport runs a command in this process and returns what it writes.
// Several files, some of whose logins fail alike: one section for each cause, the
// others in a line each.
func TestGoldenSeveralFiles(t *testing.T) {
	args := []string{"analyze"}
	for _, scenario := range []string{
		"two-ingresses-no-headers-4.1.6", "two-ingresses-no-headers-5.2.1", "wrong-password-5.5.4", "healthy-5.5.4",
	} {
		args = append(args, filepath.Join("../../fixtures/jupyterhub", scenario, "client.devtools.har"))
	}
	compareGolden(t, "testdata/golden/several-files.text", runReport(t, args...))
}

// One login in the captures of a browser, two ingresses and the Hub.
func TestGoldenOneLoginEverywhere(t *testing.T) {
	args := []string{"analyze"}
	for _, file := range []string{"client.devtools.har", "ingressA.pcap", "ingressB.pcap", "hub.pcap"} {
		args = append(args, filepath.Join("../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6", file))
	}
	compareGolden(t, "testdata/golden/one-login-everywhere.text", runReport(t, args...))
}

func runReport(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
	if code := a.run(t.Context(), args); code == exitError || code == exitUsage {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("standard error: %s", stderr.String())
	}
	return stdout.Bytes()
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s, got:\n%s", file, got)
	}
}

// A page of 80 columns is what many terminals and tickets have. Commands and
// configurations are not broken, so that they can be copied.
func TestTextFitsTheTerminal(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.text")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimRight(line, "\n")
			if n := len([]rune(line)); n > 80 && !strings.HasPrefix(line, "            ") {
				t.Errorf("%s: %d columns: %s", file, n, line)
			}
		}
	}
}

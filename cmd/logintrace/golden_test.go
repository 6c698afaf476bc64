// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
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

// A login as all hosts saw it together, and many logins in one capture.
func TestGoldenCaptures(t *testing.T) {
	const fixtures = "../../fixtures/jupyterhub"
	for _, test := range []struct {
		name, scenario string
		formats        string
		more           []string
	}{
		{"two-ingresses-everything", "two-ingresses-no-headers-4.1.6", "text wide json", []string{filepath.Join(fixtures, "two-ingresses-no-headers-4.1.6/client.playwright.har")}},
		{"two-ingresses-names", "two-ingresses-no-headers-4.1.6", "text wide json", []string{"--names", "testdata/names.json"}},
		{"node-snat", "node-snat-two-nodes-4.1.6", "text wide json", nil},
		{"node-snat-names", "node-snat-two-nodes-4.1.6", "text", []string{"--names", "testdata/names.json"}},
		{"x-real-ip-doubled", "ingress-b-x-real-ip-doubled-4.1.6", "text wide json", nil},
		{"two-families", "client-ipv6-then-ipv4-4.1.6", "text", nil},
		{"outer-proxies", "outer-proxies-overwritten-4.1.6", "text", nil},
		{"traefik-emptied", "traefik-two-published-middleware-node-snat-4.1.6", "text", nil},
		{"traefik-dropped", "traefik-outer-proxies-emptied-4.1.6", "text", nil},
		{"ingress-nginx-snippet", "ingress-nginx-two-snippet-node-snat-4.1.6", "text wide json", nil},
		{"five-clients", "five-clients-4.1.6", "text wide json", nil},
		{"five-clients-selected", "five-clients-4.1.6", "text json", []string{"--client", "198.51.100.33", "--client", "198.51.100.34", "--since", "22:21:50"}},
	} {
		files, err := filepath.Glob(filepath.Join(fixtures, test.scenario, "*.pcap"))
		if err != nil || len(files) == 0 {
			t.Fatal(test.scenario, files, err)
		}
		for format := range strings.FieldsSeq(test.formats) {
			t.Run(test.name+"."+format, func(t *testing.T) {
				got := runReport(t, slices.Concat([]string{"analyze", "-o", format}, files, test.more)...)
				if format == "json" {
					holdToSchema(t, got)
				}
				compareGolden(t, filepath.Join("testdata/golden", test.name+"."+format), got)
			})
		}
	}
}

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

// Heads and contents that are cut: what is not known is said to be so, no party is named
// by the place that it seems to have, and nobody who recorded packets is told of HARs.
func TestGoldenSnapped(t *testing.T) {
	for _, test := range []struct {
		name    string
		snaplen int
	}{{"snapped-600", 600}, {"snapped-1000", 1000}} {
		files, err := filepath.Glob("../../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/*.pcap")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		args, folder := []string{"analyze"}, t.TempDir()
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			cut := filepath.Join(folder, filepath.Base(file))
			if err := os.WriteFile(cut, pcaptest.Snaplen(data, test.snaplen), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, cut)
		}
		var stdout, stderr bytes.Buffer // which warns of the packets that are cut
		a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, version: "test", commands: commands()}
		a.run(t.Context(), args)
		compareGolden(t, filepath.Join("testdata/golden", test.name+".text"), stdout.Bytes())
	}
}

// runReport runs a command in this process and returns what it writes.
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

// holdToSchema holds a report to the schema: tests of the analysis do so for its
// defaults, this is for what flags add.
func holdToSchema(t *testing.T, document []byte) {
	t.Helper()
	definition, err := jsonschema.UnmarshalJSON(bytes.NewReader(finding.ReportSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", definition); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
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

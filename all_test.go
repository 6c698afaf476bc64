// SPDX-License-Identifier: Apache-2.0

// Package logintrace_test holds the rules that every file of the project keeps.
package logintrace_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/logintrace/logintrace/"

// mayImport says which of our own packages each package may import, so that the
// arrows of docs/architecture.md never turn back. A package that is not listed
// fails the test: decide where it belongs first. "x/..." stands for x and all
// below it.
var mayImport = map[string][]string{
	"capture/exchange":          {},
	"capture/input":             {},
	"capture/har":               {"capture/exchange", "capture/input"},
	"capture/logs":              {"capture/exchange", "capture/input"},
	"capture":                   {"capture/..."},
	"analyze/finding":           {"capture/exchange"},
	"analyze/token":             {},
	"analyze/keys":              {"analyze/token"},
	"analyze/names":             {},
	"analyze/party":             {"capture/exchange"},
	"analyze/iprecovery":        {"analyze/token"},
	"analyze/clientip":          {"capture/exchange"},
	"analyze/hops":              {"capture/exchange", "analyze/iprecovery", "analyze/party"},
	"analyze/redirects":         {"capture/exchange"},
	"analyze/hubapi":            {"capture/exchange"},
	"analyze/apitokens":         {"capture/exchange"},
	"analyze/spawns":            {"capture/exchange"},
	"analyze/whatif":            {"capture/exchange", "analyze/clientip", "analyze/hops"},
	"analyze/answers":           {"capture/exchange", "analyze/hops", "analyze/party"},
	"analyze/bearer":            {"capture/exchange", "analyze/finding", "analyze/hops", "analyze/token"},
	"analyze/jupyter":           {"capture/exchange", "analyze/finding", "analyze/hops"},
	"analyze/djangologin":       {"capture/exchange", "analyze/hops", "analyze/token"},
	"analyze/flasklogin":        {"capture/exchange", "analyze/hops", "analyze/token"},
	"analyze/oauth":             {"capture/exchange", "analyze/finding", "analyze/hops", "analyze/token"},
	"analyze/login":             {"capture/exchange", "analyze/finding", "analyze/hops", "analyze/token"},
	"analyze/causes/catalogue":  {"analyze/finding"},
	"analyze/roles":             {"analyze/finding", "analyze/hops", "analyze/iprecovery", "analyze/party", "capture/exchange"},
	"analyze/causes":            {"analyze/causes/catalogue", "analyze/finding", "capture/exchange"},
	"analyze/causes/proxied":    {"analyze/answers", "analyze/causes", "analyze/finding", "analyze/hops", "analyze/party", "analyze/roles", "capture/exchange"},
	"analyze/causes/hub":        {"analyze/answers", "analyze/apitokens", "analyze/causes", "analyze/causes/proxied", "analyze/finding", "analyze/hubapi", "analyze/iprecovery", "analyze/redirects", "analyze/spawns", "capture/exchange"},
	"analyze/causes/csrf":       {"analyze/causes", "analyze/djangologin", "analyze/finding", "analyze/flasklogin", "analyze/hops", "analyze/keys", "analyze/roles", "capture/exchange"},
	"analyze/causes/jwt":        {"analyze/bearer", "analyze/causes", "analyze/causes/proxied", "analyze/finding", "analyze/hops", "analyze/keys", "analyze/party", "analyze/roles", "analyze/token", "capture/exchange"},
	"analyze/causes/jupyterlab": {"analyze/causes", "analyze/finding", "analyze/hops", "analyze/jupyter", "analyze/roles", "capture/exchange"},
	"analyze/causes/provider":   {"analyze/causes", "analyze/causes/proxied", "analyze/finding", "analyze/hops", "analyze/oauth", "analyze/roles", "capture/exchange"},
	"analyze/causes/xsrf":       {"analyze/causes", "analyze/causes/proxied", "analyze/clientip", "analyze/finding", "analyze/hops", "analyze/iprecovery", "analyze/login", "analyze/names", "analyze/party", "analyze/roles", "analyze/token", "analyze/whatif", "capture/exchange"},
	"analyze":                   {"capture/exchange", "analyze/..."},
	"reports/json":              {},
	"reports/text":              {"analyze/finding", "analyze/causes/catalogue"},
	"reports/exchanges":         {"capture/exchange", "reports/json", "reports/text"},
	"reports/redact":            {"capture/exchange"},
	"fixtures":                  {},
	"cmd/logintrace":            {"capture/...", "analyze/...", "reports/...", "fixtures"},

	"capture/reassembly": {"capture/exchange"},
	"capture/http1":      {"capture/exchange", "capture/proxyproto", "capture/reassembly"},
	"capture/proxyproto": {},
	"capture/pcap":       {"capture/exchange", "capture/reassembly"},
}

// onlyIn names the packages in which a library may be imported.
var onlyIn = map[string][]string{
	"github.com/spf13/pflag":             {"cmd/logintrace"},
	"github.com/rs/zerolog":              {"cmd/logintrace"},
	"github.com/olekukonko/tablewriter":  {"reports/text"},
	"github.com/google/gopacket":         {"capture/pcap", "capture/live"},
	"github.com/go-jose/go-jose":         {"analyze/keys"},
	"github.com/go-json-experiment/json": {"analyze/apitokens", "analyze/bearer", "analyze/jupyter", "analyze/oauth", "capture/har", "capture/logs", "analyze/keys", "analyze/names", "analyze/token", "fixtures", "reports/json", "reports/exchanges"},
	"encoding/json":                      {},
	"golang.org/x/net":                   {"analyze/token"},
	"golang.org/x/term":                  {"cmd/logintrace"},
	"os":                                 {"cmd/logintrace", "capture", "fixtures"},
	"net":                                {"analyze", "reports/text"},
	"log":                                {},
}

func TestImportsPointInwards(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		dir := filepath.ToSlash(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(dir, "fixtures/lab") || strings.HasSuffix(dir, "test") {
			continue
		}
		seen[dir] = true
		allowed, known := mayImport[dir]
		if !known {
			t.Errorf("%s: say in mayImport where package %s belongs", file, dir)
			continue
		}
		for _, path := range imports(t, file) {
			if own, ok := strings.CutPrefix(path, module); ok && !matches(own, allowed) {
				t.Errorf("%s imports %s, which its package may not", file, own)
			}
			for library, places := range onlyIn {
				if (path == library || strings.HasPrefix(path, library+"/") && strings.Contains(library, ".")) && !slices.Contains(places, dir) {
					t.Errorf("%s imports %s, which is for %s", file, path, strings.Join(places, ", "))
				}
			}
		}
	}
	if len(seen) < 12 {
		t.Fatalf("only %d packages were found", len(seen))
	}
}

func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		tree, whole := strings.CutSuffix(pattern, "/...")
		return path == pattern || whole && (path == tree || strings.HasPrefix(path, tree+"/"))
	})
}

// The leaves of the model import the standard library and nothing else.
func TestExchangeIsALeaf(t *testing.T) {
	files, err := filepath.Glob("capture/exchange/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		for _, path := range imports(t, file) {
			if strings.Contains(path, ".") {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

func TestLicenceHeaders(t *testing.T) {
	const header = "SPDX-License-Identifier: Apache-2.0"
	checked := 0
	for _, file := range files(t, ".go", ".py", ".mjs", ".sh", "Makefile", "run") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		if first, _, _ := bytes.Cut(data, []byte("\n\n")); !bytes.Contains(first, []byte(header)) {
			t.Errorf("%s does not begin with %q", file, header)
		}
	}
	if checked < 60 {
		t.Errorf("only %d files were checked", checked)
	}
}

func imports(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func goFiles(t *testing.T) []string { return files(t, ".go") }

// files lists the files of the project whose names end in one of the suffixes.
func files(t *testing.T, suffixes ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata" || entry.Name() == "node_modules" || entry.Name() == "jupyterhub"):
			return filepath.SkipDir
		case !entry.IsDir() && slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(path, s) }):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

var update = flag.Bool("update", false, "rewrite docs/findings.md")

const docs = "../../docs/findings.md"

func all(t *testing.T) []catalogue.Cause {
	t.Helper()
	all, err := Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// constants lists the constants of type finding.Code by their source,
// because a constant that nobody uses would be missed otherwise.
func constants(t *testing.T) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "finding", "finding.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != "Code" {
			return true
		}
		for _, value := range spec.Values {
			code, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		return true
	})
	if len(codes) < 17 {
		t.Fatalf("found %d constants of type Code in finding.go: has it moved?", len(codes))
	}
	return codes
}

func TestHasEveryCode(t *testing.T) {
	var have []string
	for _, c := range all(t) {
		have = append(have, string(c.Code))
		if got, ok := Lookup(c.Code); !ok || got.Title != c.Title {
			t.Errorf("Lookup(%q) gives %q, %v", c.Code, got.Title, ok)
		}
	}
	want := constants(t)
	slices.Sort(want) // families sort like the codes as long as none is another's prefix
	if !slices.Equal(have, want) {
		t.Errorf("folders and constants differ\nfolders   %q\nconstants %q", have, want)
	}
	if _, ok := Lookup("no-such-code"); ok {
		t.Error("an unknown code was found")
	}
}

func TestTextsAreWhole(t *testing.T) {
	titles := map[string]finding.Code{}
	for _, c := range all(t) {
		if other, twice := titles[c.Title]; twice {
			t.Errorf("%s and %s have the same title", c.Code, other)
		}
		titles[c.Title] = c.Code
		const most = 6 * 70 // six lines beside the labels of a report
		if n := len(strings.Join(c.Happened, " ")); n > most {
			t.Errorf("%s: what happened takes %d characters, at most %d fit a report", c.Code, n, most)
		}
		fixes := map[string]bool{}
		for _, f := range c.Fixes {
			if f.Title == "" || f.For == "" || f.Config == "" || f.WhatIf == "" {
				t.Errorf("%s: incomplete fix %+v", c.Code, f)
			}
			if fixes[f.Title] {
				t.Errorf("%s: two fixes are called %q", c.Code, f.Title)
			}
			fixes[f.Title] = true
		}
	}
}

// Recipes that make matters worse, or that the software ignores, may be named as
// such but never be a line of a configuration.
func TestRecommendsNothingHarmful(t *testing.T) {
	for _, c := range all(t) {
		for _, f := range c.Fixes {
			for line := range strings.Lines(f.Config) {
				line, _, _ = strings.Cut(line, "#")
				for _, harmful := range []string{
					"http-request add-header", "configuration-snippet", "insecure", "disable_check_xsrf", "trusted_downstream_ips", "0.0.0.0/0", "affinity",
				} {
					if strings.Contains(line, harmful) {
						t.Errorf("%s: fix %q holds %q", c.Code, f.Title, harmful)
					}
				}
			}
		}
	}
}

func TestMarkdownIsInDocs(t *testing.T) {
	var got bytes.Buffer
	if err := catalogue.Markdown(&got, all(t)); err != nil {
		t.Fatal(err)
	}
	number := 0
	for line := range strings.Lines(got.String()) {
		number++
		if width := len([]rune(strings.TrimSuffix(line, "\n"))); width > 100 {
			t.Errorf("line %d has %d columns: %s", number, width, line)
		}
	}
	if *update {
		if err := os.WriteFile(docs, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("docs/findings.md is not what the catalogue gives; write it with: go test ./analyze/causes -update")
	}
}

// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/logintrace/logintrace/analyze/finding"
)

const sample = `# A title

Severity: warning

## What happened
One line
and another.

A second paragraph.

## How it is recognised
Some bytes.

## What does not help
- first thing,
  continued
- second thing

## Fix: do this
For: nginx
When: a condition
holds

` + "```nginx\nline one;\n\n    line two;\n```" + `

What if: the Hub
is happy.

## Fix: do that
For: any

` + "```text\nanything\n```" + `

What if: it passes.
`

func TestParse(t *testing.T) {
	c, err := parse("some-code", sample)
	if err != nil {
		t.Fatal(err)
	}
	if c.Code != "some-code" || c.Title != "A title" || c.Severity != finding.Warning {
		t.Errorf("head: %+v", c)
	}
	for name, pair := range map[string][2][]string{
		"happened":   {c.Happened, {"One line and another.", "A second paragraph."}},
		"recognised": {c.Recognised, {"Some bytes."}},
		"no help":    {c.NoHelp, {"first thing, continued", "second thing"}},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	want := []finding.Fix{
		{Title: "do this", For: "nginx", When: "a condition holds", Config: "line one;\n\n    line two;", WhatIf: "the Hub is happy."},
		{Title: "do that", For: "any", Config: "anything", WhatIf: "it passes."},
	}
	if !slices.Equal(c.Fixes, want) {
		t.Errorf("fixes: got %+v, want %+v", c.Fixes, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, change := range map[string]struct{ old, new, message string }{
		"no title":                       {"# A title\n\n", "", `line 1: expected "# "`},
		"empty title":                    {"# A title", "#", `line 1: expected "# "`},
		"title with full stop":           {"# A title", "# A title.", "line 1: expected a title without a full stop"},
		"no blank after title":           {"title\n\n", "title\n", "line 2: expected a blank line"},
		"unknown severity":               {"warning", "fatal", `line 3: expected "Severity: " and one of error, warning, note`},
		"no severity":                    {"Severity: warning\n\n", "", "line 3: expected"},
		"misspelt section":               {"What happened", "What hapened", `line 5: expected "## What happened"`},
		"section of another level":       {"## How", "### How", `line 11: expected "## How it is recognised"`},
		"sections swapped":               {"How it is recognised", "What does not help", "line 11: expected"},
		"unknown section":                {"## What does not help", "## Notes", `line 14: expected "## Fix: "`},
		"misspelt list section":          {"does not help", "doesn't help", `line 14: expected "## What does not help"`},
		"empty section":                  {"Some bytes.\n\n", "", "expected a paragraph"},
		"blank after heading":            {"happened\n", "happened\n\n", "line 6: expected plain text"},
		"two blank lines":                {"another.\n\n", "another.\n\n\n", "line 9: expected plain text"},
		"no blank before section":        {"Some bytes.\n\n", "Some bytes.\n", "line 13: expected plain text"},
		"list in prose":                  {"and another", "- and another", "line 7: expected plain text"},
		"numbered list in prose":         {"and another", "1. and another", "line 7: expected plain text"},
		"indented prose":                 {"and another", "  and another", "line 7: expected plain text"},
		"markup in prose":                {"Some bytes", "Some `bytes`", "line 12: expected plain text"},
		"markup in a title":              {"do this", "do *this*", "line 19: expected plain text"},
		"element in a what if":           {"is happy", "is <b>happy</b>", "line 31: expected plain text"},
		"star as bullet":                 {"- first", "* first", `line 15: expected a line that begins with "- "`},
		"list not indented":              {"  continued", "continued", "line 16: expected a blank line"},
		"no fix":                         {sample[strings.Index(sample, "## Fix"):], "", `expected "## Fix: "`},
		"fix without title":              {"## Fix: do this", "## Fix:", `line 19: expected "## Fix: "`},
		"unknown program":                {"For: nginx", "For: Nginx", `line 20: expected "For: " and one of nginx, ingress-nginx`},
		"no program":                     {"For: nginx\n", "", `line 20: expected "For: "`},
		"field in lower case":            {"When: a", "when: a", "line 21: expected a blank line"},
		"field of another name":          {"When: a", "If: a", "line 21: expected a blank line"},
		"field twice":                    {"holds\n", "When: holds\n", "line 22: expected running text"},
		"condition with full stop":       {"holds\n", "holds.\n", "expected a condition without a full stop"},
		"trial of a look":                {"For: any\n", "For: any\nDoes: look-further\nTried: nginx\n", "expected no trial of what changes nothing"},
		"no configuration":               {"```text\nanything\n```\n\n", "", `line 36: expected "` + "```" + `"`},
		"empty configuration":            {"anything\n", "", "expected a block with content"},
		"blank line first in block":      {"```text\n", "```text\n\n", "expected a block with content"},
		"unknown language":               {"```nginx", "```ngnix", "line 24: expected \"```\" and one of nginx, haproxy"},
		"no language":                    {"```nginx", "```", "line 24: expected"},
		"block without end":              {"anything\n```", "anything", "expected the end of the block"},
		"no what if":                     {"\n\nWhat if: it passes.\n", "\n", "line 39: expected a blank line, found the end of the file"},
		"misspelt what if":               {"What if: the", "What-if: the", `line 30: expected "What if: "`},
		"what if without full stop":      {"it passes.", "it passes", "expected a full stop"},
		"text after what if":             {"it passes.\n", "it passes.\n\nMore.\n", `expected "## Fix: "`},
		"blank line at the end":          {"it passes.\n", "it passes.\n\n", "line 42: expected another section, found the end of the file"},
		"no line end":                    {"it passes.\n", "it passes.", "expected a line end"},
		"space at a line's end":          {"One line", "One line ", "line 6: expected printable text"},
		"carriage return":                {"One line", "One line\r", "line 6: expected printable text"},
		"tab":                            {"    line two", "\tline two", "line 27: expected printable text"},
		"terminal escape":                {"One line", "One \x1b[1mline", "line 6: expected printable text"},
		"broken UTF-8":                   {"One line", "One \xff line", "line 6: expected printable text"},
		"line that is too long":          {"One line", strings.Repeat("long ", 16) + "line", "line 6: expected printable text of at most 80"},
		"configuration that is too long": {"line one;", strings.Repeat("x", 69), "expected a block with lines of at most 68"},
		"empty file":                     {sample, "", "line 1: expected"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(sample, change.old, change.new, 1)
			if text == sample {
				t.Fatalf("%q is not in the sample", change.old)
			}
			_, err := parse("some-code", text)
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), change.message) {
				t.Errorf("got %q, want a message with %q", err, change.message)
			}
		})
	}
}

// Whatever is accepted is whole: no report has to cope with an empty text.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	for _, name := range []string{"login-refused", "xsrf-proxy-ip-changed"} {
		text, err := os.ReadFile(filepath.Join("..", "texts", name, "cause.md"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse("some-code", text)
		if err != nil {
			return
		}
		if c.Title == "" || c.Severity == "" || len(c.Happened) == 0 || len(c.Recognised) == 0 || len(c.Fixes) == 0 {
			t.Errorf("accepted, though incomplete: %+v", c)
		}
		for _, fix := range c.Fixes {
			if fix.Title == "" || fix.For == "" || fix.Config == "" || fix.WhatIf == "" {
				t.Errorf("accepted an incomplete fix: %+v", fix)
			}
		}
	})
}

func TestLoadRefuses(t *testing.T) {
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("an empty catalogue was accepted")
	}
	_, err := Load(fstest.MapFS{
		"good-code/cause.md": {Data: []byte(sample)},
		"bad-code/cause.md":  {Data: []byte("nothing\n")},
	})
	if err == nil || !strings.HasPrefix(err.Error(), "bad-code/cause.md: line 1: ") {
		t.Errorf("got %v, want an error that names file and line", err)
	}
}

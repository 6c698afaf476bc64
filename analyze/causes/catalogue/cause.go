// SPDX-License-Identifier: Apache-2.0

// Package catalogue reads the texts on causes, one cause.md each, and renders
// them as a page of the documentation.
//
// It knows what such a text looks like and nothing about logins; the texts, and
// the decisions that they explain, are in package causes.
package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Cause is the text of one code, as `explain`, the reports and docs/findings.md
// print it. All of it is plain text without markup; a Config keeps its lines.
type Cause struct {
	Code                 finding.Code
	Title                string // a sentence without a full stop
	Severity             finding.Severity
	Happened, Recognised []string // paragraphs
	NoHelp               []string // what does not help; empty when nothing is to be said
	Fixes                []finding.Fix
}

// Load reads the cause.md of each folder of files; a folder is named after its
// code. The causes come in order of family and code.
func Load(files fs.FS) ([]Cause, error) {
	names, err := fs.Glob(files, "*/cause.md")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("no cause.md found")
	}
	var all []Cause
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		c, err := parse(finding.Code(path.Dir(name)), string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(family(a.Code), family(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return all, nil
}

// family is the part of a code before its first hyphen.
func family(code finding.Code) string {
	family, _, _ := strings.Cut(string(code), "-")
	return family
}

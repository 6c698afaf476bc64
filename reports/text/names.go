// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// shortName is the last element of a file's path, or all of it where another file
// has the same.
func (p *page) shortName(name string) string {
	for _, c := range p.report.Captures {
		for _, other := range filesOf(c) {
			if other != name && Base(other) == Base(name) {
				return name
			}
		}
	}
	return Base(name)
}

// filesOf names the files of a capture.
func filesOf(c finding.Capture) []string {
	if len(c.Parts) == 0 {
		return []string{c.Name}
	}
	names := make([]string, len(c.Parts))
	for i, part := range c.Parts {
		names[i] = part.Name
	}
	return names
}

// Base is the last element of a path of any system, or of one within an archive.
func Base(path string) string {
	_, inner, found := strings.Cut(path, archiveMark)
	if !found {
		inner = path
	}
	return cmp.Or(inner[strings.LastIndexAny(inner, `/\`)+1:], path)
}

// archiveMark stands between the name of an archive and that of a file in it.
const archiveMark = ".zip:"

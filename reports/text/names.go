// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// shortName is the last element of a file's path or, where another file ends alike, as
// many elements as tell them apart.
func (p *page) shortName(name string) string {
	short := Base(name)
	for p.endsAnother(name, short) {
		rest := strings.TrimSuffix(name, short)
		if rest == "" {
			return name
		}
		short = name[strings.LastIndexAny(rest[:len(rest)-1], `/\`)+1:]
	}
	return short
}

// endsAnother reports whether another file than that of name ends in the same way.
func (p *page) endsAnother(name, end string) bool {
	for _, c := range p.report.Captures {
		for _, other := range filesOf(c) {
			if rest, found := strings.CutSuffix(other, end); found && other != name && (rest == "" || strings.ContainsAny(rest[len(rest)-1:], `/\:`)) {
				return true
			}
		}
	}
	return false
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

// owner is who has an address, "" if no name was given for it.
func (p *page) owner(address string) string {
	return p.owners(address, func(o finding.Owner) string {
		if p.wide {
			return o.String()
		}
		return o.Name
	})
}

func (p *page) owners(address string, words func(finding.Owner) string) string {
	var all []string
	for _, o := range p.report.Owners {
		if o.Address == address {
			all = append(all, words(o))
		}
	}
	return strings.Join(all, " or ")
}

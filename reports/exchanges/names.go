// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/reports/text"
)

// names holds the files that were named by the last element of their path alone.
// The list is written as it comes, so the first of several files of one name keeps
// it, and the others are named in full.
type names map[string]string

// of is the name of a file for people.
func (n names) of(file string) string {
	if file == "" {
		return "capture"
	}
	short := text.Base(file)
	if n[short] == "" {
		n[short] = file
	}
	if n[short] != file {
		return text.Escape(file)
	}
	return text.Escape(short)
}

// files names the files of a capture.
func (n names) files(c *exchange.Capture) string {
	if len(c.Parts) == 0 {
		return n.of(c.Name)
	}
	list := make([]string, len(c.Parts))
	for i, part := range c.Parts {
		list[i] = n.of(part.Name)
	}
	return strings.Join(list, ", ")
}

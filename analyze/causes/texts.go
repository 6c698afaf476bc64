// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"embed"
	"io/fs"
	"slices"
	"sync"

	"github.com/logintrace/logintrace/analyze/causes/catalogue"
	"github.com/logintrace/logintrace/analyze/finding"
)

//go:embed texts/*/cause.md
var textFiles embed.FS

var texts = sync.OnceValues(func() ([]catalogue.Cause, error) {
	below, err := fs.Sub(textFiles, "texts")
	if err != nil {
		return nil, err
	}
	return catalogue.Load(below)
})

// Catalogue returns the texts on all causes, in order of family and code. They
// share their lists with later calls: do not change them.
func Catalogue() ([]catalogue.Cause, error) {
	all, err := texts()
	return slices.Clone(all), err
}

// Lookup returns the text on a code.
func Lookup(code finding.Code) (catalogue.Cause, bool) {
	all, err := texts()
	if err != nil {
		return catalogue.Cause{}, false
	}
	i := slices.IndexFunc(all, func(c catalogue.Cause) bool { return c.Code == code })
	if i < 0 {
		return catalogue.Cause{}, false
	}
	return all[i], true
}

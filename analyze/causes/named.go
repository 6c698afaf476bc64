// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"regexp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// Example is a name that the text of a fix uses, and the one that was seen in its place.
type Example struct{ Text, Seen string }

// plainName is what may take the place of an example: a site, a path, or both. Whatever
// else the wire brought stays out of lines that people paste into a configuration.
var plainName = regexp.MustCompile(`^(https?://[A-Za-z0-9][A-Za-z0-9.-]{0,63}(:[0-9]{1,5})?)?(/[A-Za-z0-9._~-][A-Za-z0-9._~/-]{0,63}|/)?$`)

// Named puts what was seen in the place of the examples in these fixes. What was not
// seen, or is no plain name, leaves the example.
func Named(fixes []finding.Fix, examples []Example) []finding.Fix {
	list := slices.Clone(fixes) // the texts are everybody's
	for _, e := range examples {
		if e.Seen == "" || !plainName.MatchString(e.Seen) {
			continue
		}
		for i := range list {
			list[i].Config = strings.ReplaceAll(list[i].Config, e.Text, e.Seen)
		}
	}
	return list
}

// The examples of the texts.
const (
	ExampleCallback = "https://hub.example.org/hub/oauth_callback"
	ExampleLab      = "https://lab.example.org"
	ExampleDjango   = "https://shop.example.org"
	ExamplePrefix   = "/jupyter/"
)

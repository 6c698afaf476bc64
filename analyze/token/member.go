// SPDX-License-Identifier: Apache-2.0

package token

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is a member of a JSON object that is a string, or "".
func Member(object []byte, name string) string {
	d := jsontext.NewDecoder(strings.NewReader(string(object)))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		key, err := d.ReadToken()
		if err != nil {
			return ""
		}
		found := key.String() == name
		if found && d.PeekKind() == '"' {
			value, err := d.ReadToken()
			if err != nil {
				return ""
			}
			return value.String()
		}
		if err := d.SkipValue(); err != nil {
			return ""
		}
	}
	return ""
}

// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/logintrace/logintrace/capture/exchange"
)

// dump is the head of a request that a Hub answered with 500: it writes it in JSON, over
// several lines and before the line of the request, with credentials replaced by
// "[secret]" (jupyterhub/log.py, log_request).
type dump struct {
	text  string
	lines int
	done  bool
}

// take takes a line of it.
func (d *dump) take(line string) bool {
	if d == nil || d.done || d.lines >= maxDump || len(d.text)+len(line) > maxLine {
		return false
	}
	if line != "}" && !strings.HasPrefix(line, `"`) {
		return false
	}
	d.text += line
	d.lines++
	d.done = line == "}"
	return true
}

// fields are the fields in it that were not replaced. Their order is that of the wire,
// but names are in tornado's spelling, and repeated ones were joined.
func (d *dump) fields() []exchange.Field {
	decoder := jsontext.NewDecoder(strings.NewReader(d.text), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := decoder.ReadToken(); err != nil {
		return nil
	}
	var fields []exchange.Field
	for decoder.PeekKind() == '"' {
		var name, value string
		if json.UnmarshalDecode(decoder, &name) != nil || json.UnmarshalDecode(decoder, &value) != nil {
			return nil
		}
		if !strings.Contains(value, hidden) {
			fields = append(fields, exchange.Field{Name: name, Value: value})
		}
	}
	return fields
}

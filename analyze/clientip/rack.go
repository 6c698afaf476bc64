// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"regexp"
	"slices"
	"strings"
)

// rackForwardedFor is Rack's forwarded_for (Rack 3.1.20, rack/request.rb): the for= of
// Forwarded if it can be read, and else X-Forwarded-For; the first element is the
// client's. What is no address becomes "".
func rackForwardedFor(f *fields) []string {
	var found []string
	if lines := f.lines("Forwarded"); len(lines) > 0 {
		if list, ok := rackForwarded(strings.Join(lines, ", ")); ok && list != nil {
			for _, text := range list {
				found = append(found, rackAddress(text))
			}
			return found
		}
	}
	for _, text := range rubySplit(f.puma("X-Forwarded-For")) {
		if !strings.HasPrefix(text, "[") && strings.Count(text, ":") > 1 {
			text = "[" + text + "]"
		}
		found = append(found, rackAddress(text))
	}
	return found
}

const (
	rackSpaces = "\t\n\v\f\r "
	rackBreaks = rackSpaces + ";,"
	mostParams = 1024 // and no more escapes
)

// rackForwarded are the for= of Forwarded (Rack 3.1.20, rack/utils.rb,
// forwarded_values); nil without any. ok is false for what it cannot read.
func rackForwarded(header string) (list []string, ok bool) {
	header = strings.TrimLeft(header, rackBreaks)
	params, escapes := 0, 0
	for {
		name, rest, found := strings.Cut(header, "=")
		if !found {
			return list, true
		}
		name = strings.ToLower(strings.Trim(name, "\x00"+rackSpaces))
		if params++; params > mostParams || !slices.Contains([]string{"by", "for", "host", "proto"}, name) {
			return nil, false
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			if value, rest, ok = rackQuoted(rest[1:], &escapes); !ok {
				return nil, false
			}
		} else if i := strings.IndexAny(rest, ";,"); i >= 0 {
			value, rest = strings.TrimRight(rest[:i], rackBreaks), rest[i:]
		} else {
			value, rest = strings.Trim(rest, "\x00"+rackSpaces), ""
		}
		if name == "for" {
			list = append(list, strings.TrimLeft(value, "\x00"+rackSpaces))
		}
		header = strings.TrimLeft(rest, rackBreaks)
	}
}

// rackQuoted reads up to the quote that ends a value.
func rackQuoted(text string, escapes *int) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexAny(text, `"\`)
		if i < 0 {
			return b.String(), text, true
		}
		b.WriteString(text[:i])
		if text[i] == '"' {
			return b.String(), text[i+1:], true
		}
		if *escapes++; *escapes > mostParams {
			return "", "", false
		}
		text = text[i+1:]
		if text != "" {
			b.WriteByte(text[0])
			text = text[1:]
		}
	}
}

const (
	rackGroups = `(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)?`
	rackV4     = `\d+\.\d+\.\d+\.\d+`
	rackZone   = `%[-0-9A-Za-z._~]+`
	rackV6     = `(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|` + rackGroups + `::` + rackGroups +
		`|(?:[0-9A-Fa-f]{1,4}:){6}` + rackV4 + `|` + rackGroups + `::(?:[0-9A-Fa-f]{1,4}:)*` + rackV4 +
		`|[Ff][Ee]80(?::[0-9A-Fa-f]{1,4}){7}` + rackZone +
		`|[Ff][Ee]80:(?:` + rackGroups + `::` + rackGroups + `|:` + rackGroups + `)?:[0-9A-Fa-f]{1,4}` + rackZone
)

var rackAuthority = regexp.MustCompile(`^(?:\[(` + rackV6 + `)\]|([-a-zA-Z0-9._~%!$&'()*+,;=]*?))(?::\d+)?$`)

// rackAddress is the address of an authority, without port and brackets.
func rackAddress(text string) string {
	match := rackAuthority.FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return match[1] + match[2]
}

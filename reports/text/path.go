// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

var hopRoleWords = map[finding.HopRole]string{
	finding.HopClient: "client", finding.HopOuterProxy: "outer proxy", finding.HopIngress: "ingress",
	finding.HopAppProxy: "proxy", finding.HopApplication: "Hub", "": "?",
}

// leg is one connection on the path of a request, with all its sides.
type leg []finding.Hop

func legs(s finding.Step) []leg {
	var all []leg
	for _, h := range s.Hops {
		if h.From == "" { // a browser's recording does not say who the browser is
			continue
		}
		if n := len(all); n > 0 && h.Translated {
			all[n-1] = append(all[n-1], h)
			continue
		}
		all = append(all, leg{h})
	}
	return all
}

func (l leg) first() finding.Hop { return l[0] }
func (l leg) last() finding.Hop  { return l[len(l)-1] }

// title names both ends of a leg.
func (l leg) title() string {
	return hopRoleWords[l.first().FromRole] + " → " + hopRoleWords[l.last().ToRole]
}

func (l leg) loses() bool {
	return slices.ContainsFunc(l, func(h finding.Hop) bool { return h.LosesClient })
}

// pathRows are the rows on the hops of all steps: where each request went, and what
// it told of the client on the way. Hops stand in one row if they have the same
// ends.
func (p *page) pathRows(l *finding.Login) []row {
	columns := make([][]leg, len(l.Steps))
	for i, s := range l.Steps {
		columns[i] = legs(s)
	}
	letters := newLetters(columns)
	var rows []row
	for _, title := range titles(columns) {
		r := row{title: title, values: make([]string, len(columns))}
		proxy := row{values: make([]string, len(columns))}
		for i, column := range columns {
			r.values[i] = "not captured"
			for _, leg := range column {
				if leg.title() != title {
					continue
				}
				r.values[i] = leg.tells(letters)
				if leg.loses() {
					r.mark = "! lost"
				}
				if letter := letters.of(leg.last()); letter != "" {
					proxy.title = hopRoleWords[leg.last().ToRole]
					proxy.values[i] = letter + " = " + host(leg.last().To)
				}
			}
		}
		rows = append(rows, r)
		if proxy.title != "" {
			rows = append(rows, proxy)
		}
	}
	return rows
}

// titles are those of all legs, in the order of the step that has most of them.
func titles(columns [][]leg) []string {
	longest := slices.MaxFunc(columns, func(a, b []leg) int { return len(a) - len(b) })
	var all []string
	for _, column := range append([][]leg{longest}, columns...) {
		for _, leg := range column {
			if title := leg.title(); !slices.Contains(all, title) {
				all = append(all, title)
			}
		}
	}
	return all
}

// letters stand for the proxies at which requests come in, in order of appearance.
type letters []string

func newLetters(columns [][]leg) letters {
	var l letters
	for _, column := range columns {
		for _, leg := range column {
			to := host(leg.last().To)
			if stands(leg.last().ToRole) && !slices.Contains(l, to) && len(l) < 26 {
				l = append(l, to)
			}
		}
	}
	return l
}

func stands(role finding.HopRole) bool {
	return role == finding.HopIngress || role == finding.HopOuterProxy
}

func (l letters) of(h finding.Hop) string {
	i := slices.Index(l, host(h.To))
	if i < 0 || !stands(h.ToRole) {
		return ""
	}
	return string(rune('A' + i))
}

// tells says where a leg goes from and to, if the title leaves that open, and what
// its fields tell of the client.
func (l leg) tells(names letters) string {
	fields := clientFields(l.last())
	from := host(l.first().From)
	for i, h := range l {
		if i > 0 && host(h.From) != host(l[i-1].From) {
			from += " as " + host(h.From)
		}
	}
	to := names.of(l.last())
	switch {
	case l.first().FromRole == finding.HopClient:
		fields = present(fields)
	case to == "" && l.first().FromRole != "":
		return strings.Join(fields, "\n")
	}
	if to == "" {
		to = host(l.last().To)
	}
	return strings.Join(append([]string{from + " → " + to}, fields...), "\n")
}

// clientFields are the fields by which a Hub learns of its client.
func clientFields(h finding.Hop) []string {
	var lines, absent []string
	if h.Announced != "" {
		lines = append(lines, "PROXY "+h.Announced)
	}
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For"} {
		short := strings.Replace(name, "X-Forwarded-For", "XFF", 1)
		values, known := field(h, name)
		switch {
		case len(values) > 1:
			lines = append(lines, fmt.Sprintf("%s %d× %s", short, len(values), strings.Join(values, " | ")))
		case len(values) == 1:
			lines = append(lines, short+" "+values[0])
		case known:
			absent = append(absent, short)
		}
	}
	if len(absent) > 0 {
		lines = append(lines, "no "+strings.Join(absent, ", no "))
	}
	return lines
}

// present leaves out what says that a field is not there.
func present(fields []string) []string {
	return slices.DeleteFunc(fields, func(line string) bool { return strings.HasPrefix(line, "no ") })
}

// field returns the lines of a field at a hop, and whether its absence is known.
func field(h finding.Hop, name string) (lines []string, known bool) {
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Lines, f.Change != "unknown"
		}
	}
	return nil, true
}

// host is an endpoint without its port.
func host(endpoint string) string {
	if address, _, err := net.SplitHostPort(endpoint); err == nil {
		return address
	}
	return endpoint
}

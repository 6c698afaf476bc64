// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
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
func (l leg) title(ofHub bool) string {
	if !ofHub && l.toServer() {
		return hopRoleWords[l.first().FromRole] + " → server"
	}
	return hopRoleWords[l.first().FromRole] + " → " + hopRoleWords[l.last().ToRole]
}

// toServer reports whether a leg goes from a proxy to what is behind it, which has no other
// name: one of several servers of an application, as a rule.
func (l leg) toServer() bool {
	return stands(l.first().FromRole) && l.last().ToRole == "" && l.last().To != ""
}

// loggedOnly reports whether the leg is known by lines of logs alone.
func (l leg) loggedOnly() bool {
	sightings := 0
	for _, h := range l {
		for _, ref := range h.Sightings {
			if ref.Line == 0 {
				return false
			}
			sightings++
		}
	}
	return sightings > 0
}

func (l leg) loses() bool {
	return slices.ContainsFunc(l, func(h finding.Hop) bool { return h.LosesClient })
}

// place of a leg in the table: legs with the same ends stand in one row, and of
// several such legs of a request each has its own.
type rowKey struct {
	title string
	nth   int
}

// pathRows are the rows on the hops of all steps: where each request went, and what
// it told of the client on the way. named holds the addresses whose names they give.
func (p *page) pathRows(l *finding.Login) (rows []row, named map[string]bool) {
	columns := make([]map[rowKey]leg, len(l.Steps))
	var order []rowKey
	var all [][]leg
	for i, s := range l.Steps {
		columns[i] = map[rowKey]leg{}
		all = append(all, legs(s))
		order = place(all[i], columns[i], order, isHub(l))
	}
	letters, names := p.lettered(), decidingFields(l)
	named = map[string]bool{}
	for _, key := range order {
		r := row{title: key.title, values: make([]string, len(columns))}
		proxy := row{values: make([]string, len(columns))}
		for i, column := range columns {
			leg, seen := column[key]
			if !seen {
				r.values[i] = "not captured"
				switch {
				case ends(all[i]):
					r.values[i] = "never came here"
				case endsAtProxy(all[i]):
					r.values[i] = "not sent on"
				}
				continue
			}
			r.values[i] = p.tells(leg, names, letters, named, isHub(l))
			if leg.loses() {
				r.mark = "! lost"
			}
			if letter := letters.of(leg.last()); letter != "" {
				proxy.title = hopRoleWords[leg.last().ToRole]
				proxy.values[i] = letter + " = " + p.withOwner(host(leg.last().To), named)
			}
		}
		rows = append(rows, r)
		if proxy.title != "" {
			rows = append(rows, proxy)
		}
	}
	return rows, named
}

// endsAtProxy reports whether a proxy answered a request itself.
func endsAtProxy(path []leg) bool {
	return len(path) > 0 && stands(path[len(path)-1].last().ToRole)
}

// ends reports whether somebody on the way answered the request.
func ends(path []leg) bool { return len(path) > 0 && path[len(path)-1].last().Ends }

// place puts the legs of one request into a column, and their keys into the order of
// rows: a new one behind the one that is before it on the path.
func place(path []leg, column map[rowKey]leg, order []rowKey, ofHub bool) []rowKey {
	count := map[string]int{}
	before := -1
	for _, leg := range path {
		title := leg.title(ofHub)
		key := rowKey{title, count[title]}
		count[title]++
		column[key] = leg
		at := slices.Index(order, key)
		if at < 0 {
			at = before + 1
			order = slices.Insert(order, at, key)
		}
		before = at
	}
	return order
}

// withOwner is an address and, in the line below, who has it. It notes whom it named.
func (p *page) withOwner(address string, named map[string]bool) string {
	name := p.owner(address)
	if name == "" {
		return address
	}
	named[address] = true
	return address + "\n" + name
}

// letters stand for the proxies at which requests come in, in order of appearance.
type letters []string

// lettered are the letters of the report, found once.
func (p *page) lettered() letters {
	if p.proxies == nil {
		p.proxies = append(letters{}, p.letters()...)
	}
	return p.proxies
}

// letters are those of the whole report: an address has one letter in all logins. They
// are in the order in which a reader meets them: logins as they stand on the page, and
// of each the table from left to right and from top to bottom.
func (p *page) letters() letters {
	var l letters
	shown, others := p.sections()
	for _, login := range append(shown, others...) {
		columns := make([]map[rowKey]leg, len(login.Steps))
		var order []rowKey
		for i, s := range login.Steps {
			columns[i] = map[rowKey]leg{}
			order = place(legs(s), columns[i], order, isHub(login))
		}
		for _, key := range order {
			for _, column := range columns {
				if leg, seen := column[key]; seen {
					l = l.with(leg)
				}
			}
		}
	}
	return l
}

const mostLetters = 26

func (l letters) with(one leg) letters {
	to := host(one.last().To)
	if stands(one.last().ToRole) && !slices.Contains(l, to) && len(l) < mostLetters {
		l = append(l, to)
	}
	return l
}

func stands(role finding.HopRole) bool {
	return role == finding.HopIngress || role == finding.HopOuterProxy
}

func (l letters) of(h finding.Hop) string {
	if !stands(h.ToRole) {
		return ""
	}
	return l.at(host(h.To))
}

// at is the letter of an address, or "".
func (l letters) at(address string) string {
	i := slices.Index(l, address)
	if i < 0 {
		return ""
	}
	return string(rune('A' + i))
}

// tells says where a leg goes from and to, if the title leaves that open, and what
// its fields tell of the client.
func (p *page) tells(l leg, names []string, letters letters, named map[string]bool, ofHub bool) string {
	fields := fieldLines(l.last(), names)
	if l.loggedOnly() {
		fields = nil // no log tells of fields
	}
	var owners []string
	mention := func(address string) string {
		if name := p.owner(address); name != "" && !named[address] {
			named[address] = true
			owners = append(owners, address+" = "+name)
		}
		return address
	}
	to := letters.of(l.last())
	switch {
	case l.first().FromRole == finding.HopClient:
		fields = present(fields)
	case l.toServer() && !ofHub:
		address := mention(host(l.last().To))
		return strings.Join(slices.Concat([]string{address}, owners, fields), "\n")
	case to == "" && l.first().FromRole != "":
		return strings.Join(fields, "\n")
	}
	from := letters.at(host(l.first().From))
	if from == "" {
		from = mention(host(l.first().From))
	}
	for i, h := range l {
		if i > 0 && host(h.From) != host(l[i-1].From) {
			from += " as " + mention(host(h.From))
		}
	}
	if to == "" {
		to = cmp.Or(mention(host(l.last().To)), "?")
	}
	return strings.Join(slices.Concat([]string{from + " → " + to}, owners, fields), "\n")
}

// decidingFields are the names of the fields that a login depends on: those by which
// a Hub learns of its client, or one that a proxy has to hand on.
func decidingFields(l *finding.Login) []string {
	if l.Application.Name == "django" {
		return []string{"X-Forwarded-Proto"}
	}
	if l.Application.Name == "airflow" {
		return nil // its logins do not depend on the client's address
	}
	if l.Application.Name != "jupyterlab" {
		return []string{"X-Real-IP", "X-Forwarded-For"}
	}
	if f := l.CauseFinding(); f != nil {
		switch f.Code {
		case finding.HostNotForwarded:
			return []string{"Host"}
		case finding.UpgradeNotForwarded:
			return []string{"Upgrade"}
		}
	}
	return []string{"Authorization"}
}

// fieldLines are the lines of fields at a hop, and which of them are not there.
func fieldLines(h finding.Hop, names []string) []string {
	var lines, absent, cut []string
	if h.Announced != "" {
		lines = append(lines, "PROXY "+h.Announced)
	}
	for _, name := range names {
		short := strings.Replace(name, "X-Forwarded-For", "XFF", 1)
		values, known := field(h, name)
		switch {
		case len(values) > 1:
			lines = append(lines, fmt.Sprintf("%s %d× %s", short, len(values), strings.Join(values, " | ")))
		case len(values) == 1:
			lines = append(lines, short+" "+values[0])
		case known:
			absent = append(absent, short)
		default:
			cut = append(cut, short)
		}
	}
	if len(cut) > 0 {
		lines = append(lines, strings.Join(cut, ", ")+": head cut")
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

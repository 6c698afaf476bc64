// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/jupyterlab"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/capture/exchange"
)

// visitField is a field that a visit depends on. value is its text at one sighting,
// with tokens replaced by their pseudonyms: "" if it is not there; known is false if
// that cannot be told.
type visitField struct {
	name  string
	value func(*jupyter.Step) (text string, known bool)
}

// visitFields are those that decided on a request, or would have.
func visitFields(c *jupyterlab.Case, s *jupyter.Step) []visitField {
	switch {
	case s.NoSocket():
		return []visitField{{"Upgrade", func(at *jupyter.Step) (string, bool) {
			if at.UpgradeState() == exchange.Known {
				return "websocket", true
			}
			return "", at.UpgradeState() == exchange.Absent
		}}}
	case s.Foreign():
		return []visitField{{"Host", func(at *jupyter.Step) (string, bool) { return at.HostField(), at.HostField() != "" }}}
	}
	return []visitField{{"Authorization", func(at *jupyter.Step) (string, bool) {
		if at.Auth.Token != "" {
			return c.Pseudonym(at.Auth.Token), true
		}
		return jupyterlab.SchemeWord(at.Auth.Scheme), at.AuthState() != exchange.Unknown
	}}}
}

// visitHops are the hops of a request, with the fields that a visit depends on.
func (a *Analyzer) visitHops(c *jupyterlab.Case, s *jupyter.Step) []finding.Hop {
	list := a.hopsWith(s.Hops, -1)
	fields := visitFields(c, s)
	for i := range list {
		for _, field := range fields {
			list[i].Fields = slices.DeleteFunc(list[i].Fields, func(f finding.HopField) bool { return strings.EqualFold(f.Name, field.name) })
			list[i].Fields = append(list[i].Fields, field.at(s, i, list[i].From))
		}
	}
	if n := len(list); n > 0 && list[n-1].ToRole == "" && s.Status != 0 {
		if by := c.Asker(s); by.Address != "" && by.Kind != finding.OriginUnknown && s.Overwritten() {
			list[n-1].ToRole = finding.HopRole(by.Kind)
		}
	}
	return list
}

// at is a field on one hop, and what the hop's sender did to it.
func (f visitField) at(s *jupyter.Step, hop int, sender string) finding.HopField {
	reported := finding.HopField{Name: f.name, Lines: []string{}, Change: string(hops.Unknown)}
	here := s.At(hop)
	if here == nil {
		return reported
	}
	text, known := f.value(here)
	if !known {
		return reported
	}
	if text != "" {
		reported.Lines = []string{text}
	}
	reported.Change = string(hops.Seen)
	before := s.Before(hop)
	if before == nil {
		return reported
	}
	was, known := f.value(before)
	switch {
	case !known:
		reported.Change = string(hops.Unknown)
		return reported
	case was == text:
		reported.Change = string(hops.Kept)
		return reported
	case was == "":
		reported.Change = string(hops.Added)
	case text == "":
		reported.Change = string(hops.Dropped)
	default:
		reported.Change = string(hops.Overwritten)
	}
	reported.By = sender
	return reported
}

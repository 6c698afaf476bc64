// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// trait is something that logins can have in common. It yields "" for a login of
// which it is not known.
type trait struct {
	words string // with one %s for the value
	of    func(*finding.Login) string
}

// traits are tried in this order: the first that all logins with a cause share, and
// no login that passed has, is what tells them apart.
var traits = []trait{
	{"whose page came through %s", ways},
	{"whose submit came through %s", func(l *finding.Login) string { return entrance(step(l, finding.RoleSubmit)) }},
	{"whose page came through %s", func(l *finding.Login) string { return entrance(step(l, finding.RoleForm)) }},
	{"for which the Hub believed two addresses", moved},
	{"of client %s", func(l *finding.Login) string { return l.Client }},
	{"with the User-Agent %s", func(l *finding.Login) string { return step(l, finding.RoleSubmit).UserAgent }},
	{"of Hub %s", func(l *finding.Login) string { return l.Application.Version }},
}

// across looks for what failing logins share and passing ones do not: one finding
// for each cause that several logins, or one among others that passed, have.
func across(logins []finding.Login) []finding.Finding {
	passed := slices.DeleteFunc(pointers(logins), func(l *finding.Login) bool { return l.Outcome != finding.Succeeded })
	var list []finding.Finding
	for _, failed := range byCause(logins) {
		if len(failed) < 2 || len(passed) == 0 {
			continue
		}
		words, ok := distinguishing(failed, passed)
		if !ok {
			continue
		}
		first := failed[0].CauseFinding()
		shared := finding.Finding{
			Code: first.Code, Severity: first.Severity,
			Confidence: finding.Likely, // they share it; that is not yet why they fail
			Origin:     first.Origin,
			Summary:    fmt.Sprintf("%d of %d logins fail with %s: exactly those %s", len(failed), len(logins), first.Code, words),
			Rejected:   []finding.Rejected{}, Missing: []finding.Missing{}, Fixes: []finding.Fix{}, Evidence: []finding.Evidence{},
		}
		for _, l := range failed[:min(len(failed), mostCited)] {
			submit := answered(l)
			shared.Evidence = append(shared.Evidence, finding.Evidence{Ref: submit.Ref, Field: l.ID, Value: fmt.Sprint(submit.Status), Note: submit.Answer})
		}
		list = append(list, shared)
	}
	return list
}

// mostCited bounds the evidence of one finding on many logins.
const mostCited = 8

func pointers(logins []finding.Login) []*finding.Login {
	list := make([]*finding.Login, len(logins))
	for i := range logins {
		list[i] = &logins[i]
	}
	return list
}

// byCause groups failed logins by the code of their cause, in order of first
// appearance.
func byCause(logins []finding.Login) [][]*finding.Login {
	var groups [][]*finding.Login
	at := map[finding.Code]int{}
	for i := range logins {
		f := logins[i].CauseFinding()
		if f == nil {
			continue
		}
		k, ok := at[f.Code]
		if !ok {
			k = len(groups)
			at[f.Code] = k
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], &logins[i])
	}
	return groups
}

// distinguishing finds a trait with one value in all failed logins and in no other.
// A login of which it is not known decides against it.
func distinguishing(failed, passed []*finding.Login) (string, bool) {
	for _, t := range traits {
		value := t.of(failed[0])
		shared := value != "" && !slices.ContainsFunc(failed, func(l *finding.Login) bool { return t.of(l) != value })
		apart := !slices.ContainsFunc(passed, func(l *finding.Login) bool { return cmp.Or(t.of(l), value) == value })
		if !shared || !apart {
			continue
		}
		if strings.Contains(t.words, "%s") {
			return fmt.Sprintf(t.words, value), true
		}
		return t.words, true
	}
	return "", false
}

// step is the step of a login with a role; it is empty if there is none.
func step(l *finding.Login, role finding.Role) finding.Step {
	for _, s := range l.Steps {
		if s.Role == role {
			return s
		}
	}
	return finding.Step{}
}

// answered is the step whose answer a login failed with: the submit or the callback, or
// the last one.
func answered(l *finding.Login) finding.Step {
	for _, role := range []finding.Role{finding.RoleSubmit, finding.RoleCallback} {
		if s := step(l, role); s.Role != "" {
			return s
		}
	}
	return l.Steps[len(l.Steps)-1]
}

// entrance is the proxy at which a request came in, or "" if that was not seen.
func entrance(s finding.Step) string {
	for _, h := range s.Hops {
		if h.ToRole == finding.HopIngress || h.ToRole == finding.HopOuterProxy {
			entered := h.To
			for _, side := range s.Hops {
				if side.Connection == h.Connection {
					entered = side.To
				}
			}
			if address, _, err := net.SplitHostPort(entered); err == nil {
				return address
			}
			return entered
		}
	}
	return ""
}

// ways are the proxies at which page and submit came in.
func ways(l *finding.Login) string {
	form, submit := entrance(step(l, finding.RoleForm)), entrance(step(l, finding.RoleSubmit))
	if form == "" || submit == "" {
		return ""
	}
	return form + " and whose submit through " + submit
}

// moved says whether the Hub believed two addresses; "" is not known.
func moved(l *finding.Login) string {
	form, submit := step(l, finding.RoleForm).ClientIP.AppSaw.Value, step(l, finding.RoleSubmit).ClientIP.AppSaw.Value
	switch {
	case form == "" || submit == "":
		return ""
	case form == submit:
		return "no"
	}
	return "yes"
}

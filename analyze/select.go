// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Selection says which logins a report is about. Every part that is given must fit
// a login; of several clients or numbers one must. The zero value selects all.
type Selection struct {
	Clients      []string // addresses
	User         string   // as typed into the login form; it is compared and never kept
	Host         string
	Since, Until Moment
	Logins       []int // the numbers that reports give them
	Failed       bool
}

// IsZero reports whether all logins are selected.
func (s Selection) IsZero() bool {
	return len(s.Clients) == 0 && s.User == "" && s.Host == "" && s.Since == Moment{} && s.Until == Moment{} && len(s.Logins) == 0 && !s.Failed
}

// selector applies a Selection to the logins of an Analyzer.
type selector struct {
	Selection
	since, until time.Time              // of the selection, once the captures are known
	named        map[*login.Step]bool   // steps with a form that could be read: is it of the wanted user?
	traits       map[string]loginTraits // of each login, by its ID
}

// loginTraits are what a login is selected by, apart from what its report says.
type loginTraits struct {
	number      int
	time        time.Time
	clients     []string // addresses that the captures name for its client
	hosts       []string
	user, named bool // whether it is the wanted user's, and whether that is known
}

// look notes of a step whether it is of the wanted user. The name is not kept.
func (s *selector) look(step *login.Step, x *exchange.Exchange) {
	if s.User == "" || x.Request.Method != "POST" || x.Request.Body.State != exchange.Known {
		return
	}
	form, _ := url.ParseQuery(string(x.Request.Body.Bytes)) // what it cannot read it leaves out
	if names := form["username"]; len(names) > 0 {
		if s.named == nil {
			s.named = map[*login.Step]bool{}
		}
		// A Hub strips the name and makes it lower case (JupyterHub 4.0.2 to 5.5.1, auth.py).
		s.named[step] = strings.EqualFold(strings.TrimSpace(names[len(names)-1]), strings.TrimSpace(s.User))
	}
}

// span learns of the captures what times of the selection refer to.
func (s *selector) span(captures []*exchange.Capture) {
	var first, last time.Time
	for _, c := range captures {
		if !c.FirstTime.IsZero() && (first.IsZero() || c.FirstTime.Before(first)) {
			first = c.FirstTime
		}
		if c.LastTime.After(last) {
			last = c.LastTime
		}
	}
	s.since, s.until = s.Since.since(first, last), s.Until.until(first, last)
}

// note keeps the traits of the i-th of the attempts that are concluded next.
func (a *Analyzer) note(attempt *login.Attempt, i int) loginTraits {
	if a.selector.IsZero() {
		return loginTraits{}
	}
	number := a.counter.logins + i + 1
	t := a.selector.traitsOf(attempt, number, a.relays.all())
	a.selector.traits[loginID(number)] = t
	return t
}

// traitsOf are the traits of an attempt that gets a number.
func (s *selector) traitsOf(a *login.Attempt, number int, relays []string) loginTraits {
	t := loginTraits{number: number, time: a.Submit.Time}
	if a.Form != nil && a.Confirmed() {
		t.clients = clientsOf(a.Form, relays)
	}
	for _, client := range clientsOf(a.Submit, relays) {
		t.clients = addAddress(t.clients, client)
	}
	for _, step := range a.Submits() {
		if host := strings.ToLower(step.Host); host != "" && !slices.Contains(t.hosts, host) {
			t.hosts = append(t.hosts, host)
		}
		is, known := s.named[step]
		t.user, t.named = t.user || is, t.named || known
	}
	return t
}

// clientsOf are the addresses that a request may have come from: that of the client
// where the path begins with it, and else those that peers and fields name, but for
// the proxies'.
func clientsOf(s *login.Step, relays []string) (list []string) {
	if len(s.Hops) > 0 && s.Hops[0].From.Address != "" {
		if from, _ := roles.Of(s.Hops, 0); from == finding.HopClient {
			return []string{s.Hops[0].From.Address}
		}
	}
	for _, address := range named(s.Sightings()) {
		if !slices.ContainsFunc(relays, func(relay string) bool { return hops.SameAddress(relay, address) }) {
			list = addAddress(list, address)
		}
	}
	return list
}

// named are the addresses that peers and fields of a request name.
func named(sightings []*login.Step) []string {
	const most = 64
	book := addressBook{most: most}
	for _, s := range sightings {
		book.addFrom(&exchange.Exchange{Client: s.Client, Request: exchange.Request{Fields: s.Forwarding}})
	}
	return book.all()
}

// FitsExchange reports whether an exchange is with one of the selected clients and the
// selected host, within the selected times. Those of the recording's day are
// meant of the day of first.
func (s Selection) FitsExchange(x *exchange.Exchange, first time.Time) bool {
	const most = 64
	book := addressBook{most: most}
	book.addFrom(&exchange.Exchange{Client: x.Client, Request: exchange.Request{Fields: x.Request.Fields}})
	if x.Announced != nil {
		book.add(x.Announced.Source.Address)
	}
	all := selector{Selection: s, since: s.Since.since(first, first), until: s.Until.until(first, first)}
	t := loginTraits{time: x.Started, clients: book.all(), hosts: []string{strings.ToLower(x.Request.URL.Host)}}
	for _, c := range all.criteria() {
		if c.given && !c.fits(t, &finding.Login{}) {
			return false
		}
	}
	return true
}

func addAddress(list []string, address string) []string {
	if address == "" || hasAddress(list, address) {
		return list
	}
	return append(list, address)
}

func hasAddress(list []string, address string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return hops.SameAddress(have, address) })
}

// may reports whether a login can be selected, by what is known before addresses are
// recovered.
func (s *selector) may(t loginTraits, outcome finding.Outcome) bool {
	l := finding.Login{Outcome: outcome}
	for _, c := range s.criteria() {
		if c.given && !(c.late && len(t.clients) == 0) && !c.fits(t, &l) {
			return false
		}
	}
	return true
}

// apply keeps the selected logins and says in the report's options what was selected.
// If none is left it returns a sentence with what there is.
func (s *selector) apply(r *finding.Report) (none string) {
	if s.IsZero() {
		return ""
	}
	r.Options.Selection = &finding.Selection{
		Clients: s.Clients, User: s.User != "", Host: s.Host, Since: finding.Time{Time: s.since}, Until: finding.Time{Time: s.until},
		Logins: s.ids(), Failed: s.Failed, Of: len(r.Logins),
	}
	for _, c := range s.criteria() {
		if !c.given || len(r.Logins) == 0 {
			continue
		}
		var before []loginTraits
		var kept []finding.Login
		for i := range r.Logins {
			l := &r.Logins[i]
			t := s.traits[l.ID]
			if len(t.clients) == 0 {
				t.clients = believedClients(l)
			}
			before = append(before, t)
			if c.fits(t, l) {
				kept = append(kept, *l)
			}
		}
		if r.Logins = kept; len(kept) == 0 {
			none = c.none(before)
			if len(before) < r.Options.Selection.Of {
				none += fmt.Sprintf(" (among the %d that fit otherwise)", len(before))
			}
		}
	}
	return none
}

// believedClients stand in where no capture names a client, as in a recording of a
// browser: what the user said of it, and what the Hub believed.
func believedClients(l *finding.Login) []string {
	list := addAddress(nil, l.Client)
	for _, step := range l.Steps {
		list = addAddress(list, step.ClientIP.AppSaw.Value)
	}
	return list
}

// mention makes the verdict speak of the selected logins.
func (s *selector) mention(r *finding.Report, none string) {
	switch chosen := r.Options.Selection; {
	case chosen == nil || chosen.Of == 0:
	case len(r.Logins) == 0:
		r.Verdict, r.Summary = finding.Inconclusive, none
	case slices.ContainsFunc(r.Logins, func(l finding.Login) bool { return l.Outcome == finding.Failed }): // judge has said so
	default:
		r.Summary = fmt.Sprintf("%d of %s selected: %s", len(r.Logins), plural(chosen.Of, "login"), r.Summary)
	}
}

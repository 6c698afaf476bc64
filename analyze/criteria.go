// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
)

// criterion is one part of a selection.
type criterion struct {
	given bool
	late  bool // if the captures name no client, the address that the Hub believed may
	fits  func(loginTraits, *finding.Login) bool

	// none says that of these logins, which fit the parts before, none fits.
	none func([]loginTraits) string
}

func (s *selector) criteria() []criterion {
	return []criterion{
		{given: len(s.Clients) > 0, late: true, fits: s.fitsClient, none: func(of []loginTraits) string {
			return fmt.Sprintf("no login of client %s; clients seen: %s", strings.Join(s.Clients, ", "),
				seen(of, func(t loginTraits) []string { return t.clients }))
		}},
		{given: s.User != "", fits: func(t loginTraits, _ *finding.Login) bool { return t.user }, none: notNamed},
		{given: s.Host != "", fits: s.fitsHost, none: func(of []loginTraits) string {
			return fmt.Sprintf("no login to host %s; hosts seen: %s", s.Host, seen(of, func(t loginTraits) []string { return t.hosts }))
		}},
		{given: s.Since != Moment{} || s.Until != Moment{}, fits: s.fitsTime, none: s.notThen},
		{given: len(s.Logins) > 0, fits: func(t loginTraits, _ *finding.Login) bool { return slices.Contains(s.Logins, t.number) },
			none: func(of []loginTraits) string {
				return fmt.Sprintf("no %s; logins seen: %s", strings.Join(s.ids(), ", "), seen(of, func(t loginTraits) []string { return []string{loginID(t.number)} }))
			}},
		{given: s.Failed, fits: func(_ loginTraits, l *finding.Login) bool { return l.Outcome == finding.Failed },
			none: func([]loginTraits) string { return "no failed login" }},
	}
}

func loginID(number int) string { return fmt.Sprintf("login-%d", number) }

func (s *selector) ids() []string {
	var list []string
	for _, number := range s.Logins {
		list = append(list, loginID(number))
	}
	return list
}

func (s *selector) fitsClient(t loginTraits, _ *finding.Login) bool {
	return slices.ContainsFunc(s.Clients, func(client string) bool { return hasAddress(t.clients, client) })
}

// fitsHost compares with a port only if one is asked for.
func (s *selector) fitsHost(t loginTraits, _ *finding.Login) bool {
	wanted := strings.ToLower(s.Host)
	return slices.ContainsFunc(t.hosts, func(host string) bool {
		return host == wanted || (&url.URL{Host: host}).Hostname() == strings.Trim(wanted, "[]")
	})
}

func (s *selector) fitsTime(t loginTraits, _ *finding.Login) bool {
	return !t.time.IsZero() && !t.time.Before(s.since) && (s.until.IsZero() || !t.time.After(s.until))
}

func notNamed(of []loginTraits) string {
	unread := 0
	for _, t := range of {
		if !t.named {
			unread++
		}
	}
	if unread > 0 {
		return fmt.Sprintf("no login of the user given; %s without a form that was captured and has a field username", plural(unread, "login"))
	}
	return "no login of the user given"
}

func (s *selector) notThen(of []loginTraits) string {
	var between []string
	if !s.since.IsZero() {
		between = append(between, "since "+wallClock(s.since))
	}
	if !s.until.IsZero() {
		between = append(between, "until "+wallClock(s.until))
	}
	first, last := of[0].time, of[0].time
	for _, t := range of {
		if t.time.Before(first) {
			first = t.time
		}
		if t.time.After(last) {
			last = t.time
		}
	}
	return fmt.Sprintf("no login %s; logins seen: from %s to %s", strings.Join(between, " "), wallClock(first), wallClock(last))
}

func wallClock(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// seen lists what there is in place of what was asked for.
func seen(of []loginTraits, values func(loginTraits) []string) string {
	const most = 12
	var all []string
	for _, t := range of {
		for _, value := range values(t) {
			if !slices.Contains(all, value) {
				all = append(all, value)
			}
		}
	}
	switch {
	case len(all) == 0:
		return "none"
	case len(all) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
	}
	return strings.Join(all, ", ")
}

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// roundTripTitle is the width of the first column on a login by a provider.
const roundTripTitle = 22

// isRoundTrip reports whether a login is one by an identity provider.
func isRoundTrip(l *finding.Login) bool { return l.Steps[0].RoundTrip != nil }

// roundTrip writes the steps of a login by an identity provider below each other, as
// its user sees them, and what each does to the state.
func (p *page) roundTrip(l *finding.Login) {
	back := false
	atServer := slices.ContainsFunc(l.Steps, func(s finding.Step) bool {
		return s.RoundTrip.At == finding.AtServer || s.RoundTrip.At == finding.BehindServer
	})
	for i := range l.Steps {
		s := &l.Steps[i]
		p.roundTripRow(roundTripWords(s, i > 0 && l.Steps[i-1].RoundTrip.At == s.RoundTrip.At, back, atServer), requestWords(s))
		back = back || s.Role == finding.RoleCallback
		if s.Answer != "" {
			p.roundTripRow("", s.Answer)
		}
		p.stateRows(s, i == 0)
	}
	if believed := l.Steps[0].ClientIP.AppSaw.Value; believed != "" && l.Client == "" {
		p.roundTripRow("client in the log", believed)
	}
}

// roundTripWords say where a step takes place.
func roundTripWords(s *finding.Step, again, back, atServer bool) string {
	switch {
	case s.RoundTrip.At == finding.BehindServer && again:
		return ""
	case s.RoundTrip.At == finding.BehindServer:
		return "server asks Hub"
	case s.RoundTrip.At == finding.AtServer && s.Role == finding.RoleCallback && back:
		return "loaded again"
	case s.RoundTrip.At == finding.AtServer && s.Role == finding.RoleCallback:
		return "back at the server"
	case s.RoundTrip.At == finding.AtServer:
		return "begin at the server"
	case s.RoundTrip.At == finding.AtHub && atServer:
		return "at the Hub"
	case s.RoundTrip.At == finding.BehindHub && again:
		return ""
	case s.RoundTrip.At == finding.BehindHub:
		return "Hub asks provider"
	case s.RoundTrip.At == finding.AtProvider:
		return "at the provider"
	case s.Role == finding.RoleCallback && back:
		return "loaded again"
	case s.Role == finding.RoleCallback:
		return "back at the Hub"
	}
	return "begin at the Hub"
}

func requestWords(s *finding.Step) string {
	answer := "no answer captured"
	if s.Status != 0 {
		answer = fmt.Sprint(s.Status)
	}
	return fmt.Sprintf("%s  %s %s", answer, s.Method, strings.TrimPrefix(s.URL, "//"))
}

// stateRows say what a step asks for, and what became of the state's cookie.
func (p *page) stateRows(s *finding.Step, first bool) {
	t := s.RoundTrip
	if t.RedirectURI != "" && s.Role == finding.RoleRedirect && (t.At == finding.AtHub && t.Cookie != "" || first) {
		p.roundTripRow("  asks to return to", t.RedirectURI)
	}
	if t.Error != "" {
		p.roundTripRow("  error", t.Error)
	}
	switch t.Cookie {
	case finding.CookieSet:
		p.roundTripRow("  state cookie", t.CookieState+" is set")
	case finding.CookieLost:
		p.roundTripRow("  state cookie", lostWords(s))
	case finding.CookieNotSet:
		p.roundTripRow("  state cookie", "! none is set; the address has "+known(t.State))
	case finding.CookieNotSent:
		p.roundTripRow("  state cookie", "! none is sent; the address has "+known(t.State))
	case finding.CookieSent:
		words := t.CookieState + " is sent, as in the address"
		if t.CookieState != t.State {
			words = "! " + t.CookieState + " is sent; the address has " + known(t.State)
		}
		p.roundTripRow("  state cookie", words)
	}
}

func lostWords(s *finding.Step) string {
	taker := "the Hub"
	if s.RoundTrip.At == finding.AtServer {
		taker = "the server"
	}
	if s.Role == finding.RoleCallback {
		return "! " + s.RoundTrip.CookieState + " is sent, and does not reach " + taker
	}
	return "! " + s.RoundTrip.CookieState + " is set by " + taker + ", and does not reach the browser"
}

func known(pseudonym string) string {
	if pseudonym == "" {
		return "one that is not known"
	}
	return pseudonym
}

func (p *page) roundTripRow(title, value string) {
	p.paragraph(fmt.Sprintf("%-*s", roundTripTitle, "  "+title), value)
}

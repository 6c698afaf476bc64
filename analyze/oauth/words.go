// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// The words by which a Hub says why it did not take a callback (OAuthenticator 16.0 to
// 17.4, oauth2.py).
const (
	textNotAllowed    = "you are not currently authorized to use this hub"
	textCookieMissing = "OAuth state missing from cookies"
	textURLMissing    = "OAuth state missing from URL"
	textMismatch      = "OAuth state mismatch"
	textProviderError = "OAuth error:"
	textNoToken       = "An access token was not returned"
)

// NotAllowedSaid reports whether the Hub says that it knows the user and lets them not
// in: in its page, which it shows for this alone, or in its log.
func (s *Step) NotAllowedSaid() bool {
	_, logged := s.said(exchange.SaidNotAllowed, exchange.SaidBlocked, exchange.SaidNameInvalid)
	return logged || strings.Contains(s.Message, textNotAllowed)
}

// CookieMissingSaid reports whether the Hub says that no state cookie came with the
// callback, or none that it could have signed.
func (s *Step) CookieMissingSaid() bool { return strings.HasPrefix(s.Message, textCookieMissing) }

// MismatchSaid reports whether the Hub says that the cookie is of another login.
func (s *Step) MismatchSaid() bool {
	_, logged := s.said(exchange.SaidOAuthStateMismatch)
	return logged || strings.HasPrefix(s.Message, textMismatch) || s.OfServer() && strings.HasPrefix(s.Message, textServerMismatch)
}

// URLStateMissingSaid reports whether the Hub says that the callback had no state.
func (s *Step) URLStateMissingSaid() bool { return strings.HasPrefix(s.Message, textURLMissing) }

// StateSaid reports whether the Hub complains of the state at all.
func (s *Step) StateSaid() bool {
	return s.CookieMissingSaid() || s.MismatchSaid() || s.URLStateMissingSaid()
}

// NoTokenSaid reports whether the Hub says that the provider gave it no token.
func (s *Step) NoTokenSaid() bool { return strings.HasPrefix(s.Message, textNoToken) }

// said is the first line of the log with one of the codes that is of this request and
// no other.
func (s *Step) said(codes ...exchange.StatementCode) (exchange.Statement, bool) {
	for _, code := range codes {
		for _, said := range s.Said {
			if said.Code == code && !said.Shared {
				return said, true
			}
		}
	}
	return exchange.Statement{}, false
}

// Line is the line of the Hub's log that says one of the codes of this request.
func (s *Step) Line(codes ...exchange.StatementCode) (exchange.Statement, bool) {
	return s.said(codes...)
}

// InHubLog reports whether a Hub's log tells of a request.
func (s *Step) InHubLog() bool { return s.InLog() != nil }

// InLog is a request as the application's own log tells of it; nil if no log does.
func (s *Step) InLog() *Step {
	i := slices.IndexFunc(s.Seen, func(seen *Step) bool { return seen.Ref.HasLine && seen.fromHub })
	if i < 0 {
		return nil
	}
	return s.Seen[i]
}

// readLog takes over what a log says of a request.
func (s *Step) readLog(l *exchange.Logged) {
	if s.Leads.Path == "" && l.Location != "" {
		s.readLocation(l.Location)
	}
	if l.Program != exchange.ProgramJupyterHub && !(s.OfServer() && l.Program == exchange.ProgramJupyterServer) {
		return
	}
	s.Said, s.Believed, s.fromHub = l.Said, l.Believed, true
	for _, said := range l.Said {
		if said.Shared {
			continue
		}
		switch said.Code {
		case exchange.SaidRefused:
			s.Message = words(said.Values.Reason)
		case exchange.SaidOAuthRedirect:
			if s.RedirectURI == "" {
				s.RedirectURI = withoutQuery(said.Values.Target)
			}
		case exchange.SaidOAuthStateMismatch:
			if s.OfServer() {
				s.readServerMismatch(said.Values)
			} else if cookie, got := ReadState(said.Values.Expected), ReadState(said.Values.Got); !cookie.IsZero() && !got.IsZero() {
				s.State, s.Cookies, s.CookiesState = got, []Cookie{{State: cookie}}, exchange.Known
			}
		case exchange.SaidLoggedIn:
			s.User, s.loggedIn = said.Values.User, true
		case exchange.SaidNotAllowed, exchange.SaidBlocked:
			s.User = said.Values.User
		}
	}
}

// readServerMismatch reads the states that a server prints; of a cookie that it lacks, or
// that it did not sign, it prints None.
func (s *Step) readServerMismatch(v exchange.Values) {
	got := ReadState(v.Got)
	if got.IsZero() {
		return
	}
	s.State = got
	if v.Expected != "" && v.Expected != "None" {
		s.Cookies, s.CookiesState = []Cookie{{State: ReadState(v.Expected)}}, exchange.Known
	}
}

// words are what somebody says, shortened, and without what may be a code or a state:
// providers repeat what they were asked.
func words(text string) string {
	fields := strings.Fields(text[:min(len(text), maxState)])
	for i, word := range fields {
		if len(word) >= 20 && strings.ContainsAny(word, "0123456789") && !strings.Contains(word, "://") || strings.Contains(word, "?") && strings.Contains(word, "=") {
			fields[i] = "…"
		}
	}
	return clip(strings.ToValidUTF8(strings.Join(fields, " "), ""), mostWords)
}

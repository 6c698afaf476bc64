// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// readLog takes over what a Hub's log says of a request. A log shows no token, but
// the identities that tokens hold, and these are what the Hub compares.
func (s *Step) readLog(l *exchange.Logged) {
	if l.Program != exchange.ProgramJupyterHub {
		return
	}
	s.Logged, s.fromApplicationsLog = l.Believed, true
	for _, said := range l.Said {
		if said.Shared { // maybe of another request
			s.MayBeRejected = s.MayBeRejected || saysRejected(said.Code)
			continue
		}
		s.fromHub = true
		switch said.Code {
		case exchange.SaidXSRFMismatch:
			s.Cookies, s.CookiesState, s.CookieLine = []Token{ofIdentity(said.Values.CookieIdentity)}, exchange.Known, true
		case exchange.SaidXSRFCookieSet:
			s.Set, s.SetState = append(s.Set, SetToken{Token: ofIdentity(said.Values.Identity)}), exchange.Known
		case exchange.SaidXSRFFormError: // says more than the page, which comes after it
			s.Page.Message, s.PageState = said.Values.Reason, exchange.Known
		case exchange.SaidRefused:
			s.readRefusal(said.Values.Reason)
		case exchange.SaidLoggedIn:
			s.SessionSet = true
		case exchange.SaidNotAllowed, exchange.SaidBlocked:
			s.Rejected = &said
		case exchange.SaidLoginFailed:
			s.LoginFailed = &said // and what the page said nobody knows
		case exchange.SaidNameInvalid:
			s.MayBeRejected = true
		}
	}
}

func saysRejected(code exchange.StatementCode) bool {
	return code == exchange.SaidNotAllowed || code == exchange.SaidBlocked || code == exchange.SaidNameInvalid
}

// AuthenticatorRefused is the line in which the Hub's own log says that the login
// failed, if it did so before the Hub asked whether the user may come in: a Hub that
// asked writes that first (JupyterHub 4.0 to 5.5, auth.py, get_authenticated_user). It
// is nil if the log may hold such a line, or was boiled down to lines of failures.
func (a *Attempt) AuthenticatorRefused() *exchange.Statement {
	s := a.Submit
	if s.LoginFailed == nil || s.MayBeRejected || s.Rejected != nil || !a.logHasPages {
		return nil
	}
	log := s.LoginFailed.Ref.Capture
	if slices.ContainsFunc(log.Statements, func(said exchange.Statement) bool { return saysRejected(said.Code) }) {
		return nil
	}
	return s.LoginFailed
}

// noteLogs notes the logs that have a line of this page.
func (s *Step) noteLogs(logs map[*exchange.Capture]bool) {
	for _, seen := range s.Sightings() {
		if seen.Method == "GET" && seen.IsLogged() {
			logs[seen.Ref.Capture] = true
		}
	}
}

// readRefusal takes over the words of a refusal. From 5.3.0 on the Hub shows a refused
// form again, with these words in it, and its log has the reason in a line before.
func (s *Step) readRefusal(words string) {
	s.PageState = exchange.Known
	switch {
	case strings.HasPrefix(words, textFormInvalid):
		s.Page.LoginError = words
	case s.Page.Message == "":
		s.Page.Message = words
	}
}

// ofIdentity is the token that holds an identity, as far as the identity tells.
func ofIdentity(identity string) Token {
	return Token{Raw: "identity " + identity, XSRF: token.OfIdentity(identity)}
}

// IsLogged reports whether the step is the line of a log.
func (s *Step) IsLogged() bool { return s.Ref.HasLine }

// logMark ties the line of a log to a request on the wire: the identities of the
// cookie that was sent and of the one that was set.
func (s *Step) logMark() string {
	sent, set := "", ""
	if len(s.Cookies) > 0 && s.Cookies[0].Err == nil {
		sent = s.Cookies[0].XSRF.Left + ":" + s.Cookies[0].XSRF.Right
	}
	if n := len(s.Set); n > 0 && s.Set[n-1].Err == nil {
		set = s.Set[n-1].XSRF.Left + ":" + s.Set[n-1].XSRF.Right
	}
	if set == "" || set == ":" {
		return ""
	}
	if s.Method == "GET" {
		sent = "" // a log tells of it only when it does not fit
	}
	return sent + " " + set
}

// LoggedAddress is the client's address that a log has for a request, "" without one.
func LoggedAddress(sightings []*Step) string {
	for _, s := range sightings {
		if s.Logged != "" {
			return s.Logged
		}
	}
	return ""
}

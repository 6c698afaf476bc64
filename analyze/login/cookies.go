// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

func (s *Step) readCookies(fields exchange.Fields) {
	lines, state := fields.Values("Cookie")
	s.CookiesState, s.CookieLine = state, state == exchange.Known
	s.SessionID = state
	if state == exchange.Known {
		s.SessionID = exchange.Absent
	}
	masked := state == exchange.Known && !strings.Contains(strings.Join(lines, ";"), "=")
	for _, pair := range strings.Split(strings.Join(lines, ";"), ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		switch {
		case ok && name == "_xsrf" && (value == "" || isMask(value)): // no Hub sets an empty one
			masked = true
		case ok && name == "_xsrf":
			s.Cookies = append(s.Cookies, newToken(strings.Trim(value, `"`)))
		case ok && isHubLogin(name):
			s.SessionSent = true
		case ok && name == sessionID:
			s.SessionID = exchange.Known
		}
	}
	switch {
	case masked:
		s.Cookies, s.CookiesState = nil, exchange.Unknown
		if s.SessionID == exchange.Absent {
			s.SessionID = exchange.Unknown
		}
	case state == exchange.Known && len(s.Cookies) == 0:
		s.CookiesState = exchange.Absent
	}
}

// sessionID is the cookie that holds the session of a browser (JupyterHub 4.0 to 5.5,
// handlers/base.py).
const sessionID = "jupyterhub-session-id"

func isHubLogin(name string) bool { return strings.HasSuffix(name, "jupyterhub-hub-login") }

// resolve takes back what was taken for absent while the capture was being read:
// that its recorder leaves a field out of every message is known at its end only.
func (s *Step) resolve() {
	if s.CookiesState == exchange.Absent && s.Ref.Capture.HasRemoved("Cookie") {
		s.CookiesState = exchange.Unknown
	}
	if s.SessionID == exchange.Absent && s.Ref.Capture.HasRemoved("Cookie") {
		s.SessionID = exchange.Unknown
	}
	if s.SetState == exchange.Absent && s.Ref.Capture.HasRemoved("Set-Cookie") {
		s.SetState = exchange.Unknown
	}
}

func (s *Step) readSetCookies(fields exchange.Fields) {
	lines, state := fields.Values("Set-Cookie")
	s.SetState = state
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		switch {
		case err != nil:
			continue
		case cookie.Name == "_xsrf" && cookie.Value != "":
			s.Set = append(s.Set, SetToken{newToken(cookie.Value), cookie.Path, cookie.Secure, cookie.MaxAge, cookie.SameSite, cookie.Partitioned})
		case isHubLogin(cookie.Name) && cookie.Value != "":
			s.SessionSet = true
		}
	}
	if state == exchange.Known && len(s.Set) == 0 {
		s.SetState = exchange.Absent
	}
}

// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// StateCookie is the cookie in which OAuthenticator keeps the state of a login until
// the browser comes back (OAuthenticator 14.0 to 17.4, oauth2.py).
const StateCookie = "oauthenticator-state"

// State is the value by which a Hub knows a login again. It is a credential while the
// login lasts: show a pseudonym of it.
type State struct{ ID string }

// IsZero reports whether there is no state.
func (s State) IsZero() bool { return s.ID == "" }

// maxState is longer than any URL that carries one.
const maxState = 16 << 10

// ReadState reads a state as it stands in a URL: JSON in base64, which before
// OAuthenticator 16.1 was the whole content of the cookie, and of which the Hub
// compares state_id alone since then. What is no JSON stands for itself.
func ReadState(text string) State {
	if text == "" || len(text) > maxState || hidden(text) {
		return State{}
	}
	data, err := base64.URLEncoding.DecodeString(text + strings.Repeat("=", (4-len(text)%4)%4))
	if err != nil {
		data, err = base64.URLEncoding.DecodeString(text)
	}
	if err == nil {
		if id := token.Member(data, "state_id"); id != "" {
			return State{ID: id}
		}
	}
	return State{ID: text}
}

// masks are the words that programs put in place of a value: "[secret]" is the Hub's.
var masks = []string{"[secret]", "redact", "remov", "hidden", "mask", "filter", "sanit", "***", "xxxx", "•••"}

func hidden(text string) bool {
	text = strings.ToLower(text)
	return len(text) < 64 && slices.ContainsFunc(masks, func(mask string) bool { return strings.Contains(text, mask) })
}

// Cookie is a state in a cookie.
type Cookie struct {
	State  State
	Signed token.Signed // zero if the value is none of tornado's
	Attributes
}

// Attributes are what a Set-Cookie line says of a cookie.
type Attributes struct {
	Path, Domain string
	Secure       bool
	Expires      time.Time // zero: with the session
}

// readCookie reads the value of a state cookie: a signed value of tornado around the
// state as text.
func readCookie(value string) Cookie {
	signed, err := token.ParseSigned(value)
	if err != nil {
		return Cookie{State: ReadState(strings.Trim(value, `"`))}
	}
	return Cookie{State: ReadState(string(signed.Value)), Signed: signed}
}

// stateCookie says which cookies hold the state of the login that a step is of.
func (s *Step) stateCookie() func(name string) bool {
	if s.OfServer() {
		return isServerState
	}
	return func(name string) bool { return name == StateCookie }
}

// sentCookies are the state cookies of a request.
func sentCookies(fields exchange.Fields, wanted func(name string) bool) ([]Cookie, exchange.Knowledge) {
	lines, state := fields.Values("Cookie")
	if state != exchange.Known {
		return nil, state
	}
	var found []Cookie
	named := false
	for _, pair := range strings.Split(strings.Join(lines, ";"), ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		named = named || ok
		if !ok || !wanted(name) {
			continue
		}
		if hidden(value) {
			return nil, exchange.Unknown
		}
		found = append(found, readCookie(value))
	}
	switch {
	case !named:
		return nil, exchange.Unknown // a mark stands in place of the cookies
	case len(found) == 0:
		return nil, exchange.Absent
	}
	return found, exchange.Known
}

// setCookies says of an answer whether it sets the state cookie, deletes it, or sets
// the cookie of somebody who is logged in.
type setCookies struct {
	set      *Cookie
	deleted  bool
	loggedIn bool
	state    exchange.Knowledge
}

func readSetCookies(fields exchange.Fields, now time.Time, ofServer bool) setCookies {
	lines, state := fields.Values("Set-Cookie")
	found := setCookies{state: state}
	for _, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		switch {
		case err != nil:
		case !ofServer && strings.HasSuffix(cookie.Name, "jupyterhub-hub-login"), ofServer && isServerLogin(cookie.Name):
			found.loggedIn = found.loggedIn || strings.Trim(cookie.Value, `"`) != ""
		case ofServer && !isServerState(cookie.Name), !ofServer && cookie.Name != StateCookie:
		case strings.Trim(cookie.Value, `"`) == "" || cookie.MaxAge < 0 || over(cookie.Expires, now):
			found.deleted = true
		case hidden(cookie.Value):
			found.state = exchange.Unknown
		default:
			c := readCookie(cookie.Value)
			c.Attributes = Attributes{Path: cookie.Path, Domain: cookie.Domain, Secure: cookie.Secure, Expires: cookie.Expires}
			if cookie.MaxAge > 0 && !now.IsZero() { // outweighs Expires (RFC 6265, 5.3)
				c.Expires = now.Add(time.Duration(cookie.MaxAge) * time.Second)
			}
			found.set = &c
		}
	}
	if found.state == exchange.Known && found.set == nil {
		found.state = exchange.Absent
	}
	return found
}

func over(expires, now time.Time) bool {
	return !expires.IsZero() && !now.IsZero() && expires.Before(now)
}

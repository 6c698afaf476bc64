// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// secretLedger counts, for each capture, what must not be handed on: a file that
// a user mailed may let its reader log in as that user.
type secretLedger struct {
	found map[*exchange.Capture]*secretCount
}

type secretCount struct{ passwords, sessions int }

func (l *secretLedger) add(x *exchange.Exchange) {
	password, session := holdsPassword(&x.Request), holdsSession(x)
	if !password && !session {
		return
	}
	if l.found == nil {
		l.found = map[*exchange.Capture]*secretCount{}
	}
	count := l.found[x.Vantage.Capture]
	if count == nil {
		count = &secretCount{}
		l.found[x.Vantage.Capture] = count
	}
	if password {
		count.passwords++
	}
	if session {
		count.sessions++
	}
}

// note is the warning for a capture; ok is false when there is nothing to warn of.
func (l *secretLedger) note(c *exchange.Capture) (finding.Note, bool) {
	count := l.found[c]
	if count == nil {
		return finding.Note{}, false
	}
	var parts []string
	if count.passwords > 0 {
		parts = append(parts, fmt.Sprintf("a password (in %s)", plural(count.passwords, "request")))
	}
	if count.sessions > 0 {
		parts = append(parts, fmt.Sprintf("session credentials that may still be live (in %s)", plural(count.sessions, "exchange")))
	}
	return finding.Note{
		Code: exchange.NoteSecrets,
		Text: "holds " + strings.Join(parts, " and ") + ": do not hand it on; log out and change the password once it was shared",
	}, true
}

// mayHoldPassword says whether the content of a request is worth a look.
func mayHoldPassword(r *exchange.Request) bool {
	return (r.Method == "POST" || r.Method == "PUT") &&
		strings.Contains(strings.ToLower(r.URL.Path), "log") // login, logon, signup is a matter of its own
}

// passwordField finds the names under which forms and JSON carry a password,
// with a value that is not empty.
var passwordField = regexp.MustCompile(`(?i)(?:^|[&"'_])(?:password|passwd|pwd|passphrase|j_password)"?\s*[=:]\s*"?[^&"\s]`)

func holdsPassword(r *exchange.Request) bool {
	return r.Body.State == exchange.Known && passwordField.Match(bytes.TrimSpace(r.Body.Bytes))
}

// sessionCookies are the beginnings of names of cookies that log their bearer in.
var sessionCookies = []string{
	"jupyterhub-hub-login", "__host-jupyterhub-hub-login", "jupyterhub-session-id", "jupyterhub-user-",
	"session", "_oauth2_proxy", "_token", "oauthenticator-state", "connect.sid", "jsessionid",
	"username-", // Jupyter Server's
}

func holdsSession(x *exchange.Exchange) bool {
	if authorization := x.Request.Fields.First("Authorization"); authorization != "" {
		return true
	}
	lines, _ := x.Request.Fields.Values("Cookie")
	for _, pair := range strings.Split(strings.Join(lines, ";"), ";") {
		if isSessionCookie(pair) {
			return true
		}
	}
	if x.Response == nil {
		return false
	}
	lines, _ = x.Response.Fields.Values("Set-Cookie")
	for _, line := range lines {
		if isSessionCookie(line) {
			return true
		}
	}
	return false
}

func isSessionCookie(pair string) bool {
	name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(pair)), "=")
	value, _, _ = strings.Cut(value, ";")
	if strings.Trim(value, `"`) == "" {
		return false
	}
	for _, prefix := range sessionCookies {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// phrase is how a telling line begins, and what is taken out of its rest.
type phrase struct {
	begins string
	code   exchange.StatementCode
	read   func(rest string, v *exchange.Values) // may be nil
}

// hubPhrases are what Hubs, authenticators and single-user servers say. Where each is
// from stands with its code.
var hubPhrases = []phrase{
	{"Setting new xsrf cookie for ", exchange.SaidXSRFCookieSet, func(rest string, v *exchange.Values) { v.Identity, _ = pythonText(rest) }},
	{"xsrf id mismatch ", exchange.SaidXSRFMismatch, func(rest string, v *exchange.Values) {
		v.CookieIdentity, rest = pythonText(rest)
		v.Identity, _ = pythonText(strings.TrimPrefix(rest, " != "))
	}},
	{"Not accepting incorrect xsrf token id in cookie on ", exchange.SaidXSRFCookieIgnored, readTarget},
	{"Attempting to clear invalid _xsrf cookie", exchange.SaidXSRFCookieCleared, nil},
	{"Skipping XSRF check for insecure request ", exchange.SaidXSRFSkipped, func(rest string, v *exchange.Values) {
		v.Method, rest, _ = strings.Cut(rest, " ")
		readTarget(rest, v)
	}},
	{"XSRF error on login form: ", exchange.SaidXSRFFormError, func(rest string, v *exchange.Values) {
		if _, reason, ok := strings.Cut(strings.TrimSuffix(rest, ")"), "("); ok {
			rest = reason
		}
		v.Reason = redact(rest)
	}},
	{"Error parsing remote ip ", exchange.SaidAddressInvalid, func(rest string, v *exchange.Values) { v.Address, _ = pythonText(rest) }},

	{"User logged in: ", exchange.SaidLoggedIn, readUser},
	{"Failed login for ", exchange.SaidLoginFailed, readUser},
	{"User logged out: ", exchange.SaidLoggedOut, readUser},
	{"Disallowing invalid username ", exchange.SaidNameInvalid, readUser},
	{"PAM Authentication failed", exchange.SaidPasswordRefused, readPAM},
	{"PAM Account Check failed", exchange.SaidPasswordRefused, readPAM},
	{"Invalid or expired cookie token", exchange.SaidSessionInvalid, nil},
	{"Invalid cookie token", exchange.SaidSessionUnknown, nil},
	{"session id not set for ", exchange.SaidSessionIDSet, func(rest string, v *exchange.Values) { v.User, _, _ = strings.Cut(rest, ",") }},
	{"Redirect loop detected on ", exchange.SaidRedirectLoop, readTarget},

	{"OAuth state mismatch: ", exchange.SaidOAuthStateMismatch, func(rest string, v *exchange.Values) {
		v.Expected, v.Got, _ = strings.Cut(rest, " != ")
	}},
	{"oauth state argument ", exchange.SaidOAuthStateMismatch, func(rest string, v *exchange.Values) {
		v.Got, rest = pythonText(rest)
		_, rest, _ = strings.Cut(rest, "=") // behind the cookie's name; the one of "!=" has a space behind it
		_, rest, _ = strings.Cut(rest, "=")
		v.Expected, _ = pythonText(rest)
	}},
	{"Detected unused OAuth state cookies", exchange.SaidOAuthStateUnused, nil},
	{"OAuth redirect: ", exchange.SaidOAuthRedirect, func(rest string, v *exchange.Values) { readTarget(strings.Trim(rest, `'"`), v) }},
	{"Redirect uri ", exchange.SaidOAuthRedirectMismatch, func(rest string, v *exchange.Values) {
		got, expected, _ := strings.Cut(rest, " != ")
		v.Got, v.Expected = redactTarget(got), redactTarget(expected)
	}},
	{"No such oauth client ", exchange.SaidOAuthClientUnknown, readReason},
	{"Client secret mismatch for ", exchange.SaidOAuthClientUnknown, readReason},
	{"Error fetching ", exchange.SaidProviderError, readReason},
	{"Token stored in cookie may have expired", exchange.SaidTokenExpired, nil},

	{"Blocking Cross Origin API request for ", exchange.SaidOriginBlocked, func(rest string, v *exchange.Values) {
		path, rest, _ := strings.Cut(rest, ".  Origin: ")
		v.Target = redactTarget(path)
		readOrigins(rest, v)
	}},
	{"Blocking Cross Origin WebSocket Attempt.  Origin: ", exchange.SaidOriginBlocked, readOrigins},

	{"Running JupyterHub version ", exchange.SaidVersion, func(rest string, v *exchange.Values) { v.Version = rest }},
	{"Using Authenticator: ", exchange.SaidAuthenticator, func(rest string, v *exchange.Values) {
		v.Reason = rest
		if class, version, ok := cutLast(rest, "-"); ok {
			v.Reason, v.Version = class, version
		}
	}},
	{"Loading cookie_secret from ", exchange.SaidCookieSecretLoaded, readReason},
	{"Writing cookie_secret to ", exchange.SaidCookieSecretWritten, readReason},
	{"Generating new cookie_secret", exchange.SaidCookieSecretGenerated, nil},
	{"No allow config found", exchange.SaidNobodyAllowed, nil},
	{"Unhandled error starting ", exchange.SaidSpawnFailed, readReason},
	{"Error starting ", exchange.SaidSpawnFailed, readReason},
	{"Received signal ", exchange.SaidStopped, readReason},
	{"api_request to proxy failed: ", exchange.SaidProxyUnreachable, readReason},
	{"Starting proxy @ ", exchange.SaidProxyStarting, nil},
	{"Not starting proxy", exchange.SaidProxyNotStarted, nil},
}

// hubStatement reads what a line of a Hub or of a Jupyter server tells; nil if it tells
// nothing.
func hubStatement(message, source string) *exchange.Statement {
	s := &exchange.Statement{}
	for i := range hubPhrases {
		p := &hubPhrases[i]
		rest, ok := strings.CutPrefix(message, p.begins)
		if !ok {
			continue
		}
		s.Code = p.code
		if p.read != nil {
			p.read(rest, &s.Values)
		}
		break
	}
	switch {
	case s.Code != "":
	case readRefused(message, &s.Values):
		s.Code = exchange.SaidRefused
	case readRejected(message, s):
	default:
		return nil
	}
	s.Text, s.Values.Source = said(s.Code, message), source
	return s
}

// readOrigins reads "ORIGIN, Host: HOST".
func readOrigins(rest string, v *exchange.Values) {
	v.Got, v.Expected, _ = strings.Cut(rest, ", Host: ")
}

// readRefused reads "403 POST /hub/login (10.0.0.1): XSRF cookie does not match POST
// argument", which tornado writes for every HTTPError with a message of its own.
func readRefused(s string, v *exchange.Values) bool {
	if len(s) < 16 || s[3] != ' ' {
		return false
	}
	status, ok := parseStatus(s[:3])
	method, rest, _ := strings.Cut(s[4:], " ")
	target, rest, _ := strings.Cut(rest, " ")
	address, reason, found := strings.Cut(strings.TrimPrefix(rest, "("), "): ")
	if !ok || !found || !isMethod(method) || !isTarget(target) || !strings.HasPrefix(rest, "(") || strings.Contains(address, "@") {
		return false
	}
	v.Status, v.Method, v.Target, v.Address, v.Reason = status, method, redactTarget(target), address, refusal(reason)
	return true
}

// oauthErrors are the codes by which a Hub says why it gives a server no token (RFC
// 6749, 5.2).
var oauthErrors = []string{"invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"}

// refusal is a reason without secrets. What follows "authorization:" is taken for one
// elsewhere.
func refusal(reason string) string {
	const begins = "Failed to check authorization: "
	if code, ok := strings.CutPrefix(reason, begins); ok && slices.Contains(oauthErrors, code) {
		return reason
	}
	return redact(reason)
}

// readRejected reads "User 'alice' not allowed." and "User 'alice' blocked. Stop
// authentication".
func readRejected(message string, s *exchange.Statement) bool {
	rest, ok := strings.CutPrefix(message, "User ")
	if !ok {
		return false
	}
	name, rest := pythonText(rest)
	switch {
	case strings.HasPrefix(rest, " not allowed"):
		s.Code = exchange.SaidNotAllowed
	case strings.HasPrefix(rest, " blocked"):
		s.Code = exchange.SaidBlocked
	default:
		return false
	}
	s.Values.User = name
	return true
}

func readTarget(rest string, v *exchange.Values) { v.Target = redactTarget(rest) }

func readReason(rest string, v *exchange.Values) { v.Reason = redact(rest) }

// readUser reads a name, quoted as newer versions write it or not.
func readUser(rest string, v *exchange.Values) {
	if len(rest) > 1 && (rest[0] == '\'' || rest[0] == '"') {
		rest, _ = pythonText(rest)
	}
	v.User = rest
}

// readPAM reads " (alice@10.0.0.1): REASON".
func readPAM(rest string, v *exchange.Values) {
	who, reason, ok := strings.Cut(strings.TrimPrefix(rest, " ("), "): ")
	if !ok {
		v.Reason = redact(strings.TrimPrefix(rest, ": "))
		return
	}
	v.User, v.Address, _ = cutLast(who, "@")
	v.Reason = redact(reason)
}

// pythonText reads a string or bytes as Python's repr writes them, and returns what
// follows. What is not quoted ends at white space.
func pythonText(s string) (value, rest string) {
	s = strings.TrimPrefix(s, "b")
	if s == "" || s[0] != '\'' && s[0] != '"' {
		value, rest, _ = strings.Cut(s, " ")
		if rest != "" {
			rest = " " + rest
		}
		return value, rest
	}
	quote, escaped := s[0], false
	for i := 1; i < len(s); i++ {
		switch {
		case escaped:
			escaped = false
		case s[i] == '\\':
			escaped = true
		case s[i] == quote:
			return s[1:i], s[i+1:]
		}
	}
	return s[1:], ""
}

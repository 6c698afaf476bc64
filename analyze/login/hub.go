// SPDX-License-Identifier: Apache-2.0

package login

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// The texts by which a Hub says what it refused (JupyterHub 4.0.2 to 5.5.1,
// handlers/base.py and login.py; tornado 6.4.2, web.py).
const (
	textMismatch    = "XSRF cookie does not match"
	textMissing     = "'_xsrf' argument missing"
	textFormat      = "'_xsrf' argument has invalid format"
	textInvalid     = "'_xsrf' argument invalid"
	textFormInvalid = "Login form invalid or expired"
	textRefused     = "Invalid username or password"

	textNotAuthorized = " has not been authorized by an administrator yet."
)

// IsLoginPage reports whether the path is one at which a JupyterHub serves and
// takes its login form, whatever its base URL.
func IsLoginPage(path string) bool { return strings.HasSuffix(path, "/hub/login") }

// Kind is what a form is for.
type Kind string

// The forms of a Hub that its XSRF check guards in the same way (JupyterHub 4.1.6 and
// 5.5.4, handlers/base.py; NativeAuthenticator 1.3.0, handlers.py).
const (
	KindNone   Kind = ""
	KindLogin  Kind = "login"
	KindSpawn  Kind = "spawn"  // the options of a server, once somebody has logged in
	KindSignUp Kind = "signup" // NativeAuthenticator's, before anybody has
)

// KindOf is the kind of the form that a JupyterHub serves and takes at a path, whatever
// its base URL.
func KindOf(path string) Kind {
	switch {
	case IsLoginPage(path):
		return KindLogin
	case strings.HasSuffix(path, "/hub/spawn"):
		return KindSpawn
	case strings.HasSuffix(path, "/hub/signup"):
		return KindSignUp
	}
	return KindNone
}

// Matters reports whether an exchange can be a step of a JupyterHub login, or of
// another of its forms.
func Matters(x *exchange.Exchange) bool {
	return KindOf(x.Request.URL.Path) != KindNone && (x.Request.Method == "GET" || x.Request.Method == "POST")
}

// WantRequest and WantResponse say which contents NewStep reads; they are made
// for an exchange.BodyPolicy.
func WantRequest(r *exchange.Request) bool {
	return r.Method == "POST" && KindOf(r.URL.Path) != KindNone
}

// WantResponse is described with WantRequest.
func WantResponse(r *exchange.Request, _ *exchange.Response) bool {
	return KindOf(r.URL.Path) != KindNone
}

// FromHub reports whether the answer was made by a JupyterHub and not by a
// proxy in front of it: its version field, its cookie, or its page shows.
func (s *Step) FromHub() bool {
	return s.fromHub || s.HubVersion != "" || len(s.Set) > 0 || s.SessionSet || s.Page.ScriptToken != "" || s.XSRFRefused()
}

// XSRFRefused reports whether the answer says, in the Hub's words, that the XSRF
// check refused the form.
func (s *Step) XSRFRefused() bool {
	return strings.HasPrefix(s.Page.Message, textMismatch) || s.FieldMissingSaid() ||
		strings.HasPrefix(s.Page.Message, textFormat) || strings.HasPrefix(s.Page.Message, textInvalid) ||
		strings.HasPrefix(s.Page.LoginError, textFormInvalid)
}

// FieldMissingSaid reports whether the answer says that the token was not in the
// form.
func (s *Step) FieldMissingSaid() bool { return strings.HasPrefix(s.Page.Message, textMissing) }

// PasswordRefused reports whether the answer says, in the Hub's words, that the
// name or the password was wrong (JupyterHub 4.0.2 to 5.5.1, handlers/login.py).
func (s *Step) PasswordRefused() bool {
	return strings.HasPrefix(s.Page.LoginError, textRefused)
}

// NotAuthorizedSaid reports whether the answer says, in NativeAuthenticator's words, that
// the password is right and that no admin has let the user in yet (1.3.0, handlers.py,
// LoginHandler.post).
func (s *Step) NotAuthorizedSaid() bool {
	return strings.HasPrefix(s.Page.LoginError, "User ") && strings.HasSuffix(s.Page.LoginError, textNotAuthorized)
}

// Words are the application's own words in the answer, or "".
func (s *Step) Words() string {
	if s.Page.LoginError != "" {
		return s.Page.LoginError
	}
	return s.Page.Message
}

// Given is the token that the answer hands out: in Set-Cookie, or else in the
// page. It is the Hub's view of this very request.
func (s *Step) Given() Token {
	if len(s.Set) > 0 {
		return s.Set[len(s.Set)-1].Token
	}
	if raw := s.Page.Token(); raw != "" {
		return newToken(raw)
	}
	return Token{}
}

// SPDX-License-Identifier: Apache-2.0

package redact

import "strings"

// fold makes the spellings of a name equal: "X-XSRFToken", "x_xsrftoken".
func fold(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
}

// set makes a set of the words of a text.
func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(words) {
		all[word] = true
	}
	return all
}

// Parameters of queries and forms, by folded name. A name that is not listed has
// a secret value.
var (
	harmlessNames = set(`v ver version lang locale hl ui_locales theme page per_page limit offset sort order
		format response_type response_mode grant_type scope prompt display client_id audience resource
		error error_code error_reason transport eio code_challenge_method token_type expires_in max_age type
		kernel_name remember remember_me submit action`)

	urlNames = set(`next redirect redirect_uri redirect_url redirect_to return return_to returnto return_url returnurl
		rd url uri target target_uri continue goto dest destination service callback back referer referrer origin
		post_logout_redirect_uri wreply issuer iss from path`)

	passwordNames = set(`pass otp totp mfa mfa_code pin secret client_secret assertion client_assertion answer
		credential credentials`)

	userNames = set(`user username user_name user_id userid uid login login_hint email e_mail mail account
		j_username preferred_username name given_name family_name
		remote_user x_remote_user x_webauth_user x_forwarded_user x_forwarded_email x_forwarded_preferred_username
		x_auth_request_user x_auth_request_email x_auth_request_preferred_username`)
)

// classOf says what kind of secret a value is, by the name under which it stands.
func classOf(name, value string) class {
	name = fold(name)
	switch {
	case isXSRF(name):
		return xsrf
	case passwordNames[name], strings.Contains(name, "passw"), strings.Contains(name, "passphrase"), strings.Contains(name, "pwd"):
		return password
	case name == "code" && isOneTimeCode(value):
		return password
	case userNames[name]:
		return user
	case isSession(name):
		return session
	}
	return secret
}

// cookieClass is classOf for cookies, which carry sessions more than anything else.
func cookieClass(name string) class {
	name = fold(name)
	switch {
	case isXSRF(name):
		return xsrf
	case isSession(name), strings.Contains(name, "login"), strings.Contains(name, "auth"):
		return session
	}
	return secret
}

func isXSRF(name string) bool {
	return strings.Contains(name, "xsrf") || strings.Contains(name, "csrf") ||
		name == "authenticity_token" || strings.HasSuffix(name, "requestverificationtoken")
}

func isSession(name string) bool {
	return strings.Contains(name, "session") || strings.HasSuffix(name, "sessid") || name == "sid" || strings.HasSuffix(name, ".sid")
}

// isOneTimeCode tells a code that a person types from an authorization code.
func isOneTimeCode(value string) bool {
	return len(value) >= 4 && len(value) <= 8 && strings.Trim(value, "0123456789") == ""
}

// isName reports whether something can be the name of a parameter. What is
// posted as a form need not be one: a client that posts JSON under the media type
// of forms would else show all of it as the name.
func isName(s string) bool {
	const maxName = 64
	if s == "" || len(s) > maxName {
		return false
	}
	for _, b := range []byte(s) {
		letter := b|0x20 >= 'a' && b|0x20 <= 'z'
		digit := b >= '0' && b <= '9'
		if !letter && !digit && strings.IndexByte("_-.:[]$@!~", b) < 0 {
			return false
		}
	}
	return true
}

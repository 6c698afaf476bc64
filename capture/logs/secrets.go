// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"regexp"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// hidden stands for a value that was taken out, as in the Hub's own log.
const hidden = "[secret]"

// secretNames are parts of the names of secret parameters: those of the Hub
// (jupyterhub/log.py, SCRUB_PARAM_KEYS), so that what it hid and what we hide looks the
// same, and what other applications send.
var secretNames = []string{"token", "auth", "key", "code", "state", "_xsrf", "password", "passwd", "secret", "session", "ticket", "samlresponse", "assertion", "signature", "credential", "cookie", "nonce", "verifier"}

// isSecretName reports whether the value of such a parameter must be hidden. "nextcode"
// is hidden, too: the Hub does the same.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range secretNames {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// redactTarget hides the values of secret parameters in the query of a target.
func redactTarget(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return target
	}
	return path + "?" + redactQuery(query)
}

func redactQuery(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		if name, value, ok := strings.Cut(part, "="); ok && value != "" && isSecretName(name) {
			parts[i] = name + "=" + hidden
		}
	}
	return strings.Join(parts, "&")
}

var (
	// scheme fits credentials behind the name of their scheme.
	scheme = regexp.MustCompile(`(?i)\b(bearer|basic|token|negotiate|digest)\s+[A-Za-z0-9._~+/=\-]{8,}`)

	// opaque fits what is a credential wherever it stands: a JWT, a value that tornado
	// signed, and long hexadecimal numbers such as session ids and API tokens.
	opaque = regexp.MustCompile(`eyJ[A-Za-z0-9_\-]{6,}(?:\.[A-Za-z0-9_\-]*)*|2\|1:[^\s'"]+|\b2\|[0-9a-f]{8}\|[^\s'"]+|[0-9a-fA-F]{32,}`)

	userinfo = regexp.MustCompile(`(://)[^\s/@]+@`)
)

// redact hides credentials in running text. Expressions are slow, so each is asked only
// where it can fit.
func redact(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	if strings.Contains(s, "eyJ") || strings.Contains(s, "2|") || hasLongHex(s) {
		s = opaque.ReplaceAllString(s, hidden)
	}
	if strings.Contains(s, "://") {
		s = userinfo.ReplaceAllString(s, "${1}"+hidden+"@")
	}
	s = hideParameters(s)
	for _, part := range [...]string{"earer", "EARER", "asic", "ASIC", "oken", "OKEN", "egotiate", "igest"} {
		if strings.Contains(s, part) {
			return scheme.ReplaceAllStringFunc(s, hideCredentials)
		}
	}
	return s
}

func hideCredentials(found string) string {
	name, value, _ := strings.Cut(found, " ")
	if isProse(value) {
		return found
	}
	return name + " " + hidden
}

func hasLongHex(s string) bool {
	run := 0
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' {
			if run++; run == 32 {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}

// hideParameters hides what stands behind the name of a secret: name=value, name: value
// and 'name': 'value'.
func hideParameters(s string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '=' && s[i] != ':' {
			continue
		}
		end := i
		if end > 0 && (s[end-1] == '\'' || s[end-1] == '"') {
			end--
		}
		begin := end
		for begin > done && isNameByte(s[begin-1]) {
			begin--
		}
		if begin == end || !isSecretName(s[begin:end]) {
			continue
		}
		from := i + 1
		for from < len(s) && s[from] == ' ' {
			from++
		}
		to := from + valueLength(s[from:])
		if to == from || isOpen(s[begin:from], s[from:to]) {
			continue
		}
		b.WriteString(s[done:from])
		b.WriteString(hidden)
		done, i = to, to-1
	}
	return b.String() + s[done:]
}

func isNameByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// valueLength is how long a value is: up to its closing quote, or to what ends a word.
func valueLength(s string) int {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return end + 2
		}
	}
	if strings.HasPrefix(s, hidden) {
		return len(hidden)
	}
	if end := strings.IndexAny(s, " \t\r\n&;,'\")}]"); end >= 0 {
		return end
	}
	return len(s)
}

// isOpen reports whether what stands behind a name may be shown: a value that tells
// nothing, or the rest of a sentence, as in "Invalid auth token: Signature has expired".
func isOpen(name, value string) bool {
	switch value {
	case hidden, "None", "null", "True", "False", "-":
		return true
	}
	name = strings.ToLower(name)
	return strings.Contains(name, ":") && !strings.Contains(name, "passw") && !strings.Contains(name, "secret") && isProse(value)
}

// isProse reports whether a value is a plain word.
func isProse(value string) bool {
	value = strings.TrimSpace(value)
	for i := range len(value) {
		if c := value[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return len(value) < 20
}

// holdsSecret reports whether a line holds what opens doors: a JSON Web Token, a token
// or password in a query, or the signing key that Airflow's tracebacks show with the
// other local variables. It overlooks much; it is for a warning.
func holdsSecret(line string) bool {
	for _, sign := range [...]string{"token=", "password=", "eyJhbGciOi", " key = '"} {
		at := strings.Index(line, sign)
		if at < 0 {
			continue
		}
		switch value := line[at+len(sign):]; {
		case sign == " key = '":
			return strings.Contains(line[:at], "│")
		case value != "" && !strings.HasPrefix(value, hidden) && strings.IndexByte(" &\"')]", value[0]) < 0:
			return true
		}
	}
	return false
}

// said is the text of a statement.
func said(code exchange.StatementCode, message string) string {
	if code == exchange.SaidOAuthStateMismatch {
		name, _, _ := strings.Cut(message, "!=")
		begins := "OAuth state mismatch: "
		if strings.HasPrefix(name, "oauth state argument") {
			begins = "oauth state argument "
		}
		return begins + hidden + " != " + hidden
	}
	return redact(message)
}

// SPDX-License-Identifier: Apache-2.0

package token

import (
	"errors"
	"strings"
)

// Django is a CSRF token of Django: a secret, alone or under a mask that changes
// with each page. Nothing signs it, and it holds no time.
type Django struct {
	Secret string // unmasked
	Masked bool
}

// ErrNotDjango says that a value cannot be a CSRF token of Django.
var ErrNotDjango = errors.New("not a CSRF token of Django: it has 32 or 64 letters and digits")

// djangoAlphabet and djangoSecret are Django's own (middleware/csrf.py,
// CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH).
const (
	djangoAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	djangoSecret   = 32
)

// ParseDjango reads the cookie csrftoken, the form field csrfmiddlewaretoken or
// the field X-CSRFToken. Every text of that length and alphabet passes.
func ParseDjango(s string) (Django, error) {
	if len(s) != djangoSecret && len(s) != 2*djangoSecret {
		return Django{}, ErrNotDjango
	}
	if strings.Trim(s, djangoAlphabet) != "" {
		return Django{}, ErrNotDjango
	}
	if len(s) == djangoSecret {
		return Django{Secret: s}, nil
	}
	mask, cipher := s[:djangoSecret], s[djangoSecret:]
	var secret strings.Builder
	for i := range djangoSecret {
		m, c := strings.IndexByte(djangoAlphabet, mask[i]), strings.IndexByte(djangoAlphabet, cipher[i])
		secret.WriteByte(djangoAlphabet[(c-m+len(djangoAlphabet))%len(djangoAlphabet)])
	}
	return Django{Secret: secret.String(), Masked: true}, nil
}

// SameSecret reports whether both stand for the same secret, which is what Django
// compares.
func (d Django) SameSecret(e Django) bool { return d.Secret != "" && d.Secret == e.Secret }

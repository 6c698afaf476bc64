// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// FlaskKind says which part of a Flask application signed a value.
type FlaskKind string

// The kinds. Each signs with a key of its own, derived from SECRET_KEY.
const (
	FlaskSession   FlaskKind = "flask-session"    // the session itself, in a cookie
	FlaskCSRF      FlaskKind = "flask-csrf"       // csrf_token of Flask-WTF, in a form or field
	FlaskSessionID FlaskKind = "flask-session-id" // the id of a session that the server keeps
	FlaskOther     FlaskKind = "itsdangerous"     // signed by something else; its salt is not known
)

// Flask is a value signed with itsdangerous 2, as Flask, Flask-WTF and
// Flask-Session write it.
type Flask struct {
	Kind       FlaskKind
	Minted     time.Time // by the signer's clock, whole seconds; zero for a FlaskSessionID
	OldEpoch   bool      // Minted was counted from 2011, as itsdangerous before 1.1 did
	Compressed bool

	// CSRF is the raw CSRF token: what a FlaskCSRF wraps, and what a FlaskSession
	// holds. It stays the same while the wrapped text changes each second.
	CSRF string

	UserID     string   // _user_id of Flask-Login, of a FlaskSession
	OAuthState string   // oauth_state of Flask-AppBuilder, of a FlaskSession
	Names      []string // what a FlaskSession holds, in order
	SessionID  string   // of a FlaskSessionID

	covered   string
	signature []byte
}

// ErrNotFlask says that a value is not signed as Flask does.
var ErrNotFlask = errors.New("not a signed value of Flask")

// Limits of what is looked at: a cookie, and what its content unpacks to.
const (
	maxFlask    = 16 << 10
	maxUnpacked = 256 << 10
)

// flaskSignature is the length of HMAC-SHA1 in base64url.
const flaskSignature = 27

// ParseFlask reads a session cookie, a CSRF token or a signed session id.
func ParseFlask(s string) (Flask, error) {
	if len(s) > maxFlask {
		return Flask{}, fmt.Errorf("%w: %d bytes are too long", ErrNotFlask, len(s))
	}
	s = strings.Trim(s, `"`)
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 || len(s)-dot-1 != flaskSignature {
		return Flask{}, fmt.Errorf("%w: it does not end in a dot and 27 characters", ErrNotFlask)
	}
	signature, problem := decodeSegment("signature", s[dot+1:])
	if problem != nil {
		return Flask{}, fmt.Errorf("%w: %s", ErrNotFlask, problem.Text)
	}
	f := Flask{covered: s[:dot], signature: signature}
	if !strings.Contains(f.covered, ".") {
		return f.readID()
	}
	return f.readTimed()
}

// minSessionID keeps words apart from ids, which are UUIDs or 32 random bytes.
const minSessionID = 16

func (f Flask) readID() (Flask, error) {
	if len(f.covered) < minSessionID || strings.ContainsFunc(f.covered, notBase64URL) {
		return Flask{}, fmt.Errorf("%w: no session id before the signature", ErrNotFlask)
	}
	f.Kind, f.SessionID = FlaskSessionID, f.covered
	return f, nil
}

// readTimed reads "payload.timestamp", where a dot before the payload says that
// it is compressed (itsdangerous 2.2, url_safe.py, timed.py).
func (f Flask) readTimed() (Flask, error) {
	encoded, stamp, _ := strings.Cut(strings.TrimPrefix(f.covered, "."), ".")
	f.Compressed = strings.HasPrefix(f.covered, ".")
	if err := f.readStamp(stamp); err != nil {
		return Flask{}, err
	}
	payload, problem := decodeSegment("payload", encoded)
	if problem != nil || len(payload) == 0 {
		return Flask{}, fmt.Errorf("%w: the payload is not base64url", ErrNotFlask)
	}
	if f.Compressed {
		var err error
		if payload, err = unpack(payload); err != nil {
			return Flask{}, err
		}
	}
	return f.readPayload(payload)
}

// oldEpoch is where itsdangerous before 1.1 began to count: 2011-01-01. The later
// versions did not exist then, so that an earlier time is one of theirs.
const oldEpoch = 1293840000

func (f *Flask) readStamp(stamp string) error {
	raw, problem := decodeSegment("time", stamp)
	if problem != nil || len(raw) == 0 || len(raw) > 5 || raw[0] == 0 {
		return fmt.Errorf("%w: no time before the signature", ErrNotFlask)
	}
	var seconds int64
	for _, b := range raw {
		seconds = seconds<<8 | int64(b)
	}
	if f.OldEpoch = seconds < oldEpoch; f.OldEpoch {
		seconds += oldEpoch
	}
	if seconds > maxDate {
		return fmt.Errorf("%w: its time is after the year 9999", ErrNotFlask)
	}
	f.Minted = time.Unix(seconds, 0).UTC()
	return nil
}

func unpack(compressed []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFlask, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotFlask, err)
	case len(data) > maxUnpacked:
		return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrNotFlask, maxUnpacked)
	}
	return data, nil
}

// csrfDigits is the length of Flask-WTF's raw token, a SHA-1 in hexadecimal.
const csrfDigits = 2 * sha1.Size

func (f Flask) readPayload(payload []byte) (Flask, error) {
	if members, err := readMembers(payload); err == nil {
		f.Kind = FlaskSession
		f.readSession(members)
		return f, nil
	}
	value := jsontext.Value(payload)
	if !value.IsValid() {
		return Flask{}, fmt.Errorf("%w: the payload is no JSON", ErrNotFlask)
	}
	f.Kind = FlaskOther
	if raw, ok := unquote(value); ok && isHex(raw, csrfDigits) {
		f.Kind, f.CSRF = FlaskCSRF, raw
	}
	return f, nil
}

func (f *Flask) readSession(members []member) {
	for _, m := range members {
		f.Names = append(f.Names, m.name)
		switch m.name {
		case "csrf_token":
			f.CSRF, _ = unquote(m.value)
		case "_user_id", "user_id": // Flask-Login from 0.5 on, and before
			if id, ok := unquote(m.value); ok {
				f.UserID = id
			} else {
				f.UserID = string(m.value)
			}
		case "oauth_state":
			f.OAuthState, _ = unquote(m.value)
		}
	}
}

// Verify reports whether the value was signed with a SECRET_KEY.
func (f Flask) Verify(secret []byte) bool {
	var key []byte
	switch f.Kind {
	case FlaskSession:
		key = hmacSHA1(secret, "cookie-session")
	case FlaskSessionID:
		key = hmacSHA1(secret, "flask-session")
	case FlaskCSRF: // "django-concat" of itsdangerous (signer.py, derive_key)
		sum := sha1.Sum(append([]byte("wtf-csrf-token"+"signer"), secret...))
		key = sum[:]
	default:
		return false
	}
	return len(secret) > 0 && hmac.Equal(hmacSHA1(key, f.covered), f.signature)
}

func hmacSHA1(key []byte, message string) []byte {
	mac := hmac.New(sha1.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}

// SameCSRF reports whether both carry the same raw CSRF token; that is what
// Flask-WTF compares, never the texts.
func (f Flask) SameCSRF(g Flask) bool { return f.CSRF != "" && f.CSRF == g.CSRF }

// Signature is the signature as it stood, in base64url.
func (f Flask) Signature() string { return base64.RawURLEncoding.EncodeToString(f.signature) }

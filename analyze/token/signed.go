// SPDX-License-Identifier: Apache-2.0

// Package token decodes the credentials that take part in a login: JupyterHub's
// and tornado's XSRF tokens, tornado's signed values, and the places in a login
// page that repeat them.
//
// Decoding says what a token claims. It never says that a token is valid: that
// takes the key, see Signed.Verify. Which address stands behind an anonymous
// identity is the business of package iprecovery.
package token

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signed is a tornado signed value (tornado 6.4.2, web.py,
// create_signed_value). Version 1 carries no name: it enters the signature only.
type Signed struct {
	Version    int
	KeyVersion int
	Minted     time.Time // when it was signed, whole seconds, signer's clock
	Name       string
	Value      []byte

	signature string
	covered   string // what the signature is made over, version 2
	encoded   string // base64 of Value as it stood, version 1
}

var errNotSigned = errors.New("not a tornado signed value")

// maxSigned bounds what is looked at; browsers refuse cookies over 4,096 bytes.
const maxSigned = 16 << 10

// ParseSigned reads a signed value of version 1 or 2. Surrounding double quotes,
// with which browsers send cookies that hold "=", are taken off.
func ParseSigned(s string) (Signed, error) {
	if len(s) > maxSigned {
		return Signed{}, fmt.Errorf("%w: %d bytes are too long", errNotSigned, len(s))
	}
	s = strings.Trim(s, `"`)
	if rest, ok := strings.CutPrefix(s, "2|"); ok {
		return parseSignedV2(s, rest)
	}
	return parseSignedV1(s)
}

func parseSignedV2(whole, rest string) (Signed, error) {
	var fields [4]string
	for i := range fields {
		var err error
		if fields[i], rest, err = lengthPrefixed(rest); err != nil {
			return Signed{}, fmt.Errorf("%w: field %d: %w", errNotSigned, i+1, err)
		}
	}
	keyVersion, err := strconv.Atoi(fields[0])
	if err != nil {
		return Signed{}, fmt.Errorf("%w: key version %q", errNotSigned, fields[0])
	}
	minted, err := unixSeconds(fields[1])
	if err != nil {
		return Signed{}, err
	}
	value, err := base64.StdEncoding.DecodeString(fields[3])
	if err != nil {
		return Signed{}, fmt.Errorf("%w: value: %w", errNotSigned, err)
	}
	return Signed{
		Version: 2, KeyVersion: keyVersion, Minted: minted, Name: fields[2], Value: value,
		signature: rest, covered: strings.TrimSuffix(whole, rest),
	}, nil
}

// lengthPrefixed takes "LEN:DATA|" off the front of s.
func lengthPrefixed(s string) (data, rest string, err error) {
	digits, after, ok := strings.Cut(s, ":")
	if !ok {
		return "", "", errors.New("no length")
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", "", fmt.Errorf("length %q is not a number", clip(digits))
	}
	if uint64(len(after)) <= n || after[n] != '|' {
		return "", "", fmt.Errorf("length %d does not fit what follows", n)
	}
	return after[:n], after[n+1:], nil
}

func parseSignedV1(s string) (Signed, error) {
	parts := strings.Split(s, "|")
	if len(parts) != 3 {
		return Signed{}, errNotSigned
	}
	value, err := base64.StdEncoding.DecodeString(parts[0])
	if err != nil {
		return Signed{}, fmt.Errorf("%w: value: %w", errNotSigned, err)
	}
	minted, err := unixSeconds(parts[1])
	if err != nil {
		return Signed{}, err
	}
	if _, err := hex.DecodeString(parts[2]); err != nil || len(parts[2]) != 2*sha1.Size {
		return Signed{}, fmt.Errorf("%w: version 1 ends in 40 hex digits", errNotSigned)
	}
	return Signed{Version: 1, Minted: minted, Value: value, signature: parts[2], encoded: parts[0]}, nil
}

// Verify reports whether the signature was made with secret, which is used as it
// is: no key derivation, one secret for every purpose.
func (s Signed) Verify(secret []byte) bool {
	if s.Version != 2 {
		return false // version 1 needs the name, see VerifyV1
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(s.covered))
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(s.signature))
}

// VerifyV1 is Verify for version 1, where the name of the cookie is signed but
// not part of the value.
func (s Signed) VerifyV1(secret []byte, name string) bool {
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(name + s.encoded + strconv.FormatInt(s.Minted.Unix(), 10)))
	return s.Version == 1 && hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(s.signature))
}

func unixSeconds(digits string) (time.Time, error) {
	seconds, err := strconv.ParseUint(digits, 10, 40)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: time %q", errNotSigned, clip(digits))
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

// clip keeps a quoted value in an error message short.
func clip(s string) string {
	const most = 24
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

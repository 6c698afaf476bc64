// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Shape is what an _xsrf value is built like, which says who minted it and in
// which state the user was.
type Shape string

// The shapes of an _xsrf value.
const (
	// JupyterHub 4.1.0 and later (_xsrf_utils.py): a signed identity.
	ShapeHubAnonymous     Shape = "jupyterhub-anonymous"         // None:HASH
	ShapeAnonymousSession Shape = "jupyterhub-anonymous-session" // SESSION:HASH, Hub or service
	ShapeHubUser          Shape = "jupyterhub-user"              // SESSION:COOKIE-ID
	ShapeHubUserNoSession Shape = "jupyterhub-user-no-session"   // HASH:COOKIE-ID, up to 5.4
	ShapeServiceAnonymous Shape = "jupyterhub-service-anonymous" // :HASH
	ShapeServiceUser      Shape = "jupyterhub-service-user"      // SESSION:SHA256-OF-TOKEN
	ShapeJupyterHubOther  Shape = "jupyterhub-other"             // signed as _xsrf, identity of another form
	ShapeTornadoV1        Shape = "tornado-v1"                   // 32 hex digits
	ShapeTornadoV2        Shape = "tornado-v2"                   // 2|MASK|MASKED|TIME
)

// XSRF is a decoded _xsrf value.
type XSRF struct {
	Shape  Shape
	Minted time.Time // zero for tornado version 1

	// Left and Right are the halves of a JupyterHub identity, "LEFT:RIGHT".
	// Both can be credentials when the user is logged in.
	Left, Right string

	// Digest is the SHA-256 of client address and User-Agent, if HasDigest.
	Digest    [sha256.Size]byte
	HasDigest bool

	// Secret is the unmasked token of tornado's own scheme: two differently
	// masked copies have the same one.
	Secret []byte

	Signed Signed // of a JupyterHub token
}

// ErrNotXSRF says that a value has none of the known shapes.
var ErrNotXSRF = errors.New("not an _xsrf value of JupyterHub or tornado")

// DecodeXSRF reads an _xsrf value as it stands in a cookie, form or page.
func DecodeXSRF(value string) (XSRF, error) {
	if len(value) > maxSigned {
		return XSRF{}, fmt.Errorf("%w: %d bytes are too long", ErrNotXSRF, len(value))
	}
	value = strings.Trim(value, `"`)
	if strings.HasPrefix(value, "2|") {
		return decodeTornadoV2(value)
	}
	if raw, err := hex.DecodeString(value); err == nil && len(raw) == tornadoTokenBytes {
		return XSRF{Shape: ShapeTornadoV1, Secret: raw}, nil
	}
	return decodeJupyterHub(value)
}

// tornadoTokenBytes is the length of tornado's random token (6.4.2, web.py,
// xsrf_token), tornadoMaskBytes that of the mask over each copy of it.
const (
	tornadoTokenBytes = 16
	tornadoMaskBytes  = 4
)

// decodeTornadoV2 reads "2|mask|masked|time" (tornado 6.4.2, web.py,
// _decode_xsrf_token).
func decodeTornadoV2(value string) (XSRF, error) {
	parts := strings.Split(value, "|")
	if len(parts) != 4 {
		return XSRF{}, ErrNotXSRF
	}
	mask, maskErr := hex.DecodeString(parts[1])
	masked, maskedErr := hex.DecodeString(parts[2])
	if maskErr != nil || maskedErr != nil || len(mask) != tornadoMaskBytes || len(masked) != tornadoTokenBytes {
		return XSRF{}, fmt.Errorf("%w: mask and token are 8 and 32 hex digits", ErrNotXSRF)
	}
	minted, err := unixSeconds(parts[3])
	if err != nil {
		return XSRF{}, fmt.Errorf("%w: %w", ErrNotXSRF, err)
	}
	for i := range masked {
		masked[i] ^= mask[i%len(mask)]
	}
	return XSRF{Shape: ShapeTornadoV2, Minted: minted, Secret: masked}, nil
}

func decodeJupyterHub(value string) (XSRF, error) {
	wrapped, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(value, "="))
	if err != nil {
		return XSRF{}, fmt.Errorf("%w: %w", ErrNotXSRF, err)
	}
	signed, err := ParseSigned(string(wrapped))
	if err != nil {
		return XSRF{}, fmt.Errorf("%w: %w", ErrNotXSRF, err)
	}
	if signed.Version != 2 || signed.Name != "_xsrf" {
		return XSRF{}, fmt.Errorf("%w: signed for %q", ErrNotXSRF, clip(signed.Name))
	}
	left, right, _ := strings.Cut(string(signed.Value), ":")
	x := XSRF{Left: left, Right: right, Minted: signed.Minted, Signed: signed}
	x.Digest, x.HasDigest = anonymousDigest(right)
	x.Shape = identityShape(left, right, x.HasDigest)
	return x, nil
}

// OfIdentity is what a token holds that was made for an identity, as a Hub's log
// prints it: there is no signature to check.
func OfIdentity(identity string) XSRF {
	left, right, _ := strings.Cut(identity, ":")
	x := XSRF{Left: left, Right: right, Signed: Signed{Version: 2}}
	x.Digest, x.HasDigest = anonymousDigest(right)
	x.Shape = identityShape(left, right, x.HasDigest)
	return x
}

func identityShape(left, right string, anonymous bool) Shape {
	_, leftIsDigest := anonymousDigest(left)
	switch {
	case anonymous && left == "None":
		return ShapeHubAnonymous
	case anonymous && left == "":
		return ShapeServiceAnonymous
	case anonymous:
		return ShapeAnonymousSession
	case isHex(right, 64):
		return ShapeServiceUser
	case isHex(right, 32) && leftIsDigest:
		return ShapeHubUserNoSession
	case isHex(right, 32):
		return ShapeHubUser
	}
	return ShapeJupyterHubOther
}

// anonymousDigest reads the half of an identity that is a hash: 44 characters of
// URL-safe base64.
func anonymousDigest(half string) (digest [sha256.Size]byte, ok bool) {
	if len(half) != 44 {
		return digest, false
	}
	raw, err := base64.URLEncoding.DecodeString(half)
	if err != nil || len(raw) != len(digest) {
		return digest, false
	}
	copy(digest[:], raw)
	return digest, true
}

func isHex(s string, digits int) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == digits
}

// IsSigned reports whether the token is of the signed kind that JupyterHub 4.1.0
// introduced; the others are tornado's own, which know no identity.
func (x XSRF) IsSigned() bool { return x.Signed.Version == 2 }

// Anonymous reports whether the token was minted for a user who had not logged in.
func (x XSRF) Anonymous() bool { return x.HasDigest }

// ByAddress is the token with the hash of address and User-Agent that up to 5.4 stands
// in the place of a session cookie, where a logged-in user sent none (JupyterHub 4.1.6,
// handlers/base.py, _xsrf_token_id).
func (x XSRF) ByAddress() XSRF {
	if x.Shape == ShapeHubUserNoSession {
		x.Digest, x.HasDigest = anonymousDigest(x.Left)
	}
	return x
}

// LoggedIn reports whether the token was minted for a logged-in user.
func (x XSRF) LoggedIn() bool {
	return x.Shape == ShapeHubUser || x.Shape == ShapeHubUserNoSession || x.Shape == ShapeServiceUser
}

// SameIdentity reports whether both tokens were minted for the same identity;
// tokens of tornado's own scheme have the same one if they unmask to the same
// secret.
func (x XSRF) SameIdentity(y XSRF) bool {
	if x.IsSigned() != y.IsSigned() {
		return false
	}
	if x.IsSigned() {
		return x.Left == y.Left && x.Right == y.Right
	}
	return len(x.Secret) > 0 && bytes.Equal(x.Secret, y.Secret)
}

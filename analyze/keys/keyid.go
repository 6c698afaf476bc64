// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// KeyMatch says how a kid names a key.
type KeyMatch string

// The ways. All but KeyDeclared are computed from the key itself, so that only
// this key has the kid.
const (
	KeyNoID       KeyMatch = ""           // the token has no kid
	KeyDeclared   KeyMatch = "declared"   // the key set gives the key this kid
	KeyThumbprint KeyMatch = "thumbprint" // RFC 7638
	KeyAirflow    KeyMatch = "airflow"    // Airflow's own thumbprint
	KeyOther      KeyMatch = "other"      // the kid is none of these
)

// rank orders keys for trying: those that the kid names come first.
func (m KeyMatch) rank() int {
	if m == KeyOther || m == KeyNoID {
		return 1
	}
	return 0
}

// Named lists the labels of the keys that a kid names. If a token's kid names a
// key that did not make it, that is worth saying.
func (s *Set) Named(kid string) []Match {
	var list []Match
	if s == nil || kid == "" {
		return nil
	}
	for _, p := range s.public {
		if m := p.named(kid); m != KeyOther {
			list = append(list, Match{Label: p.label, KeyID: m})
		}
	}
	return list
}

func (p publicKey) named(kid string) KeyMatch {
	switch kid {
	case "":
		return KeyNoID
	case p.declared:
		return KeyDeclared
	case Thumbprint(p.key):
		return KeyThumbprint
	case AirflowKeyID(p.key):
		return KeyAirflow
	}
	return KeyOther
}

// Thumbprint is the SHA-256 thumbprint of RFC 7638 in base64url, "" for a key that
// it does not know.
func Thumbprint(key crypto.PublicKey) string {
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// AirflowKeyID is the kid that Airflow gives a key when [api_auth] jwt_kid is not
// set. Its thumbprint hashes all members that PyJWT writes, which for RSA include
// key_ops, so that only for Ed25519 is it the one of RFC 7638 (Airflow 3,
// api_fastapi/auth/tokens.py, thumbprint; PyJWT 2.15, algorithms.py, to_jwk).
func AirflowKeyID(key crypto.PublicKey) string {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return Thumbprint(key)
	}
	encode := base64.RawURLEncoding.EncodeToString
	sum := sha256.Sum256(fmt.Appendf(nil, `{"e":"%s","key_ops":["verify"],"kty":"RSA","n":"%s"}`,
		encode(big.NewInt(int64(public.E)).Bytes()), encode(public.N.Bytes())))
	return encode(sum[:])
}

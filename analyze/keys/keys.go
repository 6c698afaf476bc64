// SPDX-License-Identifier: Apache-2.0

// Package keys holds the keys that a user gives, and says which of them made a
// token: secrets, in the byte variants in which they get into a server by mistake,
// and public keys from PEM files and JSON Web Key Sets.
//
// It names a key by its label and never shows one. It reads no files, and it does
// not judge times or claims: a token that a key made can still be expired.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/logintrace/logintrace/analyze/token"
)

// Set holds candidates, in the order in which they were added. The zero Set, and
// a nil one, holds none.
type Set struct {
	secrets []secret
	public  []publicKey
	texts   []secret // texts of public keys, see AlgConfusion
}

// secret is a key of bytes in one variant.
type secret struct {
	label   string
	variant Variant
	bytes   []byte
}

// publicKey is a key that verifies.
type publicKey struct {
	label    string
	declared string // kid that its file gives it
	key      crypto.PublicKey
}

// Match is the key that made a token. It holds nothing secret.
type Match struct {
	Label   string
	Variant Variant  // of a secret, "" for a public key
	KeyID   KeyMatch // of a public key: how the token's kid names it
}

// Empty reports whether there is no candidate at all.
func (s *Set) Empty() bool { return s == nil || len(s.secrets)+len(s.public) == 0 }

// Candidates is the number of keys that could have made a token, 0 for one that
// cannot be checked because it is damaged. A secret counts once, in however many
// variants it is tried.
func (s *Set) Candidates(t token.JWS) int {
	if s == nil || !t.Wellformed() {
		return 0
	}
	if hmacHash(t.Header.Algorithm) != nil {
		return s.Secrets()
	}
	if _, ok := parse(t); !ok {
		return 0
	}
	n := 0
	for _, p := range s.public {
		if p.fits(t.Header.Algorithm) {
			n++
		}
	}
	return n
}

// Secrets is the number of secrets.
func (s *Set) Secrets() int {
	if s == nil {
		return 0
	}
	var labels []string
	for _, c := range s.secrets {
		if !slices.Contains(labels, c.label) {
			labels = append(labels, c.label)
		}
	}
	return len(labels)
}

// Verify says which key made a token. Keys that the token's kid names are asked
// first. Ask Candidates before anybody is told that their key is wrong.
func (s *Set) Verify(t token.JWS) (Match, bool) {
	if s == nil || !t.Wellformed() {
		return Match{}, false
	}
	if newHash := hmacHash(t.Header.Algorithm); newHash != nil {
		return s.Secret(func(key []byte) bool { return madeWith(key, newHash, t) })
	}
	return s.verifyPublic(t)
}

// Secret says which secret in which variant passes a test, for values that are
// signed in another way.
func (s *Set) Secret(made func(secret []byte) bool) (Match, bool) {
	if s == nil {
		return Match{}, false
	}
	return firstOf(s.secrets, made)
}

func firstOf(candidates []secret, made func([]byte) bool) (Match, bool) {
	for _, c := range candidates {
		if made(c.bytes) {
			return Match{Label: c.label, Variant: c.variant}, true
		}
	}
	return Match{}, false
}

// AlgConfusion says whether a token is signed with the text of a public key as if
// that were a secret, which anybody can do: a forgery that works where a server
// takes the algorithm from the token. It is never a Match of Verify.
func (s *Set) AlgConfusion(t token.JWS) (Match, bool) {
	newHash := hmacHash(t.Header.Algorithm)
	if s == nil || newHash == nil || !t.Wellformed() {
		return Match{}, false
	}
	return firstOf(s.texts, func(key []byte) bool { return madeWith(key, newHash, t) })
}

func hmacHash(algorithm string) func() hash.Hash {
	switch algorithm {
	case "HS256":
		return sha256.New
	case "HS384":
		return sha512.New384
	case "HS512":
		return sha512.New
	}
	return nil
}

// madeWith computes HMACs itself, because go-jose refuses secrets that are shorter
// than the hash (RFC 7518 section 3.2). Airflow signs HS512 with the 22 or 32
// characters that it or its Helm chart made up, and PyJWT only warns.
func madeWith(key []byte, newHash func() hash.Hash, t token.JWS) bool {
	mac := hmac.New(newHash, key)
	mac.Write([]byte(t.SigningInput()))
	return hmac.Equal(mac.Sum(nil), t.Signature())
}

// parse hands a token to go-jose. That encodes the segments again before it
// verifies, so that one which was encoded in another way would pass here and be
// refused by a server.
func parse(t token.JWS) (*jose.JSONWebSignature, bool) {
	if t.Has(token.ProblemBase64) {
		return nil, false
	}
	signed, err := jose.ParseSignedCompact(t.Compact(), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(t.Header.Algorithm)})
	return signed, err == nil
}

func (s *Set) verifyPublic(t token.JWS) (Match, bool) {
	signed, ok := parse(t)
	if !ok {
		return Match{}, false
	}
	candidates := slices.Clone(s.public)
	slices.SortStableFunc(candidates, func(a, b publicKey) int { return a.named(t.Header.KeyID).rank() - b.named(t.Header.KeyID).rank() })
	for _, p := range candidates {
		if !p.fits(t.Header.Algorithm) {
			continue
		}
		if _, err := signed.Verify(p.key); err == nil {
			return Match{Label: p.label, KeyID: p.named(t.Header.KeyID)}, true
		}
	}
	return Match{}, false
}

// fits reports whether a key is of the kind that an algorithm takes.
func (p publicKey) fits(algorithm string) bool {
	switch key := p.key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey: // ES256 takes P-256, and so on; ES512 takes P-521
		return map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[key.Params().BitSize] == algorithm
	case ed25519.PublicKey:
		return algorithm == "EdDSA"
	}
	return false
}

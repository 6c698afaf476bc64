// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Errors that say why a file gives no key.
var (
	ErrEmpty     = errors.New("it holds no secret")
	ErrNoPEM     = errors.New("it holds no key in PEM form")
	ErrEncrypted = errors.New("its private key is encrypted; give the public key")
	ErrNoJWKS    = errors.New("it is no JSON Web Key Set")
	ErrNoKey     = errors.New("it holds no key that logintrace can use")
)

// AddSecret adds the content of a file with a secret, in all its variants. A file
// that turns out to hold a public key, in whatever variant, is taken for what it
// is: nothing that is made of it is a secret.
func (s *Set) AddSecret(label string, content []byte) error {
	list := variants(content)
	if len(list) == 0 {
		return ErrEmpty
	}
	for i := range list {
		list[i].label = label
	}
	public := slices.IndexFunc(list, func(v secret) bool { return isPublic(v.bytes) })
	if public < 0 {
		s.secrets = append(s.secrets, list...)
		return nil
	}
	s.texts = append(s.texts, list...)
	return s.AddPEM(label, list[public].bytes)
}

// isPublic reports whether a text is PEM that everybody may know.
func isPublic(text []byte) bool {
	public := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return false
		}
		public = true
	}
	return public
}

// AddPEM adds each key of a PEM file: public or private, of RSA, EC or Ed25519, or
// a certificate. Of a private key the public half is kept.
func (s *Set) AddPEM(label string, content []byte) error {
	var keys []crypto.PublicKey
	var failed error
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		key, err := parseBlock(block)
		if key != nil {
			keys = append(keys, key)
		}
		failed = errors.Join(failed, err)
	}
	switch {
	case len(keys) == 0 && failed != nil:
		return failed
	case len(keys) == 0:
		return ErrNoPEM
	}
	for i, key := range keys {
		name := label
		if len(keys) > 1 {
			name = fmt.Sprintf("%s, key %d", label, i+1)
		}
		s.addPublic(publicKey{label: name, key: key})
	}
	if isPublic(content) {
		s.addTexts(label, content)
	}
	return nil
}

// parseBlock reads one block; blocks that hold no key give nil.
func parseBlock(block *pem.Block) (crypto.PublicKey, error) {
	if block.Headers["DEK-Info"] != "" || block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, ErrEncrypted
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("its block %q is damaged: %w", block.Type, err)
	}
	return publicHalf(key)
}

func publicHalf(key any) (crypto.PublicKey, error) {
	if private, ok := key.(crypto.Signer); ok {
		key = private.Public()
	}
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return key, nil
	}
	return nil, ErrNoKey
}

// AddJWKS adds the keys of a JSON Web Key Set (RFC 7517), or of a file with one
// key. Skipped is how many of them logintrace cannot use; the others are added.
func (s *Set) AddJWKS(label string, content []byte) (skipped int, err error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
		Type string           `json:"kty"`
	}
	if err := json.Unmarshal(content, &set); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoJWKS, err)
	}
	if set.Type != "" {
		set.Keys = []jsontext.Value{content}
	}
	if len(set.Keys) == 0 {
		return 0, fmt.Errorf("%w: it has no keys", ErrNoJWKS)
	}
	for i, raw := range set.Keys {
		var key jose.JSONWebKey
		name := fmt.Sprintf("%s, key %d", label, i+1)
		if err := key.UnmarshalJSON(raw); err != nil || !s.addJWK(name, key) {
			skipped++
		}
	}
	if skipped == len(set.Keys) {
		return skipped, ErrNoKey
	}
	return skipped, nil
}

func (s *Set) addJWK(name string, key jose.JSONWebKey) bool {
	if key.KeyID != "" {
		name += fmt.Sprintf(" (kid %q)", key.KeyID)
	}
	if raw, ok := key.Key.([]byte); ok && len(raw) > 0 {
		s.secrets = append(s.secrets, secret{name, FromJWK, raw})
		return true
	}
	public, err := publicHalf(key.Key)
	if err != nil {
		return false
	}
	s.addPublic(publicKey{name, key.KeyID, public})
	return true
}

// addPublic adds a key, and the texts in which it is commonly written.
func (s *Set) addPublic(p publicKey) {
	s.public = append(s.public, p)
	if der, err := x509.MarshalPKIXPublicKey(p.key); err == nil {
		s.addTexts(p.label, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		s.texts = append(s.texts, secret{p.label, "as DER", der})
	}
	if key, ok := p.key.(*rsa.PublicKey); ok {
		s.addTexts(p.label, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}))
	}
}

func (s *Set) addTexts(label string, text []byte) {
	bare := bytes.TrimSpace(text)
	s.texts = append(s.texts, secret{label, AsGiven, text}, secret{label, WithoutNewline, bare}, secret{label, WithNewline, join(bare, "\n")})
}

// SPDX-License-Identifier: Apache-2.0

package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// JWS is a JSON Web Signature in compact form (RFC 7515 section 3.1), of which
// JSON Web Tokens are made, read without a key. What is damaged is read as far as
// it goes; Problems say the rest.
type JWS struct {
	Header  JWSHeader
	Claims  Claims
	Lengths []int // of the segments, in characters

	Problems []JWSProblem

	segments  []string
	signature []byte
	fits      bool
}

// JWSHeader is what the first segment says. Texts are "" when absent.
type JWSHeader struct {
	Algorithm   string   // alg
	KeyID       string   // kid
	Type        string   // typ
	ContentType string   // cty
	Other       []string // names of further members, in order

	unencoded bool // b64 is false (RFC 7797)
	encrypted bool // enc is there, which makes it a JWE (RFC 7516)
}

// ProblemCode names something that is wrong with a token.
type ProblemCode string

// What can be wrong with a token by itself.
const (
	ProblemSegments  ProblemCode = "segments"         // not three of them
	ProblemBase64    ProblemCode = "base64"           // a segment is not base64url without padding
	ProblemJSON      ProblemCode = "json"             // a segment is no JSON object
	ProblemDuplicate ProblemCode = "duplicate-key"    // a name stands twice, and readers take the first or the last
	ProblemMember    ProblemCode = "member-type"      // a member has another type than it must have
	ProblemAlgorithm ProblemCode = "alg"              // missing, or not a name that RFC 7518 and 8037 know
	ProblemAlgNone   ProblemCode = "alg-none"         // nobody signed it
	ProblemEncrypted ProblemCode = "encrypted"        // a JWE: its claims cannot be read
	ProblemDetached  ProblemCode = "detached"         // the payload is sent elsewhere
	ProblemSignature ProblemCode = "signature-length" // cut, or of another algorithm
)

// JWSProblem is one thing that is wrong, in words that quote no credential.
type JWSProblem struct {
	Code ProblemCode
	Text string
}

// ErrNotJWS says that a text is not a JSON Web Signature, not even a damaged one.
var ErrNotJWS = errors.New("not a JSON Web Signature")

// maxJWS bounds what is looked at. It is eight times the header limit of common
// servers.
const maxJWS = 64 << 10

// jsonStart is how a segment begins whose JSON begins with {" as encoders write it.
const jsonStart = "eyJ"

// ParseJWS reads a token in compact form, alone: see Find for tokens in a text.
func ParseJWS(s string) (JWS, error) {
	if len(s) > maxJWS {
		return JWS{}, fmt.Errorf("%w: %d bytes are too long", ErrNotJWS, len(s))
	}
	t := JWS{segments: strings.Split(s, ".")}
	header, problem := decodeSegment("header", t.segments[0])
	members, err := readMembers(header)
	isHeader := problem == nil && err == nil
	switch {
	case isHeader && has(members, "alg"):
	case strings.HasPrefix(s, jsonStart) && len(t.segments) > 1: // a damaged header, or one without alg
	default:
		return JWS{}, ErrNotJWS
	}
	for _, segment := range t.segments {
		t.Lengths = append(t.Lengths, len(segment))
	}
	t.note(problem)
	if problem == nil && err != nil {
		t.problem(ProblemJSON, "the header is no JSON object: %v", err)
	}
	t.readHeader(members, isHeader)
	t.readRest()
	return t, nil
}

// readRest reads what follows the header.
func (t *JWS) readRest() {
	switch n := len(t.segments); {
	case n == 5 || t.Header.encrypted:
		t.problem(ProblemEncrypted, "it is encrypted (JWE, %d segments): its claims can be read with the recipient's key only", n)
		return
	case n != 3:
		t.problem(ProblemSegments, "it has %d segments, a signed token has three", n)
	}
	if len(t.segments) > 1 {
		t.readPayload(t.segments[1])
	}
	if len(t.segments) != 3 {
		return
	}
	signature, problem := decodeSegment("signature", t.segments[2])
	t.note(problem)
	t.signature = signature
	t.checkSignatureLength(problem == nil)
}

func (t *JWS) readPayload(segment string) {
	if segment == "" || t.Header.unencoded {
		t.problem(ProblemDetached, "the payload is detached: it is not part of the token")
		return
	}
	payload, problem := decodeSegment("payload", segment)
	t.note(problem)
	if problem != nil && payload == nil {
		return
	}
	members, err := readMembers(payload)
	if err != nil {
		t.problem(ProblemJSON, "the payload is no JSON object: %v", err)
	}
	t.readClaims(members)
}

// maxProblems is enough to see that a token is broken.
const maxProblems = 16

func (t *JWS) note(p *JWSProblem) {
	if p != nil && len(t.Problems) < maxProblems {
		t.Problems = append(t.Problems, *p)
	}
}

func (t *JWS) problem(code ProblemCode, format string, args ...any) {
	t.note(&JWSProblem{code, fmt.Sprintf(format, args...)})
}

// decodeSegment decodes base64url without padding (RFC 7515 section 2). Padding,
// and bits that no encoder sets, are a problem that lenient readers pass over, so
// that the bytes come with it.
func decodeSegment(name, segment string) ([]byte, *JWSProblem) {
	wrong := func(format string, args ...any) *JWSProblem {
		return &JWSProblem{ProblemBase64, "the " + name + " " + fmt.Sprintf(format, args...)}
	}
	bare := strings.TrimRight(segment, "=")
	if i := strings.IndexFunc(bare, notBase64URL); i >= 0 {
		bad, _ := utf8.DecodeRuneInString(bare[i:])
		return nil, wrong("has %q as character %d, which base64url does not know", bad, i+1)
	}
	if len(bare)%4 == 1 {
		return nil, wrong("has %d characters, which base64 never has: it is cut", len(bare))
	}
	data, err := base64.RawURLEncoding.DecodeString(bare)
	switch {
	case err != nil:
		return nil, wrong("is not base64url")
	case bare != segment:
		return data, wrong("ends in padding, which strict readers refuse")
	case base64.RawURLEncoding.EncodeToString(data) != segment:
		return data, wrong("ends in bits that no encoder sets: a character was changed")
	}
	return data, nil
}

func notBase64URL(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// signatureSizes are the lengths in bytes of signatures that do not depend on the
// key (RFC 7518 section 3, RFC 8037 section 3.1, RFC 8812 section 3.2).
var signatureSizes = map[string][]int{
	"HS256": {32}, "HS384": {48}, "HS512": {64},
	"ES256": {64}, "ES256K": {64}, "ES384": {96}, "ES512": {132},
	"EdDSA": {64, 114}, // Ed25519, Ed448
}

// rsaAlgorithms sign with as many bytes as the modulus has.
var rsaAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}

// minRSA is the length of the signatures of 1024-bit keys. Nobody makes keys that
// are shorter, or not of a multiple of 64 bits.
const minRSA = 128

func (t *JWS) checkSignatureLength(decoded bool) {
	algorithm, n := t.Header.Algorithm, len(t.signature)
	sizes, fixed := signatureSizes[algorithm]
	switch {
	case !decoded && t.signature == nil:
	case n == 0 && !strings.EqualFold(algorithm, "none"):
		t.problem(ProblemSignature, "the signature is missing")
	case fixed && !slices.Contains(sizes, n):
		t.problem(ProblemSignature, "the signature has %d bytes, one of %s has %d: it is %s", n, algorithm, sizes[0], cutOrForeign(n, sizes[0]))
	case slices.Contains(rsaAlgorithms, algorithm) && (n < minRSA || n%8 != 0):
		t.problem(ProblemSignature, "the signature has %d bytes, which no RSA key in use makes: it is cut", n)
	default:
		t.fits = true
	}
}

func cutOrForeign(n, want int) string {
	if n < want {
		return "cut, or of another algorithm"
	}
	return "of another algorithm, or something was appended"
}

// Wellformed reports whether the token is whole, so that a key could verify it.
func (t JWS) Wellformed() bool {
	return len(t.segments) == 3 && t.fits && len(t.signature) > 0 && t.segments[1] != "" && !t.Header.unencoded
}

// Has reports whether the token has a problem.
func (t JWS) Has(code ProblemCode) bool {
	return slices.ContainsFunc(t.Problems, func(p JWSProblem) bool { return p.Code == code })
}

// Compact is the token as it was given. It is a credential.
func (t JWS) Compact() string { return strings.Join(t.segments, ".") }

// SigningInput is what the signature is made over: the first two segments as they
// were transmitted (RFC 7515 section 5.1). It is "" when there are not two.
func (t JWS) SigningInput() string {
	if len(t.segments) < 2 {
		return ""
	}
	return t.segments[0] + "." + t.segments[1]
}

// Signature is the decoded third segment; the caller must not change it.
func (t JWS) Signature() []byte { return t.signature }

// SameInput reports whether both tokens say the same, byte by byte, so that only
// their signatures can differ.
func (t JWS) SameInput(u JWS) bool {
	return t.SigningInput() != "" && t.SigningInput() == u.SigningInput()
}

// KeyRelation is what two tokens say about the keys that signed them.
type KeyRelation string

// The relations. Both claims are proof; everything less is unknown.
const (
	KeyUnknown   KeyRelation = "unknown"
	KeySame      KeyRelation = "same"
	KeyDifferent KeyRelation = "different"
)

// SameKey compares the keys behind two tokens without knowing either. Equal input
// with unequal signatures takes two keys, if the algorithm always signs the same
// input alike, which ECDSA and RSA-PSS do not.
func (t JWS) SameKey(u JWS) KeyRelation {
	switch {
	case !t.Wellformed() || !u.Wellformed() || !t.SameInput(u) || strings.EqualFold(t.Header.Algorithm, "none"):
		return KeyUnknown
	case bytes.Equal(t.signature, u.signature):
		return KeySame
	case strings.HasPrefix(t.Header.Algorithm, "HS"), strings.HasPrefix(t.Header.Algorithm, "RS"), t.Header.Algorithm == "EdDSA":
		return KeyDifferent
	}
	return KeyUnknown
}

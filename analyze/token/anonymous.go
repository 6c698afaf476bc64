// SPDX-License-Identifier: Apache-2.0

package token

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// Variant is a rule by which JupyterHub makes an anonymous identity from the
// client's address and User-Agent (jupyterhub/_xsrf_utils.py).
type Variant string

// The variants. In both, the address enters as the text that the Hub holds.
const (
	VariantA Variant = "A" // 4.1.0 to 5.2: SHA-256(address, User-Agent)
	VariantB Variant = "B" // 5.3.0 on: SHA-256(address, User-Agent, 0xFF)
)

// VariantsFor returns the variants that a Hub of that version can use; both when
// the version is not known, none for a version whose tokens know no address.
func VariantsFor(version string) []Variant {
	switch {
	case !knownVersion(version):
		return []Variant{VariantA, VariantB}
	case Before(version, 4, 1):
		return nil
	case Before(version, 5, 3):
		return []Variant{VariantA}
	}
	return []Variant{VariantB}
}

// Before reports whether a version is known to be lower than major.minor. A
// pre-release counts as the release that it precedes, whose code it carries.
func Before(version string, major, minor int) bool {
	a, b, ok := majorMinor(version)
	return ok && (a < major || a == major && b < minor)
}

func knownVersion(version string) bool {
	_, _, ok := majorMinor(version)
	return ok
}

// majorMinor reads the first two numbers of a version such as "5.4.6" or
// "5.3.0rc0".
func majorMinor(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, majorErr := strconv.Atoi(parts[0])
	minor, minorErr := strconv.Atoi(parts[1])
	return major, minor, majorErr == nil && minorErr == nil
}

// Tail returns what follows the address in the hashed message: the User-Agent as
// the Hub encodes it, and what the variant adds.
//
// tornado decodes field values as latin-1 and the Hub encodes the result as
// UTF-8, so that every byte over 0x7F becomes two.
func (v Variant) Tail(userAgent string) []byte {
	var tail []byte
	for _, b := range []byte(strings.TrimSpace(userAgent)) {
		tail = append(tail, string(rune(b))...)
	}
	if v == VariantB {
		tail = append(tail, 0xFF)
	}
	return tail
}

// Digest is the hash behind an anonymous identity.
func (v Variant) Digest(address, userAgent string) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(address), v.Tail(userAgent)...))
}

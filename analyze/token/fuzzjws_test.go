// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/token"
)

// What is read keeps every byte, and is like itself.
func FuzzParseJWS(f *testing.F) {
	for _, seed := range []string{airflowA, airflowB, execution, verbatim, airflowA[:100], compact(`{"alg":"none","alg":1,"enc":2}`, `{"aud":[],"exp":1e400,"iat":0.5}`, 3)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		jws, err := token.ParseJWS(s)
		if err != nil {
			return
		}
		if jws.Compact() != s || len(jws.Problems) > 16 {
			t.Fatalf("%q became %q, %d problems", s, jws.Compact(), len(jws.Problems))
		}
		if jws.Wellformed() && (!jws.SameInput(jws) || jws.SameKey(jws) == token.KeyDifferent) {
			t.Fatalf("%q is not like itself", s)
		}
		if len(jws.Problems) == 0 && !jws.Wellformed() {
			t.Fatalf("%q is damaged, and nothing is said", s)
		}
		for _, p := range jws.Problems {
			if len(p.Text) > 200 {
				t.Fatalf("a problem of %d bytes", len(p.Text))
			}
		}
	})
}

// What is found stands in the text, in order, without overlap, and parses alone.
func FuzzFind(f *testing.F) {
	f.Add("Bearer " + airflowA)
	f.Add("_token=" + airflowA + ";_token=" + verbatim + "." + execution)
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, found := range token.Find(text) {
			if found.Offset < end || !strings.HasPrefix(text[found.Offset:], found.Compact()) {
				t.Fatalf("%d after %d in %q", found.Offset, end, text)
			}
			if found.Header.Algorithm == "" {
				t.Fatalf("%q names no algorithm", found.Compact())
			}
			end = found.Offset + len(found.Compact())
		}
	})
}

// A value that parses is not signed with a key that signed nothing, and the
// signature and what it covers are all of it.
func FuzzParseFlask(f *testing.F) {
	for _, seed := range []string{flaskCSRF, flaskSession, flaskCompressed, flaskID, withStamp(1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		flask, err := token.ParseFlask(s)
		if err != nil {
			return
		}
		if !strings.HasSuffix(strings.Trim(s, `"`), "."+flask.Signature()) {
			t.Fatalf("%q ends in %q", s, flask.Signature())
		}
		if flask.Verify([]byte("a key that signed nothing")) {
			t.Fatalf("%q passes with a foreign key", s)
		}
		if (flask.Kind == token.FlaskSessionID) != flask.Minted.IsZero() {
			t.Fatalf("%s minted %s", flask.Kind, flask.Minted)
		}
	})
}

// Masking an unmasked secret with the mask that was used gives the token again.
func FuzzParseDjango(f *testing.F) {
	f.Add("0123456789abcdefghijklmnopqrstuv02468acegikmoqsuwyACEGIKMOQSUWY0")
	f.Add("abcdefghijklmnopqrstuvwxyzABCDEF")
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	f.Fuzz(func(t *testing.T, s string) {
		d, err := token.ParseDjango(s)
		if err != nil {
			return
		}
		again := d.Secret
		if d.Masked {
			again = s[:32]
			for i := range 32 {
				again += string(alphabet[(strings.IndexByte(alphabet, d.Secret[i])+strings.IndexByte(alphabet, s[i]))%62])
			}
		}
		if again != s {
			t.Fatalf("%q became %q", s, again)
		}
	})
}

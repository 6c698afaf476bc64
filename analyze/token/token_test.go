// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/token"
)

type vector struct {
	ID, Token, Shape, Left, Right string
	Minted                        int64
	Variant, Address, UserAgent   string
	SecretHex                     string
}

func loadVectors(t testing.TB) (vectors []vector, secret []byte) {
	t.Helper()
	data, err := os.ReadFile("testdata/jupyterhub-xsrf.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Secret  string
		Vectors []struct {
			vector
			UserAgent string `json:"user_agent"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Vectors {
		v.vector.UserAgent = v.UserAgent
		vectors = append(vectors, v.vector)
	}
	if len(vectors) < 12 {
		t.Fatalf("only %d vectors were read", len(vectors))
	}
	secret, err = hex.DecodeString(file.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return vectors, secret
}

func TestDecodeXSRFVectors(t *testing.T) {
	vectors, secret := loadVectors(t)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			x, err := token.DecodeXSRF(v.Token)
			if err != nil {
				t.Fatal(err)
			}
			if string(x.Shape) != v.Shape || x.Left != v.Left || x.Right != v.Right || x.Minted.Unix() != v.Minted {
				t.Errorf("got %s %q:%q minted %d, want %s %q:%q minted %d",
					x.Shape, x.Left, x.Right, x.Minted.Unix(), v.Shape, v.Left, v.Right, v.Minted)
			}
			if !x.Signed.Verify(secret) {
				t.Error("the signature is refused with the right secret")
			}
			if x.Signed.Verify(append([]byte{1}, secret[1:]...)) {
				t.Error("the signature is accepted with a wrong secret")
			}
			if v.Variant != "" {
				if got := token.Variant(v.Variant).Digest(v.Address, v.UserAgent); got != x.Digest || !x.HasDigest {
					t.Errorf("variant %s of %s gives %x, the token holds %x", v.Variant, v.Address, got, x.Digest)
				}
			}
		})
	}
}

// The lengths are how a person tells these tokens apart at a glance, and are
// what our documentation says.
func TestTokenLengthsByShape(t *testing.T) {
	want := map[token.Shape]int{
		token.ShapeHubAnonymous: 219, token.ShapeAnonymousSession: 268, token.ShapeHubUser: 246,
		token.ShapeServiceAnonymous: 208, token.ShapeServiceUser: 306,
	}
	vectors, _ := loadVectors(t)
	seen := map[token.Shape]bool{}
	for _, v := range vectors {
		x, err := token.DecodeXSRF(v.Token)
		if err != nil {
			t.Fatal(err)
		}
		if v.ID == "B5" || v.ID == "B7" {
			continue // same shape, counted already
		}
		seen[x.Shape] = true
		if len(v.Token) != want[x.Shape] {
			t.Errorf("%s: %d characters, want %d", x.Shape, len(v.Token), want[x.Shape])
		}
	}
	if len(seen) != len(want) {
		t.Errorf("saw %d shapes, want %d", len(seen), len(want))
	}
}

func TestTornadoOwnTokens(t *testing.T) {
	cookie, err := token.DecodeXSRF("2|d6b491b6|d6a5b38592e1f7c15e2d3b0d1a697f49|1716000000")
	if err != nil {
		t.Fatal(err)
	}
	form, err := token.DecodeXSRF("2|01020304|0113213745576573899ba9bfcddfedfb|1716000000")
	if err != nil {
		t.Fatal(err)
	}
	v1, err := token.DecodeXSRF("00112233445566778899aabbccddeeff")
	if err != nil {
		t.Fatal(err)
	}
	if !cookie.SameIdentity(form) || !cookie.SameIdentity(v1) {
		t.Errorf("cookie %x, form %x, version 1 %x", cookie.Secret, form.Secret, v1.Secret)
	}
	if cookie.IsSigned() || cookie.HasDigest {
		t.Error("tornado's own token was taken for an identity")
	}
}

func TestHubLoginCookieIsASignedValue(t *testing.T) {
	_, secret := loadVectors(t)
	const cookie = `"2|1:0|10:1716000000|20:jupyterhub-hub-login|44:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=|ab08fbf8f43dc8aab3510318d7d09a5a5fd55c591876373ad40b55df7c3fe063"`
	s, err := token.ParseSigned(cookie)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "jupyterhub-hub-login" || string(s.Value) != "fedcba9876543210fedcba9876543210" || !s.Verify(secret) {
		t.Errorf("got %q %q", s.Name, s.Value)
	}
	if _, err := token.DecodeXSRF(base64.RawURLEncoding.EncodeToString([]byte(strings.Trim(cookie, `"`)))); err == nil {
		t.Error("a signed value of another name was taken for an _xsrf token")
	}
}

func TestSignedVersion1(t *testing.T) {
	_, secret := loadVectors(t)
	value := signedV1(secret, "name", "value", 1716000000)
	s, err := token.ParseSigned(value)
	if err != nil {
		t.Fatal(err)
	}
	if string(s.Value) != "value" || s.Minted.Unix() != 1716000000 {
		t.Errorf("got %q at %d", s.Value, s.Minted.Unix())
	}
	if !s.VerifyV1(secret, "name") || s.VerifyV1(secret, "other") || s.Verify(secret) {
		t.Error("version 1 signs name, value and time, and nothing else passes")
	}
}

func TestDecodeXSRFRefuses(t *testing.T) {
	for name, value := range map[string]string{
		"empty":                 "",
		"other application":     "2|ab|cd|1",
		"words":                 "hello world",
		"length beyond the end": base64.RawURLEncoding.EncodeToString([]byte("2|1:0|10:1716000000|5:_xsrf|999:YQ==|00")),
		"length overflow":       base64.RawURLEncoding.EncodeToString([]byte("2|1:0|10:1716000000|5:_xsrf|99999999999999999999:YQ==|00")),
		"over-long":             strings.Repeat("A", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if x, err := token.DecodeXSRF(value); err == nil {
				t.Errorf("decoded as %s", x.Shape)
			}
		})
	}
}

func TestVariantsFor(t *testing.T) {
	for version, want := range map[string]string{
		"4.0.2": "", "4.1.0": "A", "5.2.1": "A", "5.3.0rc0": "B", "5.5.1": "B", "6.0.0b2": "B", "": "AB", "x.y": "AB",
	} {
		got := ""
		for _, v := range token.VariantsFor(version) {
			got += string(v)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}

// tornado decodes a field as latin-1 and the Hub encodes it as UTF-8, so "é"
// sent as UTF-8 is hashed as four bytes.
func TestUserAgentOutsideASCII(t *testing.T) {
	if got := string(token.VariantA.Tail(" caf\xc3\xa9 ")); got != "caf\xc3\x83\xc2\xa9" {
		t.Errorf("got %q", got)
	}
}

func TestReadPage(t *testing.T) {
	for name, c := range map[string]struct {
		page string
		want token.Page
	}{
		"form": {`<form><input type="hidden" name="_xsrf" value="a&#61;b"><input type=password name=password></form>`,
			token.Page{FormToken: "a=b", HasPasswordInput: true}},
		"script": {`<script>window.jhdata = { base_url: "/hub/", xsrf_token: "tok" }</script>`,
			token.Page{ScriptToken: "tok"}},
		"script with another string of that name": {`<p>xsrf_token: "no"</p><script>x_xsrf_token: "no2"</script>`, token.Page{}},
		"error page": {"<h1>\n 403 : Forbidden\n</h1><p>XSRF cookie does not\n match POST argument</p><p>more</p>",
			token.Page{Message: "XSRF cookie does not match POST argument"}},
		"login error": {`<p class="x login_error"> Invalid username or password </p>`,
			token.Page{LoginError: "Invalid username or password"}},
		"escaped message": {"<h1>403 : Forbidden</h1><p>&#39;_xsrf&#39; argument missing from POST</p>",
			token.Page{Message: "'_xsrf' argument missing from POST"}},
		"cut in the middle": {`<script>var jhdata = { xsrf_token: "to`, token.Page{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := token.ReadPage([]byte(c.page)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

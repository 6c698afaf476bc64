// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/token"
)

// signedV1 writes what tornado's create_signed_value writes for version 1.
func signedV1(secret []byte, name, value string, unix int64) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	stamp := fmt.Sprint(unix)
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(name + encoded + stamp))
	return encoded + "|" + stamp + "|" + hex.EncodeToString(mac.Sum(nil))
}

// wrapXSRF writes what JupyterHub 4.1's _create_signed_value_urlsafe writes.
func wrapXSRF(secret []byte, identity string, unix int64) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(identity))
	stamp := fmt.Sprint(unix)
	signed := fmt.Sprintf("2|1:0|%d:%s|5:_xsrf|%d:%s|", len(stamp), stamp, len(encoded), encoded)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return base64.RawURLEncoding.EncodeToString([]byte(signed + hex.EncodeToString(mac.Sum(nil))))
}

// What decodes must be written back to the same value by the writer above,
// except for the signature, which only the key's holder can make.
func FuzzDecodeXSRF(f *testing.F) {
	vectors, secret := loadVectors(f)
	for _, v := range vectors {
		f.Add(v.Token)
	}
	f.Add("2|d6b491b6|d6a5b38592e1f7c15e2d3b0d1a697f49|1716000000")
	f.Add("00112233445566778899aabbccddeeff")
	f.Fuzz(func(t *testing.T, value string) {
		x, err := token.DecodeXSRF(value)
		if err != nil {
			return
		}
		if !x.SameIdentity(x) {
			t.Fatalf("%q is not like itself", value)
		}
		if !x.IsSigned() {
			return
		}
		if !strings.Contains(string(x.Signed.Value), ":") {
			return // an identity of another form: Left and Right do not add up
		}
		again, err := token.DecodeXSRF(wrapXSRF(secret, x.Left+":"+x.Right, x.Minted.Unix()))
		if err != nil || !again.SameIdentity(x) || again.Shape != x.Shape || !again.Signed.Verify(secret) {
			t.Fatalf("%+v became %+v, %v", x, again, err)
		}
	})
}

func FuzzParseSigned(f *testing.F) {
	f.Add(signedV1([]byte("k"), "n", "v", 1716000000))
	f.Add("2|1:0|10:1716000000|5:_xsrf|4:YQ==|00")
	f.Add(`"2|1:0|10:1716000000|20:jupyterhub-hub-login|4:YQ==|ab"`)
	f.Fuzz(func(t *testing.T, value string) {
		s, err := token.ParseSigned(value)
		if err != nil {
			return
		}
		if s.Version != 1 && s.Version != 2 {
			t.Fatalf("version %d", s.Version)
		}
		if s.Verify([]byte("a key that signed nothing")) || s.VerifyV1([]byte("nor this"), s.Name) {
			t.Fatalf("%q passes with a foreign key", value)
		}
	})
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte(`<input name="_xsrf" value="x"><script>jhdata={xsrf_token: "y"}</script><p class="login_error">z</p>`))
	f.Fuzz(func(t *testing.T, page []byte) {
		p := token.ReadPage(page)
		if len(p.Message) > 1000 || len(p.LoginError) > 1000 {
			t.Fatalf("texts of %d and %d bytes", len(p.Message), len(p.LoginError))
		}
		// The token that is read stands in the page: nothing is made up.
		if p.ScriptToken != "" && !strings.Contains(string(page), p.ScriptToken) {
			t.Fatalf("%q is not in the page", p.ScriptToken)
		}
	})
}

// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/token"
)

// Values that itsdangerous 2.2 signed with the secret flask-secret at 1750000000.
const (
	flaskRaw        = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
	flaskCSRF       = "ImRhMzlhM2VlNWU2YjRiMGQzMjU1YmZlZjk1NjAxODkwYWZkODA3MDki.aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y"
	flaskSession    = "eyJfZnJlc2giOmZhbHNlLCJjc3JmX3Rva2VuIjoiZGEzOWEzZWU1ZTZiNGIwZDMyNTViZmVmOTU2MDE4OTBhZmQ4MDcwOSJ9.aE7hgA.aTm_jkvTaWdBbgROfSUgqLWyIaY"
	flaskCompressed = ".eJzlkE0KwyAQha8is5Zia02jN-iu-xLCGMckdDCgUighd689R1cP3t_i22GMmcoCLiIXkjCVHMe6vSiBg4DaoiYy1PmrV0FfjPGRojWdOvdWYQy9uikLst0wloUKuOcOojZp6zRTbtk9vZHXIHib13QSDyYsJGr-CJzx5_xJAYZjkMDbhEyNbkN8fAHuPoGi.aE7hgA.iHqvYkkYHIXILzSON7hkQAP76Cs"
	flaskID         = "0f8fad5b-d9cb-469f-a165-70867728950e.9nttsCEOVj0GH6w_Qj9UoINT2Nw"
)

func TestFlaskVectors(t *testing.T) {
	minted := time.Unix(1750000000, 0).UTC()
	for _, c := range []struct {
		value      string
		kind       token.FlaskKind
		csrf, id   string
		names      []string
		compressed bool
		minted     time.Time
	}{
		{flaskCSRF, token.FlaskCSRF, flaskRaw, "", nil, false, minted},
		{flaskSession, token.FlaskSession, flaskRaw, "", []string{"_fresh", "csrf_token"}, false, minted},
		{flaskCompressed, token.FlaskSession, flaskRaw, "", []string{"_fresh", "csrf_token", "_flashes", "locale"}, true, minted},
		{flaskID, token.FlaskSessionID, "", "0f8fad5b-d9cb-469f-a165-70867728950e", nil, false, time.Time{}},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			f, err := token.ParseFlask(c.value)
			if err != nil {
				t.Fatal(err)
			}
			if f.Kind != c.kind || f.CSRF != c.csrf || f.SessionID != c.id || !slices.Equal(f.Names, c.names) || f.Compressed != c.compressed || !f.Minted.Equal(c.minted) {
				t.Errorf("got %+v", f)
			}
			if !f.Verify([]byte("flask-secret")) {
				t.Error("the signature is refused with the right secret")
			}
			if f.Verify([]byte("flask-secret\n")) || f.Verify(nil) {
				t.Error("the signature is accepted with a wrong secret")
			}
		})
	}
}

// Flask-WTF compares what is wrapped: the texts differ each second.
func TestSameCSRF(t *testing.T) {
	form, cookie := mustFlask(t, flaskCSRF), mustFlask(t, flaskSession)
	if !form.SameCSRF(cookie) || form.SameCSRF(mustFlask(t, flaskID)) || mustFlask(t, flaskID).SameCSRF(mustFlask(t, flaskID)) {
		t.Error("SameCSRF does not compare raw tokens")
	}
}

func mustFlask(t *testing.T, s string) token.Flask {
	t.Helper()
	f, err := token.ParseFlask(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// withStamp gives the CSRF token another time; the signature then fits no more.
func withStamp(stamp ...byte) string {
	parts := strings.Split(flaskCSRF, ".")
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(stamp) + "." + parts[2]
}

func TestFlaskTimes(t *testing.T) {
	// itsdangerous before 1.1 counted from 2011: 456,160,000 is the same time.
	old := mustFlask(t, withStamp(0x1b, 0x30, 0x7b, 0x00))
	if !old.OldEpoch || !old.Minted.Equal(time.Unix(0x1b307b00+1293840000, 0)) {
		t.Errorf("got %s, old %t", old.Minted, old.OldEpoch)
	}
	for name, value := range map[string]string{
		"none": withStamp(), "leading zero": withStamp(0, 1, 2, 3), "too long": withStamp(1, 2, 3, 4, 5, 6), "after 9999": withStamp(0xff, 0xff, 0xff, 0xff, 0xff),
	} {
		if f, err := token.ParseFlask(value); err == nil {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

func TestFlaskRefuses(t *testing.T) {
	var bomb bytes.Buffer
	w := zlib.NewWriter(&bomb)
	if _, err := w.Write(append([]byte(`"`), bytes.Repeat([]byte("a"), 1<<20)...)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, value := range map[string]string{
		"a bomb":          "." + base64.RawURLEncoding.EncodeToString(bomb.Bytes()) + ".aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y",
		"not compressed":  ".eyJhIjoxfQ.aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y",
		"no JSON":         "AAAA.aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y",
		"cut":             flaskCSRF[:len(flaskCSRF)-1],
		"a name":          "www.4D39aBDYm_zFog5AWeIAB54Ow9Y",
		"a JWS":           airflowA,
		"nothing":         "",
		"over the limits": strings.Repeat("A", 16<<10) + flaskCSRF,
	} {
		if f, err := token.ParseFlask(value); err == nil {
			t.Errorf("%s: got %+v", name, f)
		}
	}
}

func TestDjangoVectors(t *testing.T) {
	const secret = "abcdefghijklmnopqrstuvwxyzABCDEF"
	var all []token.Django
	for _, value := range []string{
		secret,
		"0123456789abcdefghijklmnopqrstuv02468acegikmoqsuwyACEGIKMOQSUWY0",
		"ZYXWVUTSRQPONMLKJIHGFEDCBA987654ZZZZZZZZZZZZZZZZZZZZZZZZZZzzzzzz",
	} {
		d, err := token.ParseDjango(value)
		if err != nil || d.Secret != secret || d.Masked != (value != secret) {
			t.Errorf("got %+v, %v", d, err)
		}
		all = append(all, d)
	}
	if !all[0].SameSecret(all[1]) || !all[1].SameSecret(all[2]) {
		t.Error("the masks are not taken off")
	}
	other, err := token.ParseDjango(strings.Repeat("a", 64))
	if err != nil || other.SameSecret(all[1]) || (token.Django{}).SameSecret(token.Django{}) {
		t.Error("another secret is taken for the same", err)
	}
	for _, value := range []string{"", secret[1:], secret + "a", strings.Replace(secret, "c", "_", 1), strings.Repeat("é", 16)} {
		if d, err := token.ParseDjango(value); err == nil {
			t.Errorf("%q: got %+v", value, d)
		}
	}
}

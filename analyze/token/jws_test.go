// SPDX-License-Identifier: Apache-2.0

package token_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/token"
)

// Tokens as Airflow 3 makes them, one signed with the secret test-secret-A, the
// other with test-secret-B, and an execution token with the first.
const (
	airflowInput = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwianRpIjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDEiLCJpc3MiOiJhaXJmbG93IiwiYXVkIjoiYXBhY2hlLWFpcmZsb3ciLCJuYmYiOjE3NTAwMDAwMDAsImV4cCI6MTc1MDA4NjQwMCwiaWF0IjoxNzUwMDAwMDAwfQ"
	airflowA     = airflowInput + ".HVgiwrdx1wD3IzRHGMvGEyXGGOiGDLFheh1irDvWC-ZavH4mnMBHfoHz1NakxFOg7YCJ9yW5FWbrgA4jbKwfeQ"
	airflowB     = airflowInput + ".TOu0L1mAFWiNe9rORPz-8qN4aAN2awfP_nxW4RVgdIL6nTzryoDiA_TtNzUww7C86hArpCXnVbDlcHfH_NaKYg"
	execution    = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIwMTk1ZTM3My0yNjM4LTdiYmUtOWU3MS1mOGZkOTcxZTQ1ZDMiLCJhdWQiOiJ1cm46YWlyZmxvdy5hcGFjaGUub3JnOnRhc2siLCJuYmYiOjE3NTAwMDAwMDAsImV4cCI6MTc1MDAwMDYwMCwiaWF0IjoxNzUwMDAwMDAwfQ.qiE15d9egZwtcHL9F2POoqbCSmZjRBtnnuNWvNFUpGjMpVNeQFqv5yimnXCUs6_GQmFUlYYcGiXaFi5BtmCkag"
	verbatim     = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.L6nsUX9E-MOXvnjwqWCw8sUoEq-Ow0IhcmDWhzIaTEs"
)

func parseJWS(t testing.TB, s string) token.JWS {
	t.Helper()
	jws, err := token.ParseJWS(s)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

// compact makes a token of the given texts; the signature has n bytes.
func compact(header, payload string, n int) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode(make([]byte, n))
}

func TestAirflowToken(t *testing.T) {
	jws := parseJWS(t, airflowA)
	minted := time.Unix(1750000000, 0).UTC()
	c := jws.Claims
	if c.Subject != "1" || c.ID != "00000000000000000000000000000001" || c.Issuer != "airflow" || !slices.Equal(c.Audience, []string{"apache-airflow"}) {
		t.Errorf("got %+v", c)
	}
	if !c.IssuedAt.Equal(minted) || !c.NotBefore.Equal(minted) || c.Lifetime() != 24*time.Hour {
		t.Errorf("iat %s, nbf %s, lifetime %s", c.IssuedAt, c.NotBefore, c.Lifetime())
	}
	if !slices.Equal(c.Names, []string{"sub", "jti", "iss", "aud", "nbf", "exp", "iat"}) || len(c.Other) > 0 {
		t.Errorf("names %v, other %v", c.Names, c.Other)
	}
	if jws.Header.Algorithm != "HS512" || jws.Header.Type != "JWT" || jws.Header.KeyID != "" {
		t.Errorf("got %+v", jws.Header)
	}
	if !slices.Equal(jws.Lengths, []int{36, 190, 86}) || len(jws.Problems) > 0 || !jws.Wellformed() {
		t.Errorf("lengths %v, problems %v", jws.Lengths, jws.Problems)
	}
	if task := parseJWS(t, execution).Claims; task.Lifetime() != 10*time.Minute || task.Audience[0] != "urn:airflow.apache.org:task" || task.Has("jti") {
		t.Errorf("got %+v", task)
	}
}

// Equal input with unequal signatures takes two keys. A cut signature, or an
// algorithm that signs the same input differently each time, proves nothing.
func TestSameKey(t *testing.T) {
	const input = `{"sub":"1"}`
	flip := func(s string) string { return s[:len(s)-2] + "BA" }
	es, ps := compact(`{"alg":"ES256"}`, input, 64), compact(`{"alg":"PS256"}`, input, 256)
	for name, c := range map[string]struct {
		a, b string
		want token.KeyRelation
	}{
		"two secrets":       {airflowA, airflowB, token.KeyDifferent},
		"one token":         {airflowA, airflowA, token.KeySame},
		"other input":       {airflowA, execution, token.KeyUnknown},
		"cut signature":     {airflowA, airflowB[:len(airflowB)-8], token.KeyUnknown},
		"ECDSA":             {es, flip(es), token.KeyUnknown},
		"RSA-PSS":           {ps, flip(ps), token.KeyUnknown},
		"nobody signed it":  {compact(`{"alg":"none"}`, input, 0), compact(`{"alg":"none"}`, input, 0), token.KeyUnknown},
		"no second segment": {strings.Split(airflowA, ".")[0], strings.Split(airflowA, ".")[0], token.KeyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			if got := parseJWS(t, c.a).SameKey(parseJWS(t, c.b)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if !parseJWS(t, airflowA).SameInput(parseJWS(t, airflowB)) || parseJWS(t, airflowA).SameInput(parseJWS(t, execution)) {
		t.Error("SameInput does not compare the signing input")
	}
}

func TestWhatIsWrongWithAToken(t *testing.T) {
	parts := strings.Split(airflowA, ".")
	for name, c := range map[string]struct {
		token string
		want  []token.ProblemCode
		words string
	}{
		"two segments":        {parts[0] + "." + parts[1], []token.ProblemCode{token.ProblemSegments}, "2 segments"},
		"four segments":       {airflowA + ".x", []token.ProblemCode{token.ProblemSegments}, "4 segments"},
		"header alone":        {parts[0], []token.ProblemCode{token.ProblemSegments}, "1 segments"},
		"cut by a proxy":      {airflowA[:len(airflowA)-6], []token.ProblemCode{token.ProblemSignature}, "60 bytes, one of HS512 has 64: it is cut"},
		"cut to no length":    {airflowA[:len(airflowA)-1], []token.ProblemCode{token.ProblemBase64}, "85 characters"},
		"too long":            {airflowA + "AAAA", []token.ProblemCode{token.ProblemSignature}, "something was appended"},
		"RSA, cut":            {compact(`{"alg":"RS256"}`, `{}`, 250), []token.ProblemCode{token.ProblemSignature}, "250 bytes"},
		"no signature":        {parts[0] + "." + parts[1] + ".", []token.ProblemCode{token.ProblemSignature}, "missing"},
		"padding":             {parts[0] + "." + parts[1] + "." + parts[2] + "==", []token.ProblemCode{token.ProblemBase64}, "padding"},
		"spare bits":          {airflowA[:len(airflowA)-1] + "R", []token.ProblemCode{token.ProblemBase64}, "no encoder sets"},
		"standard alphabet":   {strings.Replace(airflowA, "C-Z", "C+Z", 1), []token.ProblemCode{token.ProblemBase64}, `'+' as character`},
		"a line break":        {airflowA[:60] + "\n" + airflowA[60:], []token.ProblemCode{token.ProblemBase64}, `'\n' as character`},
		"payload is no JSON":  {compact(`{"alg":"HS256"}`, `{"a":`, 32), []token.ProblemCode{token.ProblemJSON}, "payload is no JSON object"},
		"payload is a list":   {compact(`{"alg":"HS256"}`, `[]`, 32), []token.ProblemCode{token.ProblemJSON}, "does not begin"},
		"something behind":    {compact(`{"alg":"HS256"}`, `{}{}`, 32), []token.ProblemCode{token.ProblemJSON}, "follows"},
		"header is cut":       {"eyJhbGciOiJI." + parts[1] + "." + parts[2], []token.ProblemCode{token.ProblemJSON}, "header is no JSON object"},
		"no alg":              {compact(`{"typ":"JWT"}`, `{}`, 32), []token.ProblemCode{token.ProblemAlgorithm}, "names no algorithm"},
		"alg in small":        {compact(`{"alg":"hs256"}`, `{}`, 32), []token.ProblemCode{token.ProblemAlgorithm}, `"hs256"`},
		"alg is a number":     {compact(`{"alg":1}`, `{}`, 32), []token.ProblemCode{token.ProblemMember, token.ProblemAlgorithm}, "alg is not text"},
		"none":                {compact(`{"alg":"none"}`, `{}`, 0), []token.ProblemCode{token.ProblemAlgNone}, "nobody signed"},
		"None":                {compact(`{"alg":"None"}`, `{}`, 0), []token.ProblemCode{token.ProblemAlgNone}, "nobody signed"},
		"encrypted":           {compact(`{"alg":"dir","enc":"A256GCM"}`, ``, 12) + ".AA.AA", []token.ProblemCode{token.ProblemEncrypted}, "JWE, 5 segments"},
		"detached":            {compact(`{"alg":"HS256"}`, ``, 32), []token.ProblemCode{token.ProblemDetached}, "detached"},
		"unencoded":           {compact(`{"alg":"HS256","b64":false,"crit":["b64"]}`, `x`, 32), []token.ProblemCode{token.ProblemDetached}, "detached"},
		"duplicate claim":     {compact(`{"alg":"HS256"}`, `{"sub":"1","sub":"2"}`, 32), []token.ProblemCode{token.ProblemDuplicate}, `"sub" stands twice in the payload`},
		"duplicate alg":       {compact(`{"alg":"none","alg":"HS256"}`, `{}`, 32), []token.ProblemCode{token.ProblemDuplicate}, `"alg" stands twice in the header`},
		"exp is text":         {compact(`{"alg":"HS256"}`, `{"exp":"1750000000"}`, 32), []token.ProblemCode{token.ProblemMember}, "exp is not a number"},
		"exp in milliseconds": {compact(`{"alg":"HS256"}`, `{"exp":1750000000000}`, 32), []token.ProblemCode{token.ProblemMember}, "seconds since 1970"},
		"sub is a number":     {compact(`{"alg":"HS256"}`, `{"sub":1}`, 32), []token.ProblemCode{token.ProblemMember}, "sub is not text"},
		"aud holds a number":  {compact(`{"alg":"HS256"}`, `{"aud":["a",1]}`, 32), []token.ProblemCode{token.ProblemMember}, "aud is neither"},
	} {
		t.Run(name, func(t *testing.T) {
			jws := parseJWS(t, c.token)
			var got []token.ProblemCode
			var words []string
			for _, p := range jws.Problems {
				got, words = append(got, p.Code), append(words, p.Text)
			}
			if !slices.Equal(got, c.want) || !strings.Contains(strings.Join(words, "; "), c.words) {
				t.Errorf("got %v: %q", got, words)
			}
			for _, word := range words {
				if strings.Contains(strings.ToLower(word), "valid") {
					t.Errorf("%q judges without a key", word)
				}
			}
		})
	}
}

func TestClaimsOfOtherIssuers(t *testing.T) {
	c := parseJWS(t, compact(`{"alg":"HS256","kid":"k1","x5t":"y"}`,
		`{"exp":1750000000.25,"email":"a@b","aud":["x","y"],"scope":"openid","sub":"\u00e9","groups":[{"a":1}]}`, 32))
	if got := c.Claims.Expires; got != time.Unix(1750000000, 250_000_000).UTC() {
		t.Errorf("exp %s", got)
	}
	if !slices.Equal(c.Claims.Audience, []string{"x", "y"}) || c.Claims.Subject != "é" || c.Claims.Scope != "openid" {
		t.Errorf("got %+v", c.Claims)
	}
	if !slices.Equal(c.Claims.Other, []string{"email", "groups"}) || !slices.Equal(c.Header.Other, []string{"x5t"}) || c.Header.KeyID != "k1" {
		t.Errorf("other %v, header %+v", c.Claims.Other, c.Header)
	}
	if c.Claims.Lifetime() != 0 || len(c.Problems) > 0 {
		t.Errorf("lifetime %s, problems %v", c.Claims.Lifetime(), c.Problems)
	}
}

func TestWhatIsNoToken(t *testing.T) {
	for _, s := range []string{"", "a.b.c", "hello", "eyJ", "www.example.org", "eyJhIjoxfQ", strings.Repeat("eyJ.", 20<<10)} {
		if jws, err := token.ParseJWS(s); err == nil {
			t.Errorf("%.20q was read as %+v", s, jws)
		}
	}
}

func TestFindTokens(t *testing.T) {
	jwe := compact(`{"alg":"dir","enc":"A256GCM"}`, ``, 12) + ".AA.AA"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"Authorization":        {"Bearer " + airflowA, []string{airflowA}},
		"twice Bearer, quoted": {`bearer Bearer "` + airflowA + `"`, []string{airflowA}},
		"two cookies":          {"_token=" + airflowA + "; a=b; _token=" + airflowB, []string{airflowA, airflowB}},
		"JSON":                 {`{"access_token":"` + verbatim + `","id_token":"` + execution + `"}`, []string{verbatim, execution}},
		"form":                 {"token=" + verbatim + "&x=1.2.3", []string{verbatim}},
		"end of a sentence":    {"It sent " + verbatim + ".", []string{verbatim}},
		"behind a name":        {"see.also." + verbatim + "." + airflowA, []string{verbatim, airflowA}},
		"cut":                  {"_token=" + airflowA[:80], []string{airflowA[:80]}},
		"encrypted":            {"x=" + jwe, []string{jwe}},
		"undefined":            {"Bearer undefined", nil},
		"Flask's session":      {"session=eyJhIjoxfQ.aE7hgA.4D39aBDYm_zFog5AWeIAB54Ow9Y", nil},
		"header alone":         {"eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9 and eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9..", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range token.Find(c.text) {
				got = append(got, f.Compact())
				if !strings.HasPrefix(c.text[f.Offset:], f.Compact()) {
					t.Errorf("offset %d is not where it stands", f.Offset)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Of a hostile text every byte is looked at a bounded number of times.
func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("eyJhbGciOiJIUzUxMiJ9.e30.x.eyJ.", 1<<15)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		token.Find(text)
	}
}

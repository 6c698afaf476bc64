// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/token"
)

// read gives a file of testdata; testdata/generate.py says where they come from.
func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, compact string) token.JWS {
	t.Helper()
	jws, err := token.ParseJWS(compact)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

const airflowA = "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwianRpIjoiMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDEiLCJpc3MiOiJhaXJmbG93IiwiYXVkIjoiYXBhY2hlLWFpcmZsb3ciLCJuYmYiOjE3NTAwMDAwMDAsImV4cCI6MTc1MDA4NjQwMCwiaWF0IjoxNzUwMDAwMDAwfQ.HVgiwrdx1wD3IzRHGMvGEyXGGOiGDLFheh1irDvWC-ZavH4mnMBHfoHz1NakxFOg7YCJ9yW5FWbrgA4jbKwfeQ"

// The secret is what Airflow uses, verbatim; the file is what an administrator has.
// Secrets of 13 and 22 bytes are shorter than go-jose takes.
func TestSecretVariants(t *testing.T) {
	std := base64.StdEncoding.EncodeToString
	const verbatim = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.L6nsUX9E-MOXvnjwqWCw8sUoEq-Ow0IhcmDWhzIaTEs"
	for _, c := range []struct {
		token, file string
		want        keys.Variant
	}{
		{airflowA, "test-secret-A", keys.AsGiven},
		{airflowA, "test-secret-A\n", keys.WithoutNewline},
		{airflowA, "test-secret-A\r\n", keys.WithoutNewline},
		{airflowA, "  test-secret-A \n\n", keys.Stripped},
		{airflowA, "\"test-secret-A\"\n", keys.WithoutQuotes},
		{airflowA, "'test-secret-A'", keys.WithoutQuotes},
		{airflowA, std([]byte("test-secret-A")), keys.Base64Decoded},
		{airflowA, base64.RawURLEncoding.EncodeToString([]byte("test-secret-A")) + "\n", keys.Base64Decoded},
		{airflowA, std([]byte("test-secret-A\n")), keys.Base64Stripped},
		{airflowA, std([]byte(std([]byte("test-secret-A")))) + "\n", keys.Base64Twice},
		{airflowA, hex.EncodeToString([]byte("test-secret-A")), keys.HexDecoded},
		{verbatim, "MDEyMzQ1Njc4OWFiY2RlZg", keys.AsGiven},
		{verbatim, "MDEyMzQ1Njc4OWFiY2RlZg\n", keys.WithoutNewline},
	} {
		var set keys.Set
		if err := set.AddSecret("file", []byte(c.file)); err != nil {
			t.Fatal(err)
		}
		if got, ok := set.Verify(parse(t, c.token)); !ok || got != (keys.Match{Label: "file", Variant: c.want}) {
			t.Errorf("%q: got %+v, %t, want it %s", c.file, got, ok, c.want)
		}
		if got, ok := set.Verify(parse(t, strings.Replace(c.token, ".eyJ", ".eyK", 1))); ok {
			t.Errorf("%q verifies a changed token: %+v", c.file, got)
		}
	}
}

// The other way round: what was added is part of the server's key.
func TestWhatServersAddToSecrets(t *testing.T) {
	for server, want := range map[string]keys.Variant{
		"secret\n": keys.WithNewline, `"secret"`: keys.InDoubleQuotes, `'secret'`: keys.InSingleQuotes,
		"c2VjcmV0": keys.Base64Encoded, "c2VjcmV0Cg==": keys.Base64EncodedEOL,
	} {
		var set keys.Set
		if err := set.AddSecret("file", []byte("secret")); err != nil {
			t.Fatal(err)
		}
		got, ok := set.Secret(func(secret []byte) bool { return string(secret) == server })
		if !ok || got.Variant != want {
			t.Errorf("%q: got %+v, want it %s", server, got, want)
		}
	}
}

func TestEmptySecretsAreRefused(t *testing.T) {
	for _, content := range []string{"", "\n", " \t\r\n"} {
		var set keys.Set
		if err := set.AddSecret("file", []byte(content)); !errors.Is(err, keys.ErrEmpty) || !set.Empty() {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestPublicKeys(t *testing.T) {
	for _, c := range []struct {
		token, file, label string
		want               keys.KeyMatch
	}{
		{"rs512.txt", "rsa.pub.pem", "rsa.pub.pem", keys.KeyAirflow},
		{"rs512.txt", "rsa.crt.pem", "rsa.crt.pem", keys.KeyAirflow},
		{"rs512.txt", "jwks.json", `jwks.json, key 1 (kid "site-1")`, keys.KeyAirflow},
		{"ps256.txt", "rsa.pub.pem", "rsa.pub.pem", keys.KeyNoID},
		{"es256.txt", "ec.key.pem", "ec.key.pem", keys.KeyOther},
		{"es256.txt", "ec1.key.pem", "ec1.key.pem", keys.KeyOther},
		{"es256.txt", "jwks.json", `jwks.json, key 2 (kid "ec-1")`, keys.KeyDeclared},
		{"eddsa.txt", "ed.pub.pem", "ed.pub.pem", keys.KeyThumbprint},
		{"eddsa.txt", "jwks.json", `jwks.json, key 3`, keys.KeyThumbprint},
	} {
		t.Run(c.token+" with "+c.file, func(t *testing.T) {
			set, jws := load(t, c.file), parse(t, string(read(t, c.token)))
			if got, ok := set.Verify(jws); !ok || got != (keys.Match{Label: c.label, KeyID: c.want}) {
				t.Errorf("got %+v, %t", got, ok)
			}
			if set.Candidates(jws) != 1 {
				t.Errorf("%d candidates", set.Candidates(jws))
			}
			other := parse(t, changed(jws))
			if got, ok := set.Verify(other); ok {
				t.Errorf("verifies a changed token: %+v", got)
			}
		})
	}
}

// changed gives the token another subject.
func changed(jws token.JWS) string {
	parts := strings.Split(jws.Compact(), ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), `"1"`, `"2"`, 1)))
	return strings.Join(parts, ".")
}

func load(t testing.TB, file string) *keys.Set {
	t.Helper()
	set := &keys.Set{}
	var err error
	if strings.HasSuffix(file, ".json") {
		_, err = set.AddJWKS(file, read(t, file))
	} else {
		err = set.AddPEM(file, read(t, file))
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// A key that cannot make such a token is no candidate, so that nobody hears that
// it is wrong; nor is any for a token that is damaged.
func TestCandidates(t *testing.T) {
	rs, jws := parse(t, string(read(t, "rs512.txt"))), parse(t, airflowA)
	set := load(t, "rsa.pub.pem")
	if set.Candidates(jws) != 0 {
		t.Error("a public key is a candidate for HS512")
	}
	if err := set.AddSecret("file", []byte("x\n")); err != nil {
		t.Fatal(err)
	}
	if set.Candidates(jws) != 1 || set.Candidates(rs) != 1 || set.Secrets() != 1 {
		t.Errorf("%d and %d candidates, %d secrets", set.Candidates(jws), set.Candidates(rs), set.Secrets())
	}
	cut := parse(t, airflowA[:len(airflowA)-6])
	if _, ok := set.Verify(cut); ok || set.Candidates(cut) != 0 {
		t.Error("a cut token is checked")
	}
	padded := parse(t, string(read(t, "rs512.txt"))+"=")
	if _, ok := set.Verify(padded); ok || set.Candidates(padded) != 0 {
		t.Error("a padded token is checked with go-jose")
	}
	var none *keys.Set
	if _, ok := none.Verify(jws); ok || !none.Empty() || none.Candidates(jws) != 0 || none.Named("x") != nil {
		t.Error("a nil set holds something")
	}
}

// A token signed with the text of a public key is a forgery. It is told, and never
// taken for a match, wherever the text was given.
func TestAlgConfusion(t *testing.T) {
	forged := parse(t, string(read(t, "confused.txt")))
	asSecret := &keys.Set{}
	if err := asSecret.AddSecret("rsa.pub.pem", read(t, "rsa.pub.pem")); err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]*keys.Set{
		"public key": load(t, "rsa.pub.pem"), "certificate": load(t, "rsa.crt.pem"), "key set": load(t, "jwks.json"), "secret file": asSecret,
	} {
		if got, ok := set.AlgConfusion(forged); !ok {
			t.Errorf("%s: the forgery is not seen", name)
		} else if !strings.HasPrefix(got.Label, "rsa.") && !strings.HasPrefix(got.Label, "jwks.json, key 1") {
			t.Errorf("%s: got %+v", name, got)
		}
		if got, ok := set.Verify(forged); ok {
			t.Errorf("%s: the forgery matches %+v", name, got)
		}
		if _, ok := set.AlgConfusion(parse(t, airflowA)); ok {
			t.Errorf("%s: a good token is called a forgery", name)
		}
	}
	if _, ok := asSecret.Verify(parse(t, string(read(t, "rs512.txt")))); !ok {
		t.Error("a public key in a secret file verifies nothing")
	}
}

// RFC 8037 appendix A.3; Airflow's kid is the same for Ed25519.
func TestThumbprint(t *testing.T) {
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	const want = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	if got := keys.Thumbprint(ed25519.PublicKey(x)); got != want {
		t.Errorf("got %s", got)
	}
	if got := keys.AirflowKeyID(ed25519.PublicKey(x)); got != want {
		t.Errorf("Airflow: got %s", got)
	}
}

// A kid that names a key which did not make the token is worth saying.
func TestNamed(t *testing.T) {
	got := load(t, "jwks.json").Named("ec-1")
	if len(got) != 1 || got[0] != (keys.Match{Label: `jwks.json, key 2 (kid "ec-1")`, KeyID: keys.KeyDeclared}) {
		t.Errorf("got %+v", got)
	}
	if got := load(t, "jwks.json").Named("nobody"); got != nil {
		t.Errorf("got %+v", got)
	}
}

func TestFilesThatHoldNoKey(t *testing.T) {
	var set keys.Set
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"words":     {"hello", keys.ErrNoPEM},
		"empty":     {"", keys.ErrNoPEM},
		"encrypted": {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", keys.ErrEncrypted},
		"old way":   {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n", keys.ErrEncrypted},
	} {
		if err := set.AddPEM(name, []byte(c.content)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := set.AddPEM("damaged", []byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")); err == nil {
		t.Error("a damaged key is taken")
	}
	for content, want := range map[string]error{
		"hello": keys.ErrNoJWKS, `{}`: keys.ErrNoJWKS, `{"keys":[]}`: keys.ErrNoJWKS, `{"keys":[{"kty":"XX"},1]}`: keys.ErrNoKey,
	} {
		if _, err := set.AddJWKS("set", []byte(content)); !errors.Is(err, want) {
			t.Errorf("%s: %v", content, err)
		}
	}
	if !set.Empty() {
		t.Error("something was added")
	}
}

// One key that cannot be used does not spoil the set; a secret in it is a secret.
func TestMixedKeySet(t *testing.T) {
	var set keys.Set
	skipped, err := set.AddJWKS("set", []byte(`{"keys":[{"kty":"OKP","crv":"X25519","x":"AA"},{"kty":"oct","k":"dGVzdC1zZWNyZXQtQQ"}]}`))
	if err != nil || skipped != 1 {
		t.Fatal(skipped, err)
	}
	if got, ok := set.Verify(parse(t, airflowA)); !ok || got.Variant != keys.FromJWK {
		t.Errorf("got %+v", got)
	}
	if skipped, err := set.AddJWKS("one", []byte(`{"kty":"oct","k":"AA"}`)); err != nil || skipped != 0 {
		t.Error(skipped, err)
	}
}

// Files come from anywhere: none of them breaks the loader, and none makes a
// foreign token pass.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"rsa.pub.pem", "rsa.crt.pem", "ec.key.pem", "ec1.key.pem", "ed.pub.pem", "jwks.json"} {
		f.Add(read(f, name))
	}
	f.Add([]byte(`{"kty":"oct","k":"AA"}`))
	const fixed = "eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	f.Fuzz(func(t *testing.T, content []byte) {
		set := &keys.Set{}
		errSecret, errPEM := set.AddSecret("s", content), set.AddPEM("p", content)
		_, errJWKS := set.AddJWKS("j", content)
		if errSecret != nil && errPEM != nil && errJWKS != nil && !set.Empty() {
			t.Fatal("refused everywhere, and something was added")
		}
		jws := parse(t, fixed)
		if got, ok := set.Verify(jws); ok {
			t.Fatalf("%+v made a signature of zeros", got)
		}
		set.AlgConfusion(jws)
	})
}

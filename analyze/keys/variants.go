// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
)

// Variant says in which form the content of a secret file is the key. A server
// that takes its secret verbatim, as Airflow does, has another key than its
// administrator thinks when an editor, a shell or Kubernetes adds to it.
type Variant string

// The variants, in words that follow the label of a key.
const (
	AsGiven          Variant = "as given"
	WithoutNewline   Variant = "without the trailing newline"
	Stripped         Variant = "without surrounding white space"
	WithoutQuotes    Variant = "without quotes"
	WithNewline      Variant = "with a newline added"
	InDoubleQuotes   Variant = "in double quotes"
	InSingleQuotes   Variant = "in single quotes"
	Base64Decoded    Variant = "base64-decoded"
	Base64Stripped   Variant = "base64-decoded, without the trailing newline"
	Base64Twice      Variant = "base64-decoded twice"
	Base64Encoded    Variant = "base64-encoded"
	Base64EncodedEOL Variant = "base64-encoded with a newline"
	HexDecoded       Variant = "hex-decoded"
	FromJWK          Variant = "k of a JSON Web Key"
)

// variants lists the forms of a secret, the likeliest first and none twice; none at
// all for an empty file, since everybody has the empty key.
func variants(content []byte) []secret {
	newline := func(b []byte) []byte { return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r")) }
	stripped := bytes.TrimSpace(content)
	bare := withoutQuotes(stripped)
	if len(bare) == 0 {
		return nil
	}
	decoded := decodeBase64(bare)
	var list []secret
	for _, v := range []secret{
		{variant: AsGiven, bytes: content},
		{variant: WithoutNewline, bytes: newline(content)},
		{variant: Stripped, bytes: stripped},
		{variant: WithoutQuotes, bytes: bare},
		{variant: WithNewline, bytes: join(bare, "\n")},
		{variant: InDoubleQuotes, bytes: join([]byte(`"`), string(bare), `"`)},
		{variant: InSingleQuotes, bytes: join([]byte(`'`), string(bare), `'`)},
		{variant: Base64Decoded, bytes: decoded},
		{variant: Base64Stripped, bytes: bytes.TrimSpace(decoded)},
		{variant: Base64Twice, bytes: decodeBase64(bytes.TrimSpace(decoded))},
		{variant: HexDecoded, bytes: decodeHex(bare)},
		{variant: Base64Encoded, bytes: []byte(base64.StdEncoding.EncodeToString(bare))},
		{variant: Base64EncodedEOL, bytes: []byte(base64.StdEncoding.EncodeToString(join(bare, "\n")))},
	} {
		known := func(w secret) bool { return bytes.Equal(v.bytes, w.bytes) }
		if len(bytes.TrimSpace(v.bytes)) > 0 && !slices.ContainsFunc(list, known) {
			list = append(list, v)
		}
	}
	return list
}

func join(first []byte, rest ...string) []byte {
	joined := slices.Clone(first)
	for _, s := range rest {
		joined = append(joined, s...)
	}
	return joined
}

func withoutQuotes(b []byte) []byte {
	if n := len(b); n >= 2 && (b[0] == '"' || b[0] == '\'') && b[n-1] == b[0] {
		return b[1 : n-1]
	}
	return b
}

// decodeBase64 decodes the standard and the URL alphabet, with and without
// padding; nil if it is neither.
func decodeBase64(b []byte) []byte {
	bare := string(bytes.TrimRight(b, "="))
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if decoded, err := encoding.DecodeString(bare); err == nil {
			return decoded
		}
	}
	return nil
}

func decodeHex(b []byte) []byte {
	decoded, err := hex.DecodeString(string(b))
	if err != nil {
		return nil
	}
	return decoded
}

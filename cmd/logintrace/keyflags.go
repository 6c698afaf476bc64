// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze/keys"
)

// keyFlags name files with keys that may have signed a token. Keys are never
// taken from the command line, where other users of the machine could see them.
type keyFlags struct {
	jwtSecrets, jwtKeys, jwks, flaskSecrets []string
}

func (k *keyFlags) declare(flags *pflag.FlagSet) {
	flags.StringArrayVar(&k.jwtSecrets, "jwt-secret-file", nil, "`FILE` with a secret that signs JSON Web Tokens, as Airflow's [api_auth] jwt_secret (repeatable)")
	flags.StringArrayVar(&k.jwtKeys, "jwt-key-file", nil, "PEM `FILE` with a public or private key, or a certificate, that signs them (repeatable)")
	flags.StringArrayVar(&k.jwks, "jwks", nil, "`FILE` with a JSON Web Key Set (repeatable)")
	flags.StringArrayVar(&k.flaskSecrets, "flask-secret-file", nil, "`FILE` with a SECRET_KEY of Flask, as Airflow's [api] secret_key (repeatable)")
}

// load reads the files; what is passed over in a key set goes to the log.
func (k *keyFlags) load(log zerolog.Logger) (jwt, flask *keys.Set, err error) {
	jwt, flask = &keys.Set{}, &keys.Set{}
	addJWKS := func(file string, content []byte) error {
		skipped, err := jwt.AddJWKS(file, content)
		if skipped > 0 && err == nil {
			log.Warn().Str("file", file).Int("keys", skipped).Msg("keys of a kind that cannot be used were passed over")
		}
		return err
	}
	err = errors.Join(
		eachFile("jwt-secret-file", k.jwtSecrets, jwt.AddSecret),
		eachFile("jwt-key-file", k.jwtKeys, jwt.AddPEM),
		eachFile("jwks", k.jwks, addJWKS),
		eachFile("flask-secret-file", k.flaskSecrets, flask.AddSecret),
	)
	return jwt, flask, err
}

func eachFile(flag string, files []string, add func(label string, content []byte) error) error {
	for _, file := range files {
		content, err := readKeyFile(file)
		if err != nil {
			return cannotOpen("--"+flag, file, err)
		}
		if err := add(file, content); err != nil {
			return usagef(keyHints[flag], "--%s %q: %v", flag, file, err)
		}
	}
	return nil
}

// keyHints say what each flag expects.
var keyHints = map[string]string{
	"jwt-secret-file":   "the file holds the secret alone, as the server reads it",
	"jwt-key-file":      "it begins with -----BEGIN PUBLIC KEY----- or the like; a JSON Web Key Set goes to --jwks",
	"jwks":              `it looks like {"keys":[{"kty":"RSA",…}]}; a PEM file goes to --jwt-key-file`,
	"flask-secret-file": "the file holds the secret alone, as the server reads it",
}

// maxKeyFile is far more than the key sets of large identity providers.
const maxKeyFile = 1 << 20

func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(content) > maxKeyFile {
		err = fmt.Errorf("%q is too large for a key", name)
	}
	return content, err
}

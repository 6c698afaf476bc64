// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/reports/json"
	"github.com/logintrace/logintrace/reports/text"
)

var decodeCommand = command{
	name:      "decode",
	arguments: "< TOKEN",
	short:     "Decode one token, read from standard input.",
	long: `
Reads an _xsrf token of JupyterHub or tornado, or a tornado signed cookie, and
finds the client address behind an anonymous one. Reads a JSON Web Token, alone
or within a header, cookie or JSON, a session cookie or CSRF token of Flask, and
a CSRF token of Django. With keys it says which one made the signature, and in
which form. A token is never taken from the command line, where other users of
the machine could see it.
`,
	setup: func(a *app, flags *pflag.FlagSet) action {
		o := &decodeFlags{format: "text"}
		flags.VarP(oneOf{&o.format, []string{"text", "json"}}, "output", "o", "format of the answer")
		flags.StringVar(&o.userAgent, "user-agent", "", "the `User-Agent` of the request, as it was sent; \"\" for none")
		flags.StringVar(&o.hubVersion, "hub-version", "", "the Hub's `VERSION`, if known: saves half of the search")
		flags.BoolVar(&o.withSecrets, "with-secrets", false, "show session and cookie ids, jti and signatures in full")
		o.keys.declare(flags)
		o.recovery.declare(flags)
		o.logging.declare(flags)
		return func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return 0, usagef("pipe it in: logintrace decode < token.txt", "decode takes no argument: a token on the command line is visible to others")
			}
			o.hasUserAgent = flags.Changed("user-agent")
			return a.decode(ctx, o)
		}
	},
}

type decodeFlags struct {
	format, userAgent, hubVersion string
	hasUserAgent, withSecrets     bool
	keys                          keyFlags
	recovery                      recoveryFlags
	logging                       logFlags
}

func (a *app) decode(ctx context.Context, o *decodeFlags) (int, error) {
	log, options, err := a.prepare(&reportFlags{recovery: o.recovery, logging: o.logging})
	if err != nil {
		return 0, err
	}
	jwt, flask, err := o.keys.load(log)
	if err != nil {
		return 0, err
	}
	raw, err := a.readToken(ctx)
	if err != nil {
		return 0, err
	}
	decoded, err := analyze.Decode(ctx, raw, analyze.DecodeOptions{
		Options: options, UserAgent: o.userAgent, HasUserAgent: o.hasUserAgent,
		HubVersion: o.hubVersion, WithSecrets: o.withSecrets,
		JWTKeys: jwt, FlaskSecrets: flask,
	})
	switch {
	case errors.Is(err, analyze.ErrUnknownToken):
		return 0, &hintedError{err, knownTokens}
	case err != nil && !errors.Is(err, context.Canceled):
		return 0, err
	}
	var out bytes.Buffer
	switch {
	case o.format == "json":
		err = json.Write(&out, decoded)
	case otherShapes[decoded.Shape] != "":
		writeOtherToken(&out, decoded)
	default:
		err = text.WriteToken(&out, decoded, text.Options{Width: a.width})
	}
	if err != nil {
		return 0, err
	}
	return exitPass, a.write("", out.Bytes())
}

// knownTokens say what decode reads.
const knownTokens = "expected an _xsrf token of JupyterHub or tornado, a tornado signed cookie, a JSON Web Token, a signed value of Flask, or a CSRF token of Django, and nothing else"

// maxToken is sixteen times what browsers send as one cookie; a JSON Web Token in a
// header can be that long.
const maxToken = 64 << 10

func (a *app) readToken(ctx context.Context) (string, error) {
	if a.stdinIsTerminal {
		fmt.Fprintln(a.stderr, "paste the token, then press Enter and Ctrl-D")
	}
	in := newInterruptible(ctx, a.stdin)
	data, err := io.ReadAll(io.LimitReader(in, maxToken+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("reading standard input: %w", err)
	case in.stopped():
		return "", errors.New("stopped while reading standard input")
	}
	raw := strings.TrimSpace(string(data))
	if raw == "" || len(data) > maxToken {
		return "", usagef("pipe one token in: logintrace decode < token.txt", "expected one token on standard input, found %d bytes", len(data))
	}
	return strings.TrimSuffix(strings.TrimPrefix(raw, "_xsrf="), ";"), nil
}

// otherShapes say what the shapes mean that are not JupyterHub's or tornado's.
var otherShapes = map[string]string{
	"jws":                "JSON Web Token, signed",
	"jwe":                "JSON Web Token, encrypted",
	"flask-session":      "session cookie of Flask",
	"flask-csrf":         "CSRF token of Flask-WTF",
	"flask-session-id":   "id of a session that Flask keeps on the server",
	"itsdangerous":       "signed with itsdangerous, not by Flask itself",
	"django-csrf":        "the form of a CSRF token of Django, without a mask",
	"django-csrf-masked": "the form of a CSRF token of Django, masked",
}

// writeOtherToken renders a token of these shapes.
func writeOtherToken(out *bytes.Buffer, t finding.Token) {
	line := func(label string, words ...string) {
		words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" })
		if len(words) > 0 {
			fmt.Fprintf(out, "%-10s%s\n", label, text.Escape(strings.Join(words, ", ")))
		}
	}
	line("Shape", fmt.Sprintf("%s (%s), %d characters", t.Shape, otherShapes[t.Shape], t.Length))
	if t.JWT != nil {
		writeClaims(line, t.JWT)
	} else if !t.Minted.IsZero() {
		line("Minted", tokenTime(t.Minted))
	}
	if f := t.Flask; f != nil {
		line("User", f.UserID)
		line("Holds", f.Names...)
	}
	line("Value", t.Secret)
	for _, p := range t.Problems {
		line("Wrong", p.Text)
	}
	line("Signature", signedBy(t))
	for _, k := range t.NotMadeBy {
		line("", "the kid names "+k.Label+", which did not make it")
	}
	if t.Hidden {
		line("Hidden", "credentials are shortened; --with-secrets shows them")
	}
}

// claimVerbs introduce times.
var claimVerbs = map[string]string{"iat": "issued", "nbf": "usable from", "exp": "expires"}

func writeClaims(line func(string, ...string), jwt *finding.JWT) {
	kid := ""
	if jwt.KeyID != "" {
		kid = "kid " + jwt.KeyID
	}
	line("Header", jwt.Algorithm, jwt.Type, kid)
	line("Issuer", jwt.Issuer)
	line("Subject", jwt.Subject)
	line("Audience", jwt.Audience...)
	line("Scope", jwt.Scope)
	line("Id", jwt.ID)
	label := "Times"
	for _, t := range jwt.Times {
		if t.Time.IsZero() {
			line(label, t.Meaning)
		} else {
			line(label, claimVerbs[t.Claim]+" "+tokenTime(t.Time), t.Meaning)
		}
		label = ""
	}
	line("Others", jwt.OtherClaims...)
	line("Signed", jwt.Signature)
}

func tokenTime(t finding.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999Z") }

// signedBy never calls a token valid: a good signature says who made it.
func signedBy(t finding.Token) string {
	switch {
	case t.AlgConfusion != nil:
		return "made with the text of the public key " + t.AlgConfusion.Label + " as a secret (algorithm confusion): anybody can make such a token"
	case t.Key != nil && t.Key.Variant != "":
		return "made with " + t.Key.Label + ", " + t.Key.Variant
	case t.Key != nil && t.Key.KeyID == string(keys.KeyOther):
		return "made with " + t.Key.Label + ", though the kid is not its own"
	case t.Key != nil:
		return "made with " + t.Key.Label
	case t.Signature == finding.SignatureBad:
		return "NOT made with any given key, in no form that was tried"
	case t.Signature == finding.SignatureNone:
		return "none"
	}
	return "not checked: " + t.Unchecked
}

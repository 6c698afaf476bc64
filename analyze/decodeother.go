// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/token"
)

// decodeOther reads what is neither JupyterHub's nor tornado's. Three segments are
// a JSON Web Token if the first names an algorithm; else they may be Flask's.
func decodeOther(decoded finding.Token, raw string, o DecodeOptions, xsrfErr error) (finding.Token, error) {
	value := valueOf(raw)
	decoded.Length = len(value)
	jws, err := token.ParseJWS(value)
	switch found := token.Find(raw); {
	case len(found) > 1:
		return finding.Token{}, fmt.Errorf("%w, found %d JSON Web Tokens", ErrSeveralTokens, len(found))
	case err == nil && jws.Header.Algorithm != "":
		return decodeJWS(jws, o), nil
	case len(found) == 1:
		return decodeJWS(found[0].JWS, o), nil
	}
	if f, err := token.ParseFlask(value); err == nil {
		return decodeFlask(decoded, f, o), nil
	}
	if err == nil {
		return decodeJWS(jws, o), nil
	}
	d, err := token.ParseDjango(value)
	if err != nil {
		return finding.Token{}, fmt.Errorf("%w (%d characters)", ErrUnknownToken, len(raw))
	}
	decoded.Shape = "django-csrf"
	if d.Masked {
		decoded.Shape = "django-csrf-masked"
	}
	decoded.Secret, decoded.Hidden = hide(d.Secret, o.WithSecrets)
	return decoded, nil
}

// valueOf takes off what people copy along: the attributes of Set-Cookie, the
// names of field and cookie before the value, a scheme, quotes, and what follows
// in a form or in JSON.
func valueOf(raw string) string {
	value, _, _ := strings.Cut(raw, ";")
	for {
		i := strings.IndexAny(value, "=: \t")
		if i < 0 || strings.Trim(value[i:], "=: \t") == "" {
			break
		}
		value = strings.TrimLeft(value[i+1:], " \t")
	}
	value = strings.TrimLeft(strings.TrimSpace(value), `"'`)
	if end := strings.IndexAny(value, `"'&,}`); end >= 0 {
		value = value[:end]
	}
	return value
}

func decodeJWS(jws token.JWS, o DecodeOptions) finding.Token {
	c := jws.Claims
	decoded := finding.Token{
		Schema: finding.TokenSchema, Shape: "jws", Length: len(jws.Compact()), Minted: finding.Time{Time: c.IssuedAt},
		JWT: &finding.JWT{
			Algorithm: jws.Header.Algorithm, KeyID: jws.Header.KeyID, Type: jws.Header.Type,
			Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, Scope: c.Scope,
			Times: claimTimes(c), OtherClaims: c.Other, Segments: jws.Lengths,
		},
	}
	if jws.Has(token.ProblemEncrypted) {
		decoded.Shape = "jwe"
	}
	for _, p := range jws.Problems {
		decoded.Problems = append(decoded.Problems, finding.TokenProblem{Code: string(p.Code), Text: p.Text})
	}
	var idHidden, signatureHidden bool
	decoded.JWT.ID, idHidden = hide(c.ID, o.WithSecrets)
	decoded.JWT.Signature, signatureHidden = hide(base64.RawURLEncoding.EncodeToString(jws.Signature()), o.WithSecrets)
	decoded.Hidden = idHidden || signatureHidden
	checkJWS(&decoded, jws, o.JWTKeys)
	return decoded
}

// checkJWS says which key made a token. That no key did is said only if one of
// those given could have.
func checkJWS(decoded *finding.Token, jws token.JWS, set *keys.Set) {
	decoded.Signature = finding.SignatureUnchecked
	match, ok := set.Verify(jws)
	switch {
	case jws.Has(token.ProblemAlgNone):
		decoded.Signature = finding.SignatureNone
	case ok:
		decoded.Signature, decoded.Key = finding.SignatureGood, tokenKey(match)
	case set.Empty():
		decoded.Unchecked = "no key given"
	case jws.Has(token.ProblemEncrypted):
		decoded.Unchecked = "an encrypted token cannot be checked with these keys"
	case !jws.Wellformed():
		decoded.Unchecked = "the token is not whole"
	case set.Candidates(jws) > 0:
		decoded.Signature = finding.SignatureBad
		for _, named := range set.Named(jws.Header.KeyID) {
			decoded.NotMadeBy = append(decoded.NotMadeBy, *tokenKey(named))
		}
	default:
		decoded.Unchecked = fmt.Sprintf("none of the given keys can check %s", jws.Header.Algorithm)
	}
	if public, ok := set.AlgConfusion(jws); ok {
		decoded.Signature, decoded.AlgConfusion, decoded.Unchecked = finding.SignatureBad, tokenKey(public), ""
	}
}

func tokenKey(m keys.Match) *finding.TokenKey {
	return &finding.TokenKey{Label: m.Label, Variant: string(m.Variant), KeyID: string(m.KeyID)}
}

// claimTimes says what the times of a token mean to each other. It does not hold
// them against the clock of this machine, which was not there.
func claimTimes(c token.Claims) []finding.ClaimTime {
	var times []finding.ClaimTime
	add := func(claim string, t time.Time, meaning string) {
		if !t.IsZero() {
			times = append(times, finding.ClaimTime{Claim: claim, Time: finding.Time{Time: t}, Meaning: meaning})
		}
	}
	add("iat", c.IssuedAt, "")
	add("nbf", c.NotBefore, sinceIssued(c, c.NotBefore))
	expires := []string{sinceIssued(c, c.Expires), tokenUse(c)}
	expires = slices.DeleteFunc(expires, func(s string) bool { return s == "" })
	add("exp", c.Expires, strings.Join(expires, ": "))
	if len(c.Names) > 0 && !c.Has("exp") {
		times = append(times, finding.ClaimTime{Claim: "exp", Meaning: "it has no exp and does not expire by itself"})
	}
	return times
}

func sinceIssued(c token.Claims, t time.Time) string {
	if c.IssuedAt.IsZero() || t.IsZero() {
		return ""
	}
	switch d := t.Sub(c.IssuedAt); {
	case d < 0:
		return span(-d) + " before iat"
	case d > 0:
		return span(d) + " after iat"
	}
	return "same as iat"
}

// span writes a length of time in its largest whole unit, as configurations do.
func span(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}

// tokenUse says what Airflow 3 makes a token for, by the audience that it sets
// unless it is told otherwise; lifetimes tell its tokens for browsers and for its
// command line apart ([api_auth] jwt_expiration_time, jwt_cli_expiration_time).
func tokenUse(c token.Claims) string {
	switch {
	case slices.Contains(c.Audience, "urn:airflow.apache.org:task"):
		return "Airflow execution token"
	case !slices.Contains(c.Audience, "apache-airflow"):
		return ""
	case c.Lifetime() == time.Hour:
		return "Airflow CLI token"
	}
	return "Airflow UI/API token"
}

func decodeFlask(decoded finding.Token, f token.Flask, o DecodeOptions) finding.Token {
	decoded.Shape, decoded.Minted = string(f.Kind), finding.Time{Time: f.Minted}
	decoded.Flask = &finding.FlaskToken{
		Compressed: f.Compressed, UserID: f.UserID, OAuthState: f.OAuthState != "", Names: f.Names, OldEpoch: f.OldEpoch,
	}
	decoded.Secret, decoded.Hidden = hide(f.CSRF+f.SessionID, o.WithSecrets)
	match, ok := o.FlaskSecrets.Secret(f.Verify)
	switch {
	case ok:
		decoded.Signature, decoded.Key = finding.SignatureGood, tokenKey(match)
	case o.FlaskSecrets.Empty():
		decoded.Signature, decoded.Unchecked = finding.SignatureUnchecked, "no secret given"
	case f.Kind == token.FlaskOther:
		decoded.Signature, decoded.Unchecked = finding.SignatureUnchecked, "it is not known what signed it"
	default:
		decoded.Signature = finding.SignatureBad
	}
	return decoded
}

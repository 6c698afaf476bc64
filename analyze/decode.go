// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/token"
)

// DecodeOptions are what helps to understand a token that comes alone.
type DecodeOptions struct {
	Options

	// UserAgent is what the request sent; HasUserAgent false means that it is
	// not known, and then no address can be searched.
	UserAgent    string
	HasUserAgent bool
	HubVersion   string // "" tries the rules of all versions
	WithSecrets  bool   // show halves of an identity that are credentials

	// JWTKeys and FlaskSecrets are what JSON Web Tokens and Flask's values may be
	// signed with. Nil means that no key is given.
	JWTKeys, FlaskSecrets *keys.Set
}

// ErrUnknownToken says that a text is none of the tokens that can be decoded.
var ErrUnknownToken = errors.New("not a token that can be decoded")

// ErrSeveralTokens says that a text holds more than one token.
var ErrSeveralTokens = errors.New("expected one token")

// Decode reads one token. When ctx ends during the search for an address, the
// rest is returned together with the context's error.
func Decode(ctx context.Context, raw string, o DecodeOptions) (finding.Token, error) {
	raw = strings.TrimSpace(raw)
	decoded := finding.Token{Schema: finding.TokenSchema, Length: len(raw), Signature: finding.SignatureNone}
	x, err := token.DecodeXSRF(raw)
	if err != nil {
		return decodeSigned(decoded, raw, o, err)
	}
	decoded.Shape, decoded.Minted = string(x.Shape), finding.Time{Time: x.Minted}
	if !x.IsSigned() {
		decoded.Secret, decoded.Hidden = hide(hex.EncodeToString(x.Secret), o.WithSecrets)
		return decoded, nil
	}
	decoded.Name = x.Signed.Name
	decoded.Identity, decoded.Hidden = identity(x, o.WithSecrets)
	decoded.Signature = signature(o.CookieSecret, x.Signed.Verify)
	return searchAddress(ctx, decoded, x, o)
}

// decodeSigned reads a signed value that is not an _xsrf token.
func decodeSigned(decoded finding.Token, raw string, o DecodeOptions, xsrfErr error) (finding.Token, error) {
	signed, err := token.ParseSigned(raw)
	if err != nil {
		return decodeOther(decoded, raw, o, xsrfErr)
	}
	decoded.Shape = fmt.Sprintf("tornado-signed-v%d", signed.Version)
	decoded.Minted, decoded.Name = finding.Time{Time: signed.Minted}, signed.Name
	decoded.Secret, decoded.Hidden = hide(string(signed.Value), o.WithSecrets)
	decoded.Signature = finding.SignatureUnchecked
	if signed.Version == 2 {
		decoded.Signature = signature(o.CookieSecret, signed.Verify)
	}
	return decoded, nil
}

func signature(secret []byte, verify func([]byte) bool) finding.Signature {
	switch {
	case secret == nil:
		return finding.SignatureUnchecked
	case verify(secret):
		return finding.SignatureGood
	}
	return finding.SignatureBad
}

// identity shows the halves of an identity; hashes and "None" are no secrets,
// session and cookie ids are.
func identity(x token.XSRF, withSecrets bool) (text string, hidden bool) {
	left, right := x.Left, x.Right
	if left != "" && left != "None" && x.Shape != token.ShapeHubUserNoSession {
		left, hidden = hide(left, withSecrets)
	}
	if !x.HasDigest {
		var rightHidden bool
		right, rightHidden = hide(right, withSecrets)
		hidden = hidden || rightHidden
	}
	return left + ":" + right, hidden
}

// hide keeps enough of a secret to tell two apart by eye.
func hide(secret string, show bool) (text string, hidden bool) {
	if show || secret == "" {
		return secret, false
	}
	keep := min(4, len(secret)/8)
	return fmt.Sprintf("%.*s… (%d characters)", keep, secret, len(secret)), true
}

func searchAddress(ctx context.Context, decoded finding.Token, x token.XSRF, o DecodeOptions) (finding.Token, error) {
	if !x.HasDigest || !o.HasUserAgent || o.Recover == iprecovery.Off {
		return decoded, nil
	}
	targets := []iprecovery.Target{{
		Digest: x.Digest, UserAgents: []string{o.UserAgent}, Variants: token.VariantsFor(o.HubVersion), Scope: o.Recover,
	}}
	if o.Announce != nil {
		o.Announce(iprecovery.Cost(targets))
	}
	candidates := append(o.ClientAddresses, o.Names.Addresses()...)
	results, err := iprecovery.Recover(ctx, targets, candidates, o.Progress)
	decoded.Searched = true
	decoded.Address = believed(results[0]).AppSaw.Recovered
	return decoded, err
}

// SPDX-License-Identifier: Apache-2.0

package text

import (
	"cmp"
	"fmt"
	"io"

	"github.com/logintrace/logintrace/analyze/finding"
)

// shapeWords say what a token's shape means.
var shapeWords = map[string]string{
	"jupyterhub-anonymous":         "JupyterHub 4.1 or later, before login",
	"jupyterhub-anonymous-session": "JupyterHub 4.1 or later, before login, with a session cookie",
	"jupyterhub-user":              "JupyterHub 4.1 or later, logged in",
	"jupyterhub-user-no-session":   "JupyterHub 4.1 to 5.4, logged in, session cookie missing",
	"jupyterhub-service-anonymous": "single-user server or service, before login",
	"jupyterhub-service-user":      "single-user server or service, logged in",
	"jupyterhub-other":             "signed as _xsrf, with an identity of another form",
	"tornado-v1":                   "tornado's own XSRF token, version 1: knows no client",
	"tornado-v2":                   "tornado's own XSRF token, version 2: knows no client",
	"tornado-signed-v1":            "a signed cookie of tornado, version 1",
	"tornado-signed-v2":            "a signed cookie of tornado, version 2",
}

// signatureWords never call a token valid: a good signature says who made it.
var signatureWords = map[finding.Signature]string{
	finding.SignatureNone:      "none: this shape has no signature",
	finding.SignatureUnchecked: "not checked: no cookie secret given",
	finding.SignatureGood:      "made with the given cookie secret",
	finding.SignatureBad:       "NOT made with the given cookie secret",
}

// WriteToken renders a decoded token.
func WriteToken(w io.Writer, t finding.Token, o Options) error {
	p := &page{width: cmp.Or(o.Width, defaultWidth)}
	p.section("Shape", fmt.Sprintf("%s (%s), %d characters", t.Shape, shapeWords[t.Shape], t.Length))
	if t.Name != "" {
		p.section("Name", t.Name)
	}
	p.section("Minted", clock(t.Minted))
	if t.Identity != "" {
		p.section("Identity", t.Identity)
	}
	if t.Secret != "" {
		p.section("Value", t.Secret)
	}
	p.section("Signature", signatureWords[t.Signature])
	p.section("Address", addressWords(t))
	if t.Hidden {
		p.section("Hidden", "credentials are shortened; --with-secrets shows them")
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

func addressWords(t finding.Token) string {
	switch {
	case t.Address.Value != "":
		return fmt.Sprintf("%s, found in: %s (hash variant %s)", t.Address.Value, t.Address.Scope, t.Address.Variant)
	case t.Searched:
		return fmt.Sprintf("not found (tried: %s); this proves nothing", cmp.Or(t.Address.Scope, "not all, the search was stopped"))
	case t.Shape == "jupyterhub-anonymous" || t.Shape == "jupyterhub-anonymous-session" || t.Shape == "jupyterhub-service-anonymous":
		return "hashed with the User-Agent: give --user-agent to search it"
	}
	return "none in a token of this shape"
}

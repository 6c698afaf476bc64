// SPDX-License-Identifier: Apache-2.0

package xsrf_test

import (
	"encoding/base64"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/token"
)

const cookieID = "fedcba9876543210fedcba9876543210"

// withoutSession is whom a Hub up to 5.4 takes a logged-in user for who sends no
// session cookie.
func withoutSession(address string) string {
	digest := token.VariantA.Digest(address, userAgent)
	return base64.URLEncoding.EncodeToString(digest[:]) + ":" + cookieID
}

// The form to start a server is guarded like the login form, by an identity whose first
// half may be a session, or the address in its place. The two are told apart.
func TestSpawnForm(t *testing.T) {
	inSession := session + ":" + cookieID
	for name, c := range map[string]struct {
		path, form, answer string
		want               finding.Code
	}{
		"the session cookie went":            {"/hub/spawn", inSession, withoutSession(client), finding.XSRFSessionChanged},
		"another session":                    {"/hub/spawn", inSession, "ffff456789abcdef0123456789abcdef:" + cookieID, finding.XSRFSessionChanged},
		"never one, and the ingress changed": {"/jupyter/hub/spawn", withoutSession(ingressA), withoutSession(ingressB), finding.XSRFProxyIPChanged},
		"never one, and the same address":    {"/hub/spawn", withoutSession(ingressA), withoutSession(ingressA), ""},
		"a login form of somebody who is in": {"/hub/login", withoutSession(ingressA), withoutSession(ingressB), ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := healthyUntilRefused()
			a.path, a.form, a.set = c.path, signed(c.form, opened), signed(c.answer, opened)
			a.cookies = []string{a.form}
			d := a.decide(t)
			var got finding.Code
			if d.Finding != nil {
				got = d.Finding.Code
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d.Finding != nil && d.Finding.Code == finding.LoginRefused {
				t.Error("there was no password to refuse")
			}
		})
	}
}

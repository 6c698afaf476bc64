// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

// excludedWords name what was ruled out, in few words. What ruled it out stands on a
// wide page.
var excludedWords = map[finding.Code]string{
	finding.XSRFProxyIPChanged:    "a proxy's address",
	finding.XSRFClientIPChanged:   "client address",
	finding.XSRFForwardingMixed:   "different ways in",
	finding.XSRFIPSpelling:        "spelling of the address",
	finding.XSRFForwardingInvalid: "unusable fields",
	finding.XSRFUserAgentChanged:  "User-Agent",
	finding.XSRFSessionChanged:    "session cookie",
	finding.XSRFAlreadyLoggedIn:   "earlier login",
	finding.XSRFFormExpired:       "form age",
	finding.XSRFPageCached:        "cached page",
	finding.XSRFCookieDuplicate:   "second cookie",
	finding.XSRFCookieForeign:     "foreign cookie",
	finding.XSRFCookieNotSent:     "cookie not sent",
	finding.XSRFFieldMissing:      "token not in the form",
	finding.XSRFSecretChanged:     "cookie secret",
	finding.XSRFSigningRace:       "signing race",
	finding.XSRFFormStale:         "stale form",
	finding.LoginRefused:          "name or password",
	finding.LoginNotAllowed:       "who may come in",
	finding.HeaderTooLarge:        "header too large",
	finding.RateLimited:           "rate limit",
	finding.AppUnavailable:        "application out of reach",
	finding.RefusedByProxy:        "refusal by a rule",
	finding.OAuthStateMismatch:    "state",
	finding.OAuthRedirectMismatch: "redirect_uri",
	finding.IdPError:              "error of the provider",
	finding.APITokenRefused:       "API token",
}

func (p *page) rejected(list []finding.Rejected) {
	if len(list) == 0 {
		return
	}
	if p.wide {
		label := "Excluded"
		for _, r := range list {
			p.section(label, fmt.Sprintf("%s: %s", r.Code, r.Why))
			label = ""
		}
		return
	}
	parts := make([]string, len(list))
	for i, r := range list {
		parts[i] = briefly(r)
	}
	p.section("Excluded", strings.Join(unique(parts), ", "))
}

// briefly is what was ruled out; of a form it also says how old it was.
func briefly(r finding.Rejected) string {
	words, known := excludedWords[r.Code]
	if !known {
		return r.Why
	}
	const before, after = "the form was ", " old"
	if age, ok := strings.CutPrefix(r.Why, before); ok && r.Code == finding.XSRFFormExpired && strings.HasSuffix(age, after) {
		words += " (" + strings.TrimSuffix(age, after) + ")"
	}
	return words
}

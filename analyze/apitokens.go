// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"

	"github.com/logintrace/logintrace/analyze/apitokens"
	"github.com/logintrace/logintrace/analyze/causes/hub"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// apiTokens watch for API tokens that a Hub does not know.
type apiTokens struct {
	refusals apitokens.Collector
	names    pseudonyms
}

func (t *apiTokens) add(x *exchange.Exchange) { t.refusals.Add(x) }

// findings are one for each sender whose token was refused, whoever logs in. Where a
// login failed for it, the cause of that login says the rest.
func (t *apiTokens) findings(logins []finding.Login) (list []finding.Finding) {
	for _, r := range t.refusals.Refusals {
		said := slices.ContainsFunc(logins, func(l finding.Login) bool {
			f := l.CauseFinding()
			return f != nil && f.Code == finding.APITokenRefused && (f.Origin.Address == r.Sender || f.Origin.Address == "")
		})
		if said {
			continue
		}
		name := ""
		if r.Secret != "" {
			name = t.names.of(r.Secret)
		}
		list = append(list, *hub.APITokenRefused(r, name))
	}
	return list
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// A fix that a check picks by its title must be in the text on the cause.
func TestPickedFixesExist(t *testing.T) {
	picked := map[finding.Code][]string{
		finding.OAuthStateMismatch:    {fixBeginAgain, fixHandCookiesOn, fixOneHost, fixChartSecret, fixSecretFile, fixLeaveCookie},
		finding.OAuthRedirectMismatch: {fixNameCallback, fixTellScheme, fixHandHostOn, fixRegister},
		finding.IdPError:              {fixGoOn, fixLetUserUse, fixPresentSecret},
		finding.APITokenRefused:       {fixNewToken, fixSameToken},
		finding.LoginNotAllowed:       {fixNameUsers, fixAllowKnown, fixAllowAll, fixAllowGroups, fixAllowExisting, fixAddUser, fixUnblock, fixGiveAccess},
		finding.AppUnavailable:        {fixServerUp, fixRightAddress, fixStartHub, fixNginxWaits, fixIngressWaits, fixHAProxyWaits, fixReachHub, cureHubAddress},
		finding.RefusedByProxy:        {fixAllowList, fixGateway, fixIngressAllowList, fixIngressGateway, fixDenyRule, fixMiddleware},
		finding.HostNotForwarded:      {fixNginxHost, fixProxyHost, fixTellName},
		finding.UpgradeNotForwarded:   {fixNginxUpgrade, fixProxyUpgrade},
		finding.ProxyAPITokenMismatch: {fixOneToken, fixRestartBoth, fixLeftBehind},
		finding.SchemeMismatch:        {fixTellNginx, fixRelative, fixIngressBelieves, fixIngressRelative, fixTellBehindHAProxy, fixTraefikBelieves},
	}
	for code, titles := range picked {
		text, ok := Lookup(code)
		if !ok {
			t.Fatalf("no text on %s", code)
		}
		have := map[string]bool{}
		for _, fix := range text.Fixes {
			have[fix.Title] = true
		}
		for _, title := range titles {
			if !have[title] {
				t.Errorf("%s has no fix %q", code, title)
			}
		}
		if len(have) != len(titles) {
			t.Errorf("%s: %d fixes, %d are picked", code, len(have), len(titles))
		}
	}
}

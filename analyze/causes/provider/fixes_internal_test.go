// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
)

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.AllInTexts(t, map[finding.Code][]string{
		finding.OAuthStateMismatch:    {fixBeginAgain, fixHandCookiesOn, fixOneHost, fixChartSecret, fixSecretFile, causes.FixLeaveCookie},
		finding.OAuthRedirectMismatch: {fixNameCallback, fixTellScheme, fixHandHostOn, fixRegister},
		finding.IdPError:              {fixGoOn, fixLetUserUse, fixPresentSecret},
		finding.LoginNotAllowed:       {causes.FixNameUsers, fixAllowKnown, causes.FixAllowAll, fixAllowGroups, fixAllowExisting, causes.FixAddUser, causes.FixUnblock, causes.FixGiveAccess, fixNamePattern},
	})
}

// SPDX-License-Identifier: Apache-2.0

package jupyterlab

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
)

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.AllInTexts(t, map[finding.Code][]string{
		finding.HostNotForwarded:    {fixNginxHost, fixProxyHost, fixTellName},
		finding.UpgradeNotForwarded: {fixNginxUpgrade, fixProxyUpgrade},
	})
}

// SPDX-License-Identifier: Apache-2.0

package csrf

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
)

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.InTexts(t, map[finding.Code][]string{
		finding.CSRFSessionLost:    {fixSameFormKey, fixChartFormKey, fixHandSessionOn, fixOpenPageAgain, fixPlainSession, causes.FixAirflowHTTPS},
		finding.CSRFOriginMismatch: {fixDjangoBelieves, fixTrustedOrigin},
	})
}

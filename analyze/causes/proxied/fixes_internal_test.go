// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
)

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.AllInTexts(t, map[finding.Code][]string{
		finding.AppUnavailable: {fixServerUp, fixRightAddress, fixStartHub, fixNginxWaits, fixIngressWaits, fixHAProxyWaits, fixFindWait, causes.FixReachHub, fixHubAddress},
		finding.RefusedByProxy: {fixAllowList, fixGateway, fixIngressAllowList, fixIngressGateway, fixDenyRule, fixMiddleware, fixRefusingRule},
	})
}

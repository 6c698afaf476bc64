// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/causestest"
	"github.com/logintrace/logintrace/analyze/finding"
)

func TestFixesAreInTheTexts(t *testing.T) {
	causestest.AllInTexts(t, map[finding.Code][]string{
		finding.APITokenRefused:       {causes.FixNewToken, causes.FixSameToken},
		finding.ProxyAPITokenMismatch: {fixOneToken, fixRestartBoth, fixLeftBehind},
		finding.SpawnRefused:          {fixSpawner, fixWhoSays, fixServerLimit},
		finding.SchemeMismatch:        {fixTellNginx, fixRelative, fixIngressBelieves, fixIngressRelative, fixTellBehindHAProxy, fixTraefikBelieves},
	})
}

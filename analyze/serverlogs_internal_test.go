// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// That Airflow did not start explains why it was not reached, and not why another was not.
func TestMissingSecretExplainsItsServerOnly(t *testing.T) {
	logs := serverLogs{
		{addresses: []string{"10.244.1.31"}, missing: &exchange.Statement{}},
		{addresses: []string{"10.244.1.32"}, generated: &exchange.Statement{}},
	}
	for address, stays := range map[string]bool{"": false, "10.244.1.31": false, "10.244.1.32": true, "10.244.1.20": true} {
		list := logs.explain([]finding.Finding{{Code: finding.AppUnavailable, Origin: finding.Origin{Address: address}}})
		if (len(list) == 1) != stays {
			t.Errorf("at %q: stays %v", address, len(list) == 1)
		}
	}
	list := logs[1:].explain([]finding.Finding{{Code: finding.AppUnavailable}})
	if len(list) != 1 {
		t.Error("explained by a server that did start")
	}
}

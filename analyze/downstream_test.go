// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// What the Hub computes from its fields depends on trusted_downstream_ips, which no
// capture shows. With the right ones it is what the token says.
func TestTrustedDownstream(t *testing.T) {
	truth := loadTruth(t, "nginx-two-forwarded-for-trusted-4.1.6")
	data, err := os.ReadFile(filepath.Join(truth.Dir, "hub.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		trusted  []string
		computed string
	}{
		{nil, hostAddress(truth, "ingress-b")}, // the last entry of X-Forwarded-For
		{[]string{hostAddress(truth, "ingress-a"), hostAddress(truth, "ingress-b")}, truth.Logins[0].Submit.ClientIP.AppSaw},
	} {
		options := quick(t, truth)
		options.TrustedDownstream = c.trusted
		options.ClientAddresses = []string{truth.Logins[0].Submit.ClientIP.True}
		report := diagnose(t, []file{{"hub.pcap", data}}, options)
		saw := step(t, report, finding.RoleSubmit).ClientIP.AppSaw
		if saw.Computed.Value != c.computed || saw.Recovered.Value != truth.Logins[0].Submit.ClientIP.AppSaw {
			t.Errorf("trusting %q: computed %q, recovered %q; want %q computed", c.trusted, saw.Computed.Value, saw.Recovered.Value, c.computed)
		}
	}
}

func step(t *testing.T, report *finding.Report, role finding.Role) finding.Step {
	t.Helper()
	for _, s := range report.Logins[0].Steps {
		if s.Role == role {
			return s
		}
	}
	t.Fatalf("no step %s", role)
	return finding.Step{}
}

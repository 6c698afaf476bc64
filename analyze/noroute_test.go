// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// That configurable-http-proxy has no route tells of no server that is down: its log
// alone leaves that open, and the page that it asks the Hub for names the base_url.
func TestNoRouteIsNoServerDown(t *testing.T) {
	for _, scenario := range []string{"base-url-stripped-4.1.6", "base-url-stripped-5.5.4"} {
		report := onePart(t, scenario, "chp.log")
		if len(report.Findings) != 0 || report.Verdict != finding.Inconclusive || !strings.Contains(report.Summary, "configurable-http-proxy has no route for GET / (404)") {
			t.Errorf("%s: %s %+v", scenario, report.Summary, report.Findings)
		}
		for _, file := range []string{"hub.log", "hub.pcap", "chp.pcap"} {
			report := onePart(t, scenario, file)
			if len(report.Findings) != 1 || report.Findings[0].Code != finding.BaseURLMismatch || report.Findings[0].Confidence != finding.Possible {
				t.Errorf("%s %s: %s %+v", scenario, file, report.Summary, report.Findings)
			}
			if strings.Contains(report.Summary, "by whom") {
				t.Errorf("%s %s: the headline contradicts the finding: %s", scenario, file, report.Summary)
			}
		}
		// The log of the ingress has the path in full, and names the proxy that asked the Hub.
		found := onePart(t, scenario, allLogs).Findings
		if len(found) != 1 || found[0].Confidence != finding.Likely || found[0].Origin.Kind != finding.OriginIngress || len(found[0].Missing) > 0 {
			t.Fatalf("%s: %+v", scenario, found)
		}
		for _, fix := range found[0].Fixes {
			if !strings.HasSuffix(fix.For, "nginx") {
				t.Errorf("%s: a recipe for %s, and the log is nginx'", scenario, fix.For)
			}
		}
	}
	// The near twins: a Hub that cannot be reached for that page, and one whose base_url agrees.
	if found := accused(onePart(t, "hub-never-up-5.5.4", "chp.log")); len(found) != 1 || found[0].Code != finding.AppUnavailable {
		t.Errorf("%+v", found)
	}
	for _, file := range []string{"hub.log", "chp.pcap", allLogs, everything} {
		if found := concluded(onePart(t, "base-url-agrees-5.5.4", file)); len(found) > 0 {
			t.Errorf("%s: %+v", file, found)
		}
	}
}

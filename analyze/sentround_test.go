// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/fixtures"
)

// Who is sent round is one visitor, where it is seen that it is one; and a task is no login.
func TestWhoFailed(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"airflow-browser-two-secrets-3.0.0/client.pcap":           "1 visitor, sent to the login 6 times: ",
		"airflow-browser-two-secrets-3.0.0/client.playwright.har": "1 visitor, sent to the login ",
		"airflow-browser-cookie-secure-over-http-3.0.0/apiA.pcap": "4 of 5 logins: ", // behind the ingress
		"airflow-two-secrets-3.0.0/client.pcap":                   "1 of 1 logins: ",
		"airflow-scheduler-other-secret-3.0.0/apiA.pcap":          "1 of 1 tasks: ",
		"airflow-scheduler-shared-secret-3.0.0/apiA.pcap":         "1 login and 1 task succeeded",
	} {
		dir, name := filepath.Split(file)
		truth := fixtures.Truth{Dir: filepath.Join(committedFixtures, "airflow", dir)}
		if got := diagnosePart(t, truth, part{name, []string{name}, "", ""}).Summary; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// Logins by an identity provider: a HAR alone, a capture alone, a log alone, and all of
// a recording.
func TestGoldenRoundTrips(t *testing.T) {
	for _, test := range []struct{ name, scenario, files, formats string }{
		{"oauth-not-allowed-har", "oauth-not-allowed-reloaded-5.2.1", "client.playwright.har", "text wide json"},
		{"oauth-not-allowed-log", "oauth-not-allowed-5.2.1", "hub.log", "text"},
		{"oauth-cookie-dropped-ingress", "oauth-state-cookie-dropped-5.2.1", "ingress.pcap", "text"},
		{"oauth-two-tabs-everything", "oauth-state-two-tabs-4.1.6", "client.playwright.har client.pcap ingress.pcap hub.pcap hub.log", "text json"},
		{"oauth-forwarded-proto-everything", "oauth-tls-forwarded-proto-5.2.1", "client.playwright.har ingress.pcap chp.pcap hub.pcap hub.log", "text"},
		{"oauth-client-secret-har", "oauth-client-secret-wrong-5.2.1", "client.devtools.har", "text"},
		{"oauth-allowed-hub", "oauth-allowed-5.2.1", "hub.pcap", "text"},
	} {
		var files []string
		for file := range strings.FieldsSeq(test.files) {
			files = append(files, filepath.Join("../../fixtures/oauth", test.scenario, file))
		}
		for format := range strings.FieldsSeq(test.formats) {
			t.Run(test.name+"."+format, func(t *testing.T) {
				got := runReport(t, append([]string{"analyze", "-o", format}, files...)...)
				if format == "json" {
					holdToSchema(t, got)
				}
				compareGolden(t, filepath.Join("testdata/golden", test.name+"."+format), got)
			})
		}
	}
}

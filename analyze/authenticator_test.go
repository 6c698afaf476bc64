// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

// A Hub's log that is whole tells a refused password from a user whom no list lets in;
// the lines of failures alone do not, for the one that matters may not be among them.
func TestAuthenticatorRefused(t *testing.T) {
	failures := func(line []byte) bool {
		return !bytes.Contains(line, []byte("Failed login")) && !bytes.Contains(line, []byte(" 403 "))
	}
	others := func(line []byte) bool { return bytes.Contains(line, []byte("Setting new xsrf cookie")) }
	for name, test := range map[string]struct {
		scenario string
		without  func([]byte) bool
		want     bool
	}{
		"a wrong password":                  {"user-allowed-wrong-password-5.5.4", nil, true},
		"and lines that say nothing of it":  {"user-allowed-wrong-password-5.5.4", others, true},
		"only the lines of failures":        {"user-allowed-wrong-password-5.5.4", failures, false},
		"a user who is not on the list":     {"user-not-allowed-5.5.4", nil, false},
		"only the lines of failures of him": {"user-not-allowed-5.5.4", failures, false},
	} {
		t.Run(name, func(t *testing.T) {
			truths := allTruths(t)
			truth := truths[slices.IndexFunc(truths, func(one fixtures.Truth) bool { return one.Scenario == test.scenario })]
			files := filesFor(t, truth, "pcap", "log")
			for i := range files {
				if files[i].name == "hub.log" && test.without != nil {
					lines := slices.DeleteFunc(bytes.SplitAfter(files[i].data, []byte("\n")), test.without)
					files[i].data = bytes.Join(lines, nil)
				}
			}
			said := slices.ContainsFunc(concluded(diagnose(t, files, quick(t, truth))), func(f finding.Finding) bool {
				return f.Code == finding.LoginRefused && strings.Contains(f.Summary, "authenticator") && len(f.Fixes) == 1
			})
			if said != test.want {
				t.Errorf("the authenticator is named: %v, want %v", said, test.want)
			}
		})
	}
}

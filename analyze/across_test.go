// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// visit is one login of a busy site: by which ingress page and submit came in, and
// what became of it.
type visit struct {
	form, submit string // ingress; "" was not captured
	agent        string
	cause        finding.Code // "" for a login that passed
}

func (v visit) login(n int) finding.Login {
	hop := func(ingress string) []finding.Hop {
		if ingress == "" {
			return nil
		}
		return []finding.Hop{{To: ingress + ":80", FromRole: finding.HopClient, ToRole: finding.HopIngress, Connection: "connection-1"}}
	}
	l := finding.Login{
		ID: fmt.Sprintf("login-%d", n), Client: fmt.Sprintf("198.51.100.%d", n), Outcome: finding.Succeeded,
		Steps: []finding.Step{
			{Role: finding.RoleForm, UserAgent: v.agent, Hops: hop(v.form)},
			{Role: finding.RoleSubmit, UserAgent: v.agent, Hops: hop(v.submit)},
		},
	}
	if v.cause != "" {
		cause := "finding-x"
		l.Outcome, l.Cause = finding.Failed, &cause
		l.Findings = []finding.Finding{{ID: cause, Code: v.cause, Severity: finding.Error}}
	}
	return l
}

// What all failing logins share and no passing one has is said in one finding; and
// nothing is said where one login speaks against it, or where it was not captured.
func TestAcrossLogins(t *testing.T) {
	const moved = finding.XSRFProxyIPChanged
	a, b := "10.244.3.17", "10.244.5.42"
	for name, c := range map[string]struct {
		visits []visit
		want   string // of the summary; "" for no finding
	}{
		"exactly those from A to B": {
			[]visit{{a, b, "", moved}, {a, b, "", moved}, {a, a, "", ""}, {b, b, "", ""}, {b, a, "", ""}},
			"2 of 5 logins fail with xsrf-proxy-ip-changed: exactly those whose page came through 10.244.3.17 and whose submit through 10.244.5.42",
		},
		"by any way, but all through B in the end": {
			[]visit{{a, b, "", moved}, {b, b, "", moved}, {a, a, "", ""}, {b, a, "", ""}},
			"exactly those whose submit came through 10.244.5.42",
		},
		"a passing login went the same way": {[]visit{{a, b, "", moved}, {a, b, "", moved}, {a, b, "", ""}}, ""},
		"the way of a passing login was not captured": {
			[]visit{{a, b, "", moved}, {a, b, "", moved}, {"", "", "", ""}}, "",
		},
		"another browser": {
			[]visit{{a, a, "Firefox", moved}, {a, a, "Firefox", moved}, {a, a, "Safari", ""}},
			"exactly those with the User-Agent Firefox",
		},
		"one that failed is no pattern":     {[]visit{{a, b, "", moved}, {a, a, "", ""}}, ""},
		"none that passed: nothing to tell": {[]visit{{a, b, "", moved}, {a, b, "", moved}}, ""},
		"two causes, each with its own pattern": {
			[]visit{{a, b, "", moved}, {a, b, "", moved}, {b, a, "", finding.XSRFFormExpired}, {b, a, "", finding.XSRFFormExpired}, {a, a, "", ""}},
			"2 of 5 logins fail with xsrf-form-expired: exactly those whose page came through 10.244.5.42 and whose submit through 10.244.3.17",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var logins []finding.Login
			for i, v := range c.visits {
				logins = append(logins, v.login(i+1))
			}
			var said []string
			for _, f := range across(logins) {
				said = append(said, f.Summary)
			}
			if all := strings.Join(said, "\n"); c.want == "" && all != "" || !strings.Contains(all, c.want) {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}

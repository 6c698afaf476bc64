// SPDX-License-Identifier: Apache-2.0

package jwt

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
)

// SecretsSeen are processes of Airflow that say in their logs that they found no
// jwt_secret.
type SecretsSeen struct {
	Code      finding.Code // JWTSecretGenerated or JWTSecretMissing
	Addresses []string     // of the processes, as far as known
	Evidence  []finding.Evidence
	Processes int
}

// Secrets is the finding on them, which belongs to no login.
func Secrets(s SecretsSeen) finding.Finding {
	text, _ := causes.Lookup(s.Code)
	who, made := "Airflow", "a key of its own"
	if s.Processes > 1 {
		who, made = fmt.Sprintf("%d Airflow processes", s.Processes), "a key each"
	}
	summary := fmt.Sprintf("api_auth/jwt_secret was empty, and %s made %s", who, made)
	if s.Code == finding.JWTSecretMissing {
		summary = fmt.Sprintf("%s did not start: api_auth/jwt_secret was empty", who)
	}
	return finding.Finding{
		Code: s.Code, Severity: text.Severity, Confidence: finding.Proven,
		Origin:  finding.Origin{Kind: finding.OriginApplication, Party: "airflow", Address: strings.Join(s.Addresses, ", ")},
		Summary: summary, Explanation: causes.Explanation("", text), Evidence: s.Evidence, Rejected: []finding.Rejected{},
		Missing: []finding.Missing{}, Fixes: text.Fixes, NotCures: text.NoHelp,
	}
}

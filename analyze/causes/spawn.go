// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"cmp"
	"fmt"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/spawns"
)

// SpawnRefused is the finding on a server that the Hub did not start for somebody who
// had logged in. The login passed, and so the verdict on it stays.
func SpawnRefused(r *spawns.Refusal) *finding.Finding {
	m := match{
		confidence: finding.Proven, origin: finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		summary: fmt.Sprintf("the user's server was not started: %q", clip(cmp.Or(r.Reason, r.Words))),
		fixes:   []string{fixSpawner},
	}
	m.evidence = append(m.evidence, finding.Evidence{
		Ref: finding.NewRef(r.Ref), Field: "answer", Value: fmt.Sprintf("%d %s", r.Status, clip(r.Words)), Note: r.Method + " " + clip(r.Path),
	})
	switch {
	case r.Limit:
		m.fixes = []string{fixServerLimit}
	case r.Logged.Ref.Capture != nil:
		m.evidence = append(m.evidence, logEvidence(r.Logged))
	default:
		m.missing = []finding.Missing{missing("why the server did not start", "the Hub's log at that time: the line with starting, and the traceback behind it")}
	}
	return newFinding(finding.SpawnRefused, m, nil)
}

const (
	fixSpawner     = "read why in the Hub's log"
	fixServerLimit = "let the Hub have more servers"
)

// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"fmt"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/spawns"
)

// SpawnRefused is the finding on a server that the Hub did not start for somebody who
// had logged in. The login passed, and so the verdict on it stays.
func SpawnRefused(r *spawns.Refusal) *finding.Finding {
	m := causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"},
		Summary: fmt.Sprintf("the user's server was not started: %q", causes.Clip(cmp.Or(r.Reason, r.Words))),
		Fixes:   []string{fixSpawner},
	}
	m.Evidence = append(m.Evidence, finding.Evidence{
		Ref: finding.NewRef(r.Ref), Field: "answer", Value: fmt.Sprintf("%d %s", r.Status, causes.Clip(r.Words)), Note: r.Method + " " + causes.Clip(r.Path),
	})
	switch {
	case r.Limit:
		m.Fixes = []string{fixServerLimit}
	case r.Logged.Ref.Capture != nil:
		m.Evidence = append(m.Evidence, causes.PointAtLine(r.Logged))
		if r.Said() {
			m.Fixes = []string{fixWhoSays}
		}
	default:
		m.Missing = []finding.Missing{causes.Missing("why the server did not start", "the Hub's log at that time: the line with starting, and the traceback behind it")}
	}
	f := causes.NewFinding(finding.SpawnRefused, m, nil)
	for i := range f.Fixes {
		f.Fixes[i].When = "" // it is met
	}
	return f
}

const (
	fixSpawner     = "read why in the Hub's log"
	fixWhoSays     = "find who gives this reason"
	fixServerLimit = "let the Hub have more servers"
)

// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
)

// MismatchSeen is a server and a proxy of which one speaks the PROXY protocol.
type MismatchSeen struct {
	Kind           finding.OriginKind
	Address, Party string // of the one that does not
	Confidence     finding.Confidence
	Summary        string
	Evidence       []finding.Evidence
	Missing        []finding.Missing
}

// Mismatch is the finding on it, which belongs to no login: none gets that far.
func Mismatch(m MismatchSeen) finding.Finding {
	text, _ := causes.Lookup(finding.ProxyProtocolMismatch)
	if m.Missing == nil {
		m.Missing = []finding.Missing{}
	}
	return finding.Finding{
		Code: finding.ProxyProtocolMismatch, Severity: text.Severity, Confidence: m.Confidence,
		Origin:  finding.Origin{Kind: m.Kind, Party: m.Party, Address: m.Address},
		Summary: m.Summary, Explanation: causes.Explanation("", text), Evidence: m.Evidence, Rejected: []finding.Rejected{},
		Missing: m.Missing, Fixes: text.Fixes, NotCures: text.NoHelp,
	}
}

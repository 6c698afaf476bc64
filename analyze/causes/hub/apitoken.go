// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/apitokens"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
)

// APITokenRefused is the finding on requests to the Hub's API whose token the Hub does
// not know. Nobody's login fails by that, so it is a warning; name stands in for the
// token, and is "" where a log alone tells of the requests.
func APITokenRefused(r *apitokens.Refusal, name string) *finding.Finding {
	m := causes.Match{Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown}, Fixes: []string{causes.FixSameToken}}
	who := "somebody"
	switch {
	case r.Activity():
		who, m.Fixes = "a user's server", []string{causes.FixNewToken}
	case r.Direct && iprecovery.IsInternal(r.Sender):
		who = "a service or a user's server"
	}
	if r.Direct && (r.Activity() || iprecovery.IsInternal(r.Sender)) {
		m.Origin = finding.Origin{Kind: finding.OriginApplication, Address: r.Sender}
	}
	if r.Sender != "" {
		who += " at " + r.Sender
	}
	m.Summary = fmt.Sprintf("the Hub does not know the API token of %s", who)
	evidence := finding.Evidence{Ref: finding.NewRef(r.Ref), Field: "answer", Value: "403 Missing or invalid credentials", Note: r.Method + " " + causes.Clip(r.Path)}
	if r.Times > 1 {
		evidence.Note += fmt.Sprintf("; %d times", r.Times)
	}
	if name != "" {
		m.Evidence = append(m.Evidence, finding.Evidence{Ref: evidence.Ref, Field: "Authorization", Value: name, Note: "the token that it shows"})
	} else {
		m.Confidence = finding.Possible
		if r.Activity() {
			m.Confidence = finding.Likely
		}
		m.Detail = "The log does not say whether a token came with the request: without any the Hub says the same."
		m.Missing = []finding.Missing{causes.Missing("whether the request has a token", "what "+cmp.Or(r.Sender, "the sender")+" has for JUPYTERHUB_API_TOKEN, or a capture at the Hub: tcpdump -i any -s 0 -w hub.pcap tcp port 8081")}
	}
	m.Evidence = append(m.Evidence, evidence)
	f := causes.NewFinding(finding.APITokenRefused, m, nil)
	f.Severity = finding.Warning
	f.Summary = strings.TrimSpace(f.Summary)
	return f
}

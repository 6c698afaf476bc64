// SPDX-License-Identifier: Apache-2.0

package proxied

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/answers"
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// saidCodes are what the line of a proxy's log is a finding of by itself.
var saidCodes = map[exchange.StatementCode]struct {
	code finding.Code
	did  string
}{
	exchange.SaidForbiddenByRule: {finding.RefusedByProxy, "refused"},
	exchange.SaidHeadTooLarge:    {finding.HeaderTooLarge, "refused"},
	exchange.SaidRateLimited:     {finding.RateLimited, "held back"},
	exchange.SaidUpstreamFailed:  {finding.AppUnavailable, "got no answer to"},
}

// SaidByProxy is the finding of a line in a proxy's log that names a request of a
// login, where nothing else shows that request.
func SaidByProxy(said exchange.Statement) (*finding.Finding, bool) {
	known, ok := saidCodes[said.Code]
	path, _, _ := strings.Cut(said.Values.Target, "?")
	part := answers.PartOf(&exchange.Request{Method: said.Values.Method, URL: exchange.URL{Path: path}, Fields: exchange.Fields{Incomplete: true}})
	if !ok || part == "" {
		return nil, false
	}
	text, _ := causes.Lookup(known.code)
	program := string(said.Program)
	origin := finding.Origin{Kind: finding.OriginUnknown, Party: program}
	if known.code == finding.AppUnavailable {
		origin.Party = "" // it is what stands behind it
	}
	return &finding.Finding{
		Code: known.code, Severity: text.Severity, Confidence: finding.Proven,
		Origin:      origin,
		Summary:     fmt.Sprintf("%s says in its log that it %s %s %s: %s", program, known.did, said.Values.Method, causes.Clip(path), causes.Clip(said.Values.Reason)),
		Explanation: causes.Explanation("", text), Rejected: []finding.Rejected{},
		Evidence: []finding.Evidence{{Ref: finding.NewRef(said.Ref), Field: "log", Value: saidWords(said)}},
		Missing:  []finding.Missing{causes.Missing("the request itself, and who is told of it", "the access log beside it, or a capture at the proxy: tcpdump -i any -s 0 -w ingress.pcap")},
		Fixes:    (&Case{maker: answers.Maker{Program: program}}).curing(causes.General(text.Fixes), curesOfLine(said)), NotCures: text.NoHelp,
	}, true
}

// OfHub reports whether a request is for a JupyterHub by its path.
func OfHub(r *answers.Request) bool {
	path := r.First().Path
	return strings.Contains(path, "/hub/") || strings.HasSuffix(path, "/hub")
}

// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// announcements watch both ends of the PROXY protocol at every server: whether
// connections begin with a header, and whether requests on them are answered.
type announcements struct {
	servers map[exchange.Endpoint]*announcedServer
	order   []exchange.Endpoint
}

type announcedServer struct {
	refused  *sighted // the first request under a header that was answered with 400
	silent   *sighted // the first request without a header that was not answered
	silences int      // how many of these
	served   bool     // something was answered in another way
}

// sighted is what is kept of an exchange.
type sighted struct {
	ref    exchange.Ref
	sender string
	party  string // of the answer
	status int
}

const mostServers = 1024

func (a *announcements) add(x *exchange.Exchange) {
	if x.Server.Address == "" || x.Client.Address == "" {
		return
	}
	s := a.servers[x.Server]
	if s == nil {
		if len(a.order) >= mostServers {
			return
		}
		if a.servers == nil {
			a.servers = map[exchange.Endpoint]*announcedServer{}
		}
		s = &announcedServer{}
		a.servers[x.Server] = s
		a.order = append(a.order, x.Server)
	}
	switch {
	case x.Announced != nil && x.Response != nil && x.Response.Status == 400:
		if s.refused == nil {
			s.refused = &sighted{ref: x.Response.Ref, sender: x.Client.Address, party: signer(x.Response.Fields), status: 400}
		}
	case x.Announced == nil && x.Silence == exchange.SilenceClosed:
		s.silences++
		if s.silent == nil {
			s.silent = &sighted{ref: x.Ref, sender: x.Client.Address}
		}
	case x.Response != nil:
		s.served = true
	}
}

// signer is the program that made an answer, "" if it is not recognised.
func signer(fields exchange.Fields) string {
	head := hops.Reduce(fields)
	guess, ok := party.Recognize(party.Observation{AnswerOut: &head, OwnAnswer: true})
	if !ok {
		return ""
	}
	return string(guess.Name)
}

// findings are the mismatches. That a header was not expected shows in the answer.
// That one is missing is only possible: the server would then close every
// connection of a proxy, and does; it may do so for another reason.
func (a *announcements) findings() []finding.Finding {
	var list []finding.Finding
	for _, server := range a.order {
		s := a.servers[server]
		switch {
		case s.served:
		case s.refused != nil:
			list = append(list, proxied.Mismatch(proxied.MismatchSeen{
				Kind: finding.OriginIngress, Address: server.Address, Party: s.refused.party, Confidence: finding.Proven,
				Summary: fmt.Sprintf("%s announces its clients with the PROXY protocol, and %s does not expect that", s.refused.sender, server.Address),
				Evidence: []finding.Evidence{{Ref: finding.NewRef(s.refused.ref), Field: "answer", Value: fmt.Sprint(s.refused.status),
					Note: "to a connection that begins with a PROXY protocol header"}},
			}))
		case s.silences > 1 && a.takesIn(s.silent.sender) && !a.asks(server.Address):
			list = append(list, proxied.Mismatch(proxied.MismatchSeen{
				Kind: finding.OriginOuterProxy, Address: s.silent.sender, Confidence: finding.Possible,
				Summary: fmt.Sprintf("%s closes every connection of %s without an answer: it may expect the PROXY protocol", server.Address, s.silent.sender),
				Evidence: []finding.Evidence{{Ref: finding.NewRef(s.silent.ref), Field: "answer", Value: "",
					Note: fmt.Sprintf("none to a whole request, in %d connections, and none was answered", s.silences)}},
				Missing: []finding.Missing{{What: "the reason in the log of " + server.Address, How: `nginx says "broken header" in its error log if it is so`}},
			}))
		}
	}
	return list
}

// takesIn reports whether an address was seen to take requests in: it is a proxy's.
func (a *announcements) takesIn(address string) bool {
	return slices.ContainsFunc(a.order, func(e exchange.Endpoint) bool { return e.Address == address })
}

// asks reports whether a server that is silent itself waits for another one that is.
func (a *announcements) asks(address string) bool {
	for _, s := range a.servers {
		if s.silent != nil && s.silent.sender == address {
			return true
		}
	}
	return false
}

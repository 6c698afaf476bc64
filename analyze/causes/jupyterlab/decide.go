// SPDX-License-Identifier: Apache-2.0

// Package jupyterlab decides why a visit to JupyterLab behind a proxy failed.
package jupyterlab

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Case is one visit to JupyterLab, and everything that is known about it.
type Case struct {
	Visit *jupyter.Visit

	// Pseudonym stands in for a token in evidence.
	Pseudonym func(raw string) string
}

// family is in the order in which a request passes: first the proxy that asks for
// a password, then what the server looks at.
var family = causes.Family[*Case]{
	{Code: finding.AuthorizationOverwritten, Run: authorizationOverwritten},
	{Code: finding.HostNotForwarded, Run: hostNotForwarded},
	{Code: finding.UpgradeNotForwarded, Run: upgradeNotForwarded},
}

// Decide says why a page of JupyterLab's could not work. It must be asked about
// visits that failed, or of which it is not known whether they did.
func Decide(c *Case) causes.Decision {
	r := family.Rule(c)
	if r.Match != nil {
		return causes.Decision{Finding: r.Finding()}
	}
	u := r.Undecided()
	if len(u.Between) == 1 {
		u.Why = "one cause remains possible, and the capture does not hold what would show it"
	}
	return causes.Decision{Undecided: u}
}

// Asker is who answered a request that went no further: a proxy that was seen to send
// other requests of the visit on from the address at which this one ended. From a
// browser's side alone nobody can tell which proxy it is.
func (c *Case) Asker(refused *jupyter.Step) finding.Origin {
	if len(refused.Hops) == 0 {
		return finding.Origin{Kind: finding.OriginUnknown}
	}
	end := refused.Hops[len(refused.Hops)-1].To.Address
	for _, s := range c.Visit.Steps {
		for i := 1; i < len(s.Hops); i++ {
			if s.Hops.Adjacent(i) && !s.Hops.Translated(i) && end != "" && s.Hops[i].From.Address == end {
				return roles.OriginAt(s.Hops, i)
			}
		}
	}
	return finding.Origin{Kind: finding.OriginUnknown}
}

// changed is the first hop on which a request no longer has what the hop before it
// had, by two sightings of neighbours; ok is false if none shows that, or if the two may be
// of two requests that are alike.
func changed(s *jupyter.Step, had, lost func(*jupyter.Step) bool) (hop int, ok bool) {
	for i := range s.Hops {
		before, at := s.Before(i), s.At(i)
		if before != nil && at != nil && had(before) && lost(at) && !hops.MayBeTwo(before.Sighting, at.Sighting) {
			return i, true
		}
	}
	return 0, false
}

func visitEvidence(ref exchange.Ref, field, value, note string) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(ref), Field: field, Value: value, Note: note}
}

// refusedWords are the answer to a request.
func refusedWords(s *jupyter.Step) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", s.Status, s.Detail))
}

func whoWords(o finding.Origin) string {
	if o.Address == "" {
		return "a proxy"
	}
	return o.Address
}

const (
	howToCaptureBothSides = "tcpdump -i any -s 0 -w proxy.pcap tcp     # on the proxy: both its sides"
	howToGrepJupyter      = "grep 'Blocking Cross Origin' in Jupyter's log, or capture between the proxy and Jupyter"
)

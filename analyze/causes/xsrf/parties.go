// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
)

// program names the proxy that is at an address, by all that it was seen to do.
func (c *Case) program(address string) (party.Guess, bool) {
	var seen []party.Observation
	for _, s := range c.Attempt.Steps() {
		for i := range s.Hops {
			if hops.SameAddress(s.Hops[i].From.Address, address) && i > 0 {
				seen = append(seen, s.Hops.Observe(i))
			}
		}
	}
	return party.Recognize(seen...)
}

// partyAt is who is at an address: by name if names were given, and which program
// it is if that was recognised.
func (c *Case) partyAt(one Culprit) string {
	name := ownerNames(c.Names.Lookup(one.Address))
	if one.Kind == finding.OriginNodeSNAT {
		return name
	}
	program := ""
	if guess, ok := c.program(one.Address); ok {
		program = strings.TrimSpace(string(guess.Name) + " " + guess.Version)
	}
	switch {
	case name == "":
		return program
	case program == "":
		return name
	}
	return name + ", " + program
}

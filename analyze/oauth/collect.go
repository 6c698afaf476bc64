// SPDX-License-Identifier: Apache-2.0

package oauth

import "github.com/logintrace/logintrace/capture/exchange"

// Collector finds the requests of round trips, up to MostSteps. The zero value is ready
// for use.
type Collector struct {
	Steps  []*Step
	Passed map[*exchange.Capture]int // requests that were not looked at

	granted map[string]bool // tokens that providers gave to Hubs, as stand-ins
}

// MostSteps bounds what is kept of all round trips. A round trip has some four requests.
const MostSteps = 10_000

// Add takes in an exchange, and reports whether it is of a round trip.
func (c *Collector) Add(x *exchange.Exchange) bool {
	s := c.step(x)
	switch {
	case s == nil:
		return false
	case len(c.Steps) >= MostSteps:
		if c.Passed == nil {
			c.Passed = map[*exchange.Capture]int{}
		}
		c.Passed[x.Ref.Capture]++
		return true
	}
	c.Steps = append(c.Steps, s)
	if s.granted != "" && s.Part == PartToken {
		if c.granted == nil {
			c.granted = map[string]bool{}
		}
		c.granted[s.granted] = true
	}
	return true
}

func (c *Collector) step(x *exchange.Exchange) *Step {
	if s := newTokenStep(x); s != nil {
		return s
	}
	if s := newRefusedStep(x); s != nil {
		return s
	}
	if len(c.granted) > 0 {
		if s := newUserInfoStep(x, c.granted); s != nil {
			return s
		}
	}
	asked := query(x.Request.URL)
	if part, server := secondLeg(x, asked); part != "" {
		return newStep(x, part, asked, server)
	}
	if part := partOf(x, asked); part != "" {
		return newStep(x, part, asked, "")
	}
	return nil
}

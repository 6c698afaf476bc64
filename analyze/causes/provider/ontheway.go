// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/causes/proxied"
	"github.com/logintrace/logintrace/analyze/oauth"
)

// decideOnTheWay says why a login failed whose way back a proxy answered; ok is false
// if whom it was for answered, or nobody can tell.
func decideOnTheWay(c *Case) (causes.Decision, bool) {
	s := c.decisive()
	if c.Proxied == nil || s == nil || s.FromHub() {
		return causes.Decision{}, false
	}
	return proxied.Decide(c.Proxied)
}

// decisive is the request of the browser that ended a login.
func (c *Case) decisive() *oauth.Step {
	if s := c.Attempt.Callback(); s != nil {
		return s
	}
	if c.Attempt.Server() != "" {
		return c.Attempt.RefusedAtProvider()
	}
	return nil
}

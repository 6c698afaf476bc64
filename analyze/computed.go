// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"cmp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// appSaw is whom an application took for the client of a request: by its own log at
// its own hop, and by its rule. Whether the last hop that was seen is the application's
// own, either its log shows, or the user says by naming the rule, and somebody else
// than the client sent it; else nothing is claimed. An application that was not
// recognised has no rule.
func (a *Analyzer) appSaw(application string, p hops.Path, logged string) finding.AppSaw {
	saw := finding.AppSaw{Logged: finding.LoggedIP{Value: logged}, Value: logged}
	app, given := a.options.App, !a.options.App.IsZero() && a.options.App.Runs(application)
	if !given {
		app, _ = clientip.Default(application)
	}
	if len(p) == 0 || app.IsZero() || logged == "" && !(given && sentOn(p)) {
		return saw
	}
	last := p[len(p)-1]
	r := app.Compute(clientip.Request{Peer: last.From.Address, Announced: last.Announced(), Fields: last.Head()})
	if r.State != exchange.Unknown {
		saw.Computed = finding.ComputedIP{Value: clipped(r.Address), Rule: string(r.Rule)}
	}
	saw.Value = cmp.Or(saw.Value, saw.Computed.Value)
	return saw
}

// sentOn reports whether packets show the last hop, and it is not the client's own. The
// line of a log shows no fields, and a browser's recording no peer.
func sentOn(p hops.Path) bool {
	if from, _ := roles.Of(p, len(p)-1); from == finding.HopClient {
		return false
	}
	return slices.ContainsFunc(p[len(p)-1].Sightings, func(s *hops.Sighting) bool { return !s.Ref.HasLine && !s.Ref.HasEntry })
}

// clipped keeps what a client wrote into a field from filling a report.
func clipped(address string) string {
	const most = 100
	if len(address) <= most {
		return address
	}
	return strings.ToValidUTF8(address[:most], "") + "…"
}

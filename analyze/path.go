// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes/xsrf"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// reportHops is the report's view of the path of a step, for which the application
// believed an address.
func (a *Analyzer) reportHops(c *xsrf.Case, s *login.Step, believed string) []finding.Hop {
	loser := -1
	if one, ok := c.Culprit(s, believed); ok {
		loser = one.Out
	}
	return a.hopsWith(s.Hops, loser)
}

// hopsWith is the report's view of a path, on which one hop, or none, loses the
// client.
func (a *Analyzer) hopsWith(p hops.Path, loser int) []finding.Hop {
	var list []finding.Hop
	for i, h := range p {
		reported := finding.Hop{
			From: endpoint(h.From), To: endpoint(h.To), Connection: fmt.Sprintf("connection-%d", h.Connection+1),
			Translated: p.Translated(i), Gap: i > 0 && !p.Adjacent(i),
			Announced: h.Announced(),
		}
		reported.Party, reported.LosesClient = a.partyOf(p, i), i == loser
		reported.FromRole, reported.ToRole = roles.Of(p, i)
		for _, s := range h.Sightings {
			reported.Sightings = append(reported.Sightings, finding.NewRef(s.Ref))
		}
		for _, f := range p.Fields(i) {
			reported.Fields = append(reported.Fields, a.reportField(f, reported))
		}
		list = append(list, reported)
	}
	return list
}

// partyOf is who sends the i-th hop: by name, and which program it is.
func (a *Analyzer) partyOf(p hops.Path, i int) string {
	var words []string
	for _, name := range a.options.Names.Lookup(p[i].From.Address) {
		words = append(words, name.String())
	}
	name := strings.Join(words, " or ")
	guess, ok := party.Recognize(p.Observe(i))
	if !ok || i == 0 {
		return name
	}
	return strings.TrimPrefix(name+", "+string(guess.Name), ", ")
}

func (a *Analyzer) reportField(f hops.Field, h finding.Hop) finding.HopField {
	reported := finding.HopField{Name: f.Name, Lines: f.Lines, Change: string(f.Change)}
	if f.Lines == nil {
		reported.Lines = []string{}
	}
	switch f.Change {
	case hops.Added, hops.Appended, hops.Overwritten, hops.Dropped:
		switch {
		case h.Gap: // somebody in between
		case h.Party == "":
			reported.By = h.From
		default:
			reported.By = h.Party
		}
	}
	return reported
}

func endpoint(e exchange.Endpoint) string {
	if e.Address == "" || e.Port == 0 {
		return e.Address
	}
	return net.JoinHostPort(e.Address, strconv.Itoa(e.Port))
}

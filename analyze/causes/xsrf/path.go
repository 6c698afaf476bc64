// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// side is a request and the address that the Hub believed of it.
type side struct {
	step     *login.Step
	believed string
}

// sides are both requests, but for one of which no address was found, and a page that
// need not be the one.
func (c *Case) sides(form, submit string) []side {
	var list []side
	if c.Attempt.Form != nil && c.Attempt.Confirmed() && form != "" {
		list = append(list, side{c.Attempt.Form, form})
	}
	if submit != "" {
		list = append(list, side{c.submit(), submit})
	}
	return list
}

// blamed is a culprit and the path that shows it.
type blamed struct {
	Culprit
	path hops.Path
}

// culprits are those of both requests, as far as their paths show them.
func (c *Case) culprits(form, submit string) []blamed {
	var found []blamed
	for _, side := range c.sides(form, submit) {
		if one, ok := c.Culprit(side.step, side.believed); ok {
			found = append(found, blamed{one, side.step.Hops})
		}
	}
	return found
}

// originOnPath is the origin that culprits come to, with the proof and a sentence. Its
// kind is unknown if there is none, or if they contradict each other.
func (c *Case) originOnPath(found []blamed) (finding.Origin, []finding.Evidence, string) {
	if len(found) == 0 {
		return finding.Origin{Kind: finding.OriginUnknown}, nil, ""
	}
	origin := finding.Origin{Kind: found[0].Kind}
	var addresses, parties, did, nodes []string
	var proof []finding.Evidence
	for _, one := range found {
		if one.Kind != origin.Kind {
			origin.Kind = finding.OriginUnknown
		}
		if !slices.Contains(addresses, one.Address) {
			addresses = append(addresses, one.Address)
			parties = appendNew(parties, c.partyAt(one.Culprit))
		}
		did = appendNew(did, one.Did)
		nodes = appendNew(nodes, nodeInFront(one.path, one.Culprit))
		proof = append(proof, lossEvidence(one.path, one.Culprit)...)
	}
	origin.Address, origin.Party = strings.Join(addresses, ", "), strings.Join(parties, ", ")
	return origin, proof, fmt.Sprintf("%s %s.%s", strings.Join(addresses, " and "), didWords(did, len(addresses)), replacedBefore(nodes))
}

// didWords say what so many parties did.
func didWords(did []string, parties int) string {
	words := strings.Join(did, "; ")
	if parties > 1 {
		words = strings.ReplaceAll(words, byItsOwn, ", each by its own")
		words = strings.ReplaceAll(words, "put its peer's address", "each put its peer's address")
	}
	return words
}

func appendNew(texts []string, text string) []string {
	if text == "" || slices.Contains(texts, text) {
		return texts
	}
	return append(texts, text)
}

// lossEvidence points at the request as it came to the party and as it left.
func lossEvidence(p hops.Path, c Culprit) []finding.Evidence {
	client := c.Told
	in, out := onePlace(p[c.In], p[c.Out])
	note := "no " + absentFields(p[c.Out].Head())
	if ways := p.Carries(c.Out, client); len(ways) > 0 {
		note = "in " + both(ways) + " only"
	}
	return []finding.Evidence{
		{Ref: finding.NewRef(in.Ref), Field: "from " + p[c.In].From.Address, Note: "the client is told of as " + both(p.Carries(c.In, client))},
		{Ref: finding.NewRef(out.Ref), Field: "from " + p[c.Out].From.Address, Note: note},
	}
}

// nodeInFront is the node that had replaced the client's address before the request came
// to the culprit, or "".
func nodeInFront(p hops.Path, c Culprit) string {
	if c.Told == p[0].From.Address || c.Kind == finding.OriginNodeSNAT {
		return ""
	}
	for i := 1; i <= c.In; i++ {
		if p.Translated(i) && p[i].From.Address == c.Told {
			return c.Told
		}
	}
	return ""
}

// replacedBefore says what nodes did before, as a sentence of its own.
func replacedBefore(nodes []string) string {
	if len(nodes) == 0 {
		return ""
	}
	return fmt.Sprintf(" Before that, %s had taken the place of the client's address, as a node does: a fault of its own, to be cured as well.", strings.Join(nodes, " and "))
}

// onePlace picks sightings of two hops in one capture, where somebody can look at
// both, if there is such a capture.
func onePlace(in, out *hops.Hop) (*hops.Sighting, *hops.Sighting) {
	for _, a := range in.Sightings {
		for _, b := range out.Sightings {
			if a.Ref.Capture == b.Ref.Capture {
				return a, b
			}
		}
	}
	return in.Sightings[0], out.Sightings[0]
}

func absentFields(head exchange.Fields) string {
	var absent []string
	for _, name := range []string{"X-Real-IP", "X-Forwarded-For", "Forwarded"} {
		if _, state := head.Values(name); state == exchange.Absent {
			absent = append(absent, name)
		}
	}
	if len(absent) == 0 {
		return "field tells of it"
	}
	return strings.Join(absent, ", ")
}

// Culprit is the party that kept the client's address from one request, if its path
// shows it; see the rule at culprit.
func (c *Case) Culprit(s *login.Step, believed string) (Culprit, bool) {
	if _, ok := c.invalidField(s, believed); ok {
		at, known := brokenAt(s.Hops, brokenField(s.Hops))
		return Culprit{Kind: roles.KindAt(s.Hops, at), Address: s.Hops[at].From.Address, In: at - 1, Out: at, Did: "wrote a field that holds no address"}, known
	}
	return culprit(s.Hops, believed)
}

// both joins the ways in which a hop tells of the client.
func both(ways []string) string { return strings.Join(ways, " and ") }

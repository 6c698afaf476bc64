// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"cmp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Visit is what one browser asked of one Jupyter server: one login attempt, since
// JupyterLab shows its user nothing until the page's own requests are answered.
type Visit struct {
	Client string // the address that the outermost connection came from; "" if not known
	Steps  []*Step
}

// Assemble makes visits of steps, one for each client that asked for something that
// only a Jupyter server has, in order of time.
func Assemble(steps []*Step) []*Visit {
	requests := outer(join(steps))
	var visits []*Visit
	of := map[string][]*Visit{}
	for _, s := range requests {
		client := clientOf(s)
		i := slices.IndexFunc(of[client], func(v *Visit) bool { return v.sameBrowser(s) })
		if i < 0 {
			i = len(of[client])
			of[client] = append(of[client], &Visit{Client: client})
			visits = append(visits, of[client][i])
		}
		of[client][i].Steps = append(of[client][i].Steps, s)
	}
	return slices.DeleteFunc(merged(visits), func(v *Visit) bool { return !v.recognized() })
}

// join puts the sightings of each request together; the outermost one stands for it,
// with what the others tell of its answer.
func join(steps []*Step) []*Step {
	of := map[*hops.Sighting]*Step{}
	var sightings []*hops.Sighting
	for _, s := range steps {
		of[s.Sighting] = s
		sightings = append(sightings, s.Sighting)
	}
	requests, _ := hops.Join(sightings)
	var joined []*Step
	for _, r := range requests {
		var seen []*Step
		for _, sighting := range r.Sightings {
			seen = append(seen, of[sighting])
		}
		s := *seen[0]
		s.Seen, s.Hops = seen, r.Path
		for _, other := range seen {
			s.fillFrom(other)
		}
		joined = append(joined, &s)
	}
	return joined
}

func (s *Step) fillFrom(other *Step) {
	if s.Status == 0 {
		s.Status, s.AnswerRef, s.Challenge = other.Status, other.AnswerRef, other.Challenge
	}
	if s.Config == nil {
		s.Config = other.Config
	}
	s.Challenge, s.Detail, s.Host = cmp.Or(s.Challenge, other.Challenge), cmp.Or(s.Detail, other.Detail), cmp.Or(s.Host, other.Host)
	s.UserAgent, s.Origin = cmp.Or(s.UserAgent, other.UserAgent), cmp.Or(s.Origin, other.Origin)
	s.Referer = cmp.Or(s.Referer, other.Referer)
	s.Tornado = s.Tornado || other.Tornado
	if s.Auth.State == exchange.Unknown {
		s.Auth = other.Auth
	}
	if s.Upgrade == exchange.Unknown {
		s.Upgrade = other.Upgrade
	}
	if other.Kind == Socket { // a path of its own, or a field that not every place shows
		s.Kind = Socket
	}
}

// outer leaves out what only places further in show, or logs, if other requests were
// seen further out: their clients are proxies, or are not known.
func outer(requests []*Step) []*Step {
	relays, onWire := map[string]bool{}, false
	for _, s := range requests {
		onWire = onWire || !s.Outermost().Ref.HasLine
		for i := 1; i < len(s.Hops); i++ {
			if !s.Hops.Translated(i) && s.Hops.Adjacent(i) {
				relays[s.Hops[i].From.Address] = true
			}
		}
	}
	first := func(s *Step) bool {
		return s.Outermost().Ref.HasLine && onWire || relays[clientOf(s)]
	}
	kept := slices.DeleteFunc(slices.Clone(requests), first)
	if len(kept) == 0 {
		return requests
	}
	return kept
}

func clientOf(s *Step) string {
	if len(s.Hops) > 0 {
		return s.Hops[0].From.Address
	}
	return s.Sighting.Client.Address
}

// sameBrowser reports whether a request from the address of a visit belongs to it. A
// browser's recording knows no address of its own.
func (v *Visit) sameBrowser(s *Step) bool {
	first := v.Steps[0]
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	if first.Outermost().Ref.HasLine || s.Outermost().Ref.HasLine {
		return first.Ref.Capture == s.Ref.Capture || v.Client == ""
	}
	return !differ(first.Host, s.Host) && first.UserAgent == s.UserAgent && (v.Client != "" || first.Ref.Capture == s.Ref.Capture)
}

// merged joins the visits that are two sides of one: a browser's recording with the
// only client on the wire that has its name and asks the same site, and the logs of
// two servers that have one client each.
func merged(visits []*Visit) []*Visit {
	var kept []*Visit
	for _, v := range visits {
		if partner := v.partner(visits); partner != nil {
			partner.Steps = append(partner.Steps, v.Steps...)
			slices.SortStableFunc(partner.Steps, func(a, b *Step) int { return a.Time.Compare(b.Time) })
			continue
		}
		kept = append(kept, v)
	}
	return kept
}

func (v *Visit) partner(visits []*Visit) *Visit {
	if v.Client != "" && !v.Steps[0].Outermost().Ref.HasLine {
		return nil
	}
	var found *Visit
	for _, other := range visits {
		if other == v || !v.partOf(other) {
			continue
		}
		if found != nil {
			return nil
		}
		found = other
	}
	return found
}

func (v *Visit) partOf(other *Visit) bool {
	a, b := v.Steps[0], other.Steps[0]
	if a.Outermost().Ref.HasLine && b.Outermost().Ref.HasLine {
		return a.Logged == exchange.ProgramJupyterServer && b.Logged != exchange.ProgramJupyterServer
	}
	return v.Client == "" && other.Client != "" && a.UserAgent == b.UserAgent && a.Host == b.Host
}

// enoughPaths is how many interfaces of Jupyter's a client must have asked for where
// nothing else says that it is Jupyter.
const enoughPaths = 3

func (v *Visit) recognized() bool {
	own := map[string]bool{}
	for _, s := range v.Steps {
		if s.Config != nil {
			return !s.Config.Hub
		}
		if !s.Own() {
			continue
		}
		own[s.Path] = true
		for _, seen := range s.All() {
			if seen.Tornado || seen.Logged == exchange.ProgramJupyterServer {
				return true
			}
		}
	}
	return len(own) >= enoughPaths
}

// Page is the first page of JupyterLab's that was served, or nil.
func (v *Visit) Page() *Step {
	for _, s := range v.Steps {
		if s.Kind == Page && (s.Config != nil || s.Taken()) {
			return s
		}
	}
	return nil
}

// Version is the one that the page tells, and where.
func (v *Visit) Version() (version string, at *Step) {
	for _, s := range v.Steps {
		if s.Config != nil && s.Config.Version != "" {
			return s.Config.Version, s
		}
	}
	return "", nil
}

// Token is the server's, as the page tells it: "" if there is none or it is not known.
func (v *Visit) Token() string {
	for _, s := range v.Steps {
		if s.Config != nil && s.Config.Token != "" {
			return s.Config.Token
		}
	}
	return ""
}

// Refusals are the requests of the page that were refused, and never taken again.
func (v *Visit) Refusals() []*Step {
	taken := map[string]bool{}
	for _, s := range v.asked() {
		taken[s.Method+s.Path] = taken[s.Method+s.Path] || s.Taken()
	}
	return slices.DeleteFunc(v.asked(), func(s *Step) bool { return !s.Refused() || taken[s.Method+s.Path] })
}

// Taken are the requests of the page that were taken.
func (v *Visit) Taken() []*Step {
	return slices.DeleteFunc(v.asked(), func(s *Step) bool { return !s.Taken() })
}

// Unanswered are the WebSockets of a visit in which none was opened, if several were
// tried and no answer was recorded: a browser may leave out that of a refused one.
func (v *Visit) Unanswered() []*Step {
	var list []*Step
	for _, s := range v.asked() {
		switch {
		case s.Kind != Socket:
		case s.Status != 0:
			return nil
		default:
			list = append(list, s)
		}
	}
	const several = 3
	if len(list) < several {
		return nil
	}
	return list
}

// asked are the requests of the page's script.
func (v *Visit) asked() []*Step {
	return slices.DeleteFunc(slices.Clone(v.Steps), func(s *Step) bool { return s.Kind != API && s.Kind != Socket })
}

// Outcome is what became of the visit. One request among many may be refused for
// what its user may do; so a visit failed only if a refusal shows that the page cannot
// work (see Broken), or if nothing was taken.
func (v *Visit) Outcome() finding.Outcome {
	taken := v.Taken()
	switch {
	case len(v.Broken()) > 0 || len(taken) == 0 && len(v.Refusals()) > 0 || v.socketsRefused():
		return finding.Failed
	case len(taken) > 0 && len(v.Unanswered()) == 0:
		return finding.Succeeded
	}
	return finding.OutcomeUnknown
}

// socketsRefused reports whether WebSockets were tried and each was refused: without
// one no kernel can be talked to. The page tries again when one is closed.
func (v *Visit) socketsRefused() bool {
	refused := 0
	for _, s := range v.asked() {
		switch {
		case s.Kind != Socket || s.Status == 0:
		case !s.Refused():
			return false
		default:
			refused++
		}
	}
	return refused > 1
}

// Broken are the refusals for how a request arrived, and not for what its user may
// do: with a token in the field that somebody wants a password in, with another site's
// Host, or without the Upgrade that makes it a WebSocket. Those of which most of the
// path was seen come first.
func (v *Visit) Broken() []*Step {
	foreign := v.blocksForeign()
	broken := slices.DeleteFunc(v.Refusals(), func(s *Step) bool {
		return !s.Overwritten() && !(foreign && s.Foreign() && v.own(s)) && !s.NoSocket()
	})
	slices.SortStableFunc(broken, func(a, b *Step) int { return cmp.Compare(b.places(), a.places()) })
	return broken
}

// places is on how many hops a request was seen.
func (s *Step) places() int {
	n := 0
	for _, h := range s.Hops {
		if h.From.Address != "" {
			n++
		}
	}
	return n
}

// own reports whether the page that asks is one of the server's own: its Origin is the
// Host as the browser sent it, or requests of that site come from such a page.
func (v *Visit) own(s *Step) bool {
	outer := s.Outermost()
	if outer.Origin != "" && outer.HostField() == SiteOf(outer.Origin) {
		return true
	}
	site := SiteOf(s.Origin)
	if said := s.OriginSaid(); said != nil {
		site = SiteOf(said.Values.Got)
	}
	return slices.ContainsFunc(v.Steps, func(other *Step) bool { return site != "" && other.fromPage() == site })
}

// blocksForeign reports whether a request was refused that had another site's Host,
// and none was taken: a server can be told to allow an Origin.
func (v *Visit) blocksForeign() bool {
	return slices.ContainsFunc(v.Refusals(), (*Step).Foreign) &&
		!slices.ContainsFunc(v.Taken(), (*Step).OriginDiffers)
}

// NoSocket reports whether a server answered that a WebSocket was not asked for as one.
func (s *Step) NoSocket() bool { return s.Kind == Socket && s.Status == 400 }

// Foreign reports whether the server says, or its answer and the fields that it got
// show, that it took a request for one of another site.
// Where the browser itself asks another site than that of its page, it is one.
func (s *Step) Foreign() bool {
	if outer := s.Outermost(); outer.OriginDiffersHere() && (outer != s.Innermost() || outer.Ref.HasEntry) {
		return false
	}
	return s.OriginSaid() != nil || s.CrossOriginSaid() || s.OriginDiffers() && (s.Status == 403 || s.Status == 404)
}

// CrossOriginSaid reports whether the answer says so (tornado 6.6.1, websocket.py).
func (s *Step) CrossOriginSaid() bool {
	return s.Status == 403 && strings.HasPrefix(s.Detail, "Cross origin websockets not allowed")
}

// Overwritten reports whether a request showed a token to somebody who asks for a
// password: Jupyter Server itself never does (2.21.1: it sends no WWW-Authenticate).
func (s *Step) Overwritten() bool {
	return s.Status == 401 && Password(s.Challenge) && s.Outermost().Auth.Token != ""
}

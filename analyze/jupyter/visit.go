// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"cmp"
	"slices"

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
	requests, _ := hops.JoinSteps(steps, func(s *Step) *hops.Sighting { return s.Sighting })
	var joined []*Step
	for _, r := range requests {
		seen := r.Seen
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

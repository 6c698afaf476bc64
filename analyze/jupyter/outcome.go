// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"cmp"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
)

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
	sent, _ := s.Sent()
	return s.Status == 401 && Password(s.Challenge) && sent.Token != ""
}

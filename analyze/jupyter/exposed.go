// SPDX-License-Identifier: Apache-2.0

package jupyter

import "github.com/logintrace/logintrace/capture/exchange"

// Exposure is an answer that gave the server's token to a client that had not shown
// it, nor logged in otherwise.
type Exposure struct {
	Token string // it must not be shown
	Page  *Step

	// Hop is the one on which the token first came with the request, after a hop on
	// which it did not; 0 if no two neighbours show that.
	Hop int

	// Seen says that the token was seen with the request somewhere on its way. A browser
	// cannot send it with the request for a page.
	Seen bool

	Shown int // how many requests of the page's script showed the token then
}

// Exposure is the first of a visit; nil if there is none, or it is not known how the
// client was let in.
func (v *Visit) Exposure() *Exposure {
	for i, s := range v.Steps {
		if s.Kind == Form && s.Method == "POST" {
			return nil // logged in with Jupyter itself
		}
		if token := s.Outermost().QueryToken; token != "" && token == v.Token() {
			return nil // knew the token
		}
		if s.Config == nil || s.Config.Token == "" {
			continue
		}
		if s.Outermost().CookieState() == exchange.Known {
			return nil
		}
		e := &Exposure{Token: s.Config.Token, Page: s}
		if !e.trace() {
			return nil
		}
		for _, later := range v.Steps[i+1:] {
			if sent, _ := later.Sent(); sent.Token == e.Token {
				e.Shown++
			}
		}
		return e
	}
	return nil
}

// trace finds where the token came to the request for the page; ok is false if that
// is neither seen nor follows from the request as the client sent it.
func (e *Exposure) trace() (ok bool) {
	p := e.Page
	for i := range p.Hops {
		at := p.At(i)
		if at == nil || at.Auth.Token != e.Token {
			continue
		}
		e.Seen = true
		if before := p.before(i); before != nil && before.AuthState() != exchange.Unknown && before.Auth.Token == "" {
			e.Hop = i
		}
		return true
	}
	outer := p.Outermost()
	return outer.AuthState() != exchange.Unknown && outer.CookieState() == exchange.Absent
}

// before is the sighting of the hop before one, if its receiver sends that one.
func (s *Step) before(hop int) *Step {
	if hop == 0 || !s.Hops.Adjacent(hop) || s.Hops.Translated(hop) {
		return nil
	}
	return s.At(hop - 1)
}

// Before is the sighting of the hop before one, if its receiver sends that one; nil if
// somebody unseen may stand between.
func (s *Step) Before(hop int) *Step { return s.before(hop) }

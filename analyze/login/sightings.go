// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A packet capture on a proxy shows one request at several places: as it came in
// and as it went on. Sightings of one request are joined here, within one capture
// and so within one clock.

const (
	// slack is by how much the packets of one moment can be stamped out of order.
	slack = 10 * time.Millisecond
	// longest is how long a proxy may hold a request before it sends it on.
	longest = 5 * time.Second
	// mostOpen bounds how many requests are waited for at a time.
	mostOpen = 1024
)

// joinSightings puts the sightings of each request together. What is returned for
// each is the innermost one, nearest to the application, with the others in its
// Outer, outermost first; what is missing from it is taken from them. Steps must
// be in order of time.
func joinSightings(ordered []*Step) []*Step {
	var open []*Step // innermost sightings that may be seen again further in
	replaced := map[*Step]bool{}
	for _, s := range ordered {
		s.Outer = nil
		if !severalVantages(s.Ref.Capture) {
			continue
		}
		open = slices.DeleteFunc(open, func(outer *Step) bool { return s.Time.Sub(outer.Time) > longest })
		i := slices.IndexFunc(open, func(outer *Step) bool { return outer.seenAgainAs(s) })
		if i < 0 {
			open = append(open, s)
			open = open[max(0, len(open)-mostOpen):]
			continue
		}
		outer := open[i]
		s.Outer = append(slices.Clone(outer.Outer), outer)
		s.fillFrom(outer)
		replaced[outer] = true
		open[i] = s
	}
	return slices.DeleteFunc(slices.Clone(ordered), func(s *Step) bool { return replaced[s] })
}

// severalVantages reports whether a capture can show a request more than once. A
// browser's recording cannot.
func severalVantages(c *exchange.Capture) bool {
	return c != nil && (c.Kind == exchange.KindPcap || c.Kind == exchange.KindPcapng || c.Kind == exchange.KindLive)
}

// seenAgainAs reports whether inner is the same request further on: begun later,
// sent to another server, nothing that is known of both differs, and something
// ties the two together.
func (s *Step) seenAgainAs(inner *Step) bool {
	return s.Ref.Capture == inner.Ref.Capture && s.Method == inner.Method && s.Path == inner.Path &&
		s.Server != inner.Server && s.contains(inner) && s.agreesWith(inner) && s.tiedTo(inner)
}

// contains reports whether inner can have begun and ended within the time of s.
func (s *Step) contains(inner *Step) bool {
	if inner.Time.Before(s.Time.Add(-slack)) {
		return false
	}
	return s.AnsweredAt.IsZero() || inner.Time.Before(s.AnsweredAt.Add(slack)) &&
		!inner.AnsweredAt.After(s.AnsweredAt.Add(slack))
}

// agreesWith reports whether nothing that was seen of both requests differs.
func (s *Step) agreesWith(inner *Step) bool {
	return agree(s.Form.Raw, inner.Form.Raw) && agree(s.cookieText(), inner.cookieText()) &&
		agree(s.Given().Raw, inner.Given().Raw) && (!s.Answered || !inner.Answered || s.Status == inner.Status)
}

func agree(a, b string) bool { return a == "" || b == "" || a == b }

// tiedTo reports whether something ties two sightings together beside the time:
// a token that both carry, a server that is the other's client, or a client's own
// port, which destination translation leaves as it is.
func (s *Step) tiedTo(inner *Step) bool {
	both := func(a, b string) bool { return a != "" && a == b }
	return both(s.Form.Raw, inner.Form.Raw) || both(s.cookieText(), inner.cookieText()) || both(s.Given().Raw, inner.Given().Raw) ||
		both(s.ServerAddress, inner.ClientAddress) && agree(s.UserAgent, inner.UserAgent) || s.Client == inner.Client
}

func (s *Step) cookieText() string {
	text := ""
	for _, c := range s.Cookies {
		text += c.Raw + ";"
	}
	return text
}

// fillFrom takes from another sighting of the same request what the capture lost
// of this one: proxies hand these things on as they are.
func (s *Step) fillFrom(outer *Step) {
	if s.FormState == exchange.Unknown {
		s.Form, s.FormState = outer.Form, outer.FormState
	}
	if s.CookiesState == exchange.Unknown {
		s.Cookies, s.CookiesState = outer.Cookies, outer.CookiesState
		s.CookieLine, s.SessionSent = outer.CookieLine, outer.SessionSent
	}
	if s.UserAgentState == exchange.Unknown {
		s.UserAgent, s.UserAgentState = outer.UserAgent, outer.UserAgentState
	}
	if s.SetState == exchange.Unknown {
		s.Set, s.SetState, s.SessionSet = outer.Set, outer.SetState, outer.SessionSet
	}
	if s.PageState == exchange.Unknown {
		s.Page, s.PageState = outer.Page, outer.PageState
	}
	if s.HubVersion == "" {
		s.HubVersion = outer.HubVersion
	}
	if !s.Answered && outer.Answered {
		s.Answered, s.AnsweredAt, s.Status = true, outer.AnsweredAt, outer.Status
		s.Date, s.Location, s.Signature = outer.Date, outer.Location, outer.Signature
	}
}

// Hops returns the sightings of the step, outermost first, itself last.
func (s *Step) Hops() []*Step { return append(slices.Clone(s.Outer), s) }

// Relays returns the addresses that cannot be the client's, whoever they are:
// those that took the request in, and those that sent it on. What a forwarding
// field says is left aside: a client can write one, too.
func (s *Step) Relays() []string {
	var relays []string
	hops := s.Hops()
	for i, hop := range hops {
		relays = append(relays, hop.ServerAddress)
		if i > 0 && hop.ClientAddress != hops[0].ClientAddress {
			relays = append(relays, hop.ClientAddress)
		}
	}
	return relays
}

// AtApplication reports whether this sighting is the application's own hop:
// configurable-http-proxy, which stands directly in front of a Hub, has written
// its fields, in lower case as Node sends them (configurable-http-proxy 5.3.0).
func (s *Step) AtApplication() bool {
	found := 0
	for _, line := range s.Forwarding.Lines {
		switch line.Name {
		case "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto":
			found++
		}
	}
	return found == 3
}

// SPDX-License-Identifier: Apache-2.0

package login

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A packet capture on a proxy shows one request at several places: as it came in
// and as it went on. sightings of one request are joined here, within one capture
// and so within one clock.

// message is equal for sightings of one request: proxies hand method, path and
// tokens on, and no two logins share a token and its answer by chance.
type message struct {
	capture      *exchange.Capture
	method, path string
	form         string
	cookies      string
	status       int
	given        string
}

func (s *Step) message() message {
	var cookies []string
	for _, c := range s.Cookies {
		cookies = append(cookies, c.Raw)
	}
	return message{s.Ref.Capture, s.Method, s.Path, s.Form.Raw, strings.Join(cookies, ";"), s.Status, s.Given().Raw}
}

// joinSightings puts the sightings of each request together. What is returned for
// each is the innermost one, nearest to the application, with the others in its
// Outer, outermost first. Steps must be in order of time.
func joinSightings(ordered []*Step) []*Step {
	paths := map[message][]*Step{} // the innermost sightings so far
	replaced := map[*Step]bool{}
	for _, s := range ordered {
		s.Outer = nil
		if !severalVantages(s.Ref.Capture) {
			continue
		}
		key := s.message()
		i := slices.IndexFunc(paths[key], func(outer *Step) bool { return outer.contains(s) })
		if i < 0 {
			paths[key] = append(paths[key], s)
			continue
		}
		outer := paths[key][i]
		s.Outer = append(slices.Clone(outer.Outer), outer)
		replaced[outer] = true
		paths[key][i] = s
	}
	return slices.DeleteFunc(slices.Clone(ordered), func(s *Step) bool { return replaced[s] })
}

// severalVantages reports whether a capture can show a request more than once. A
// browser's recording cannot.
func severalVantages(c *exchange.Capture) bool {
	return c != nil && (c.Kind == exchange.KindPcap || c.Kind == exchange.KindPcapng || c.Kind == exchange.KindLive)
}

// contains reports whether inner can be the same request further on: sent to
// another server, begun later, and answered before.
func (s *Step) contains(inner *Step) bool {
	if s.ServerEndpoint == inner.ServerEndpoint || inner.Time.Before(s.Time) {
		return false
	}
	if s.AnsweredAt.IsZero() || inner.AnsweredAt.IsZero() {
		return s.Answered == inner.Answered
	}
	return !inner.AnsweredAt.After(s.AnsweredAt)
}

// Hops returns the sightings of the step, outermost first, itself last.
func (s *Step) Hops() []*Step { return append(slices.Clone(s.Outer), s) }

// Relays returns the addresses that cannot be the client's, whoever they are:
// those that took the request in, those that sent it on, and those that an inner
// hop says it came through.
func (s *Step) Relays() []string {
	var relays []string
	hops := s.Hops()
	for i, hop := range hops {
		relays = append(relays, hop.ServerAddress)
		if i > 0 && hop.ClientAddress != hops[0].ClientAddress || hop.sentByProxy() {
			relays = append(relays, hop.ClientAddress)
		}
		if list := hop.forwardedFor(); len(list) > 1 {
			relays = append(relays, list[1:]...)
		}
	}
	return relays
}

// sentByProxy reports whether the request cannot have come from the browser that
// its User-Agent names: no browser that calls itself Mozilla/5.0 speaks HTTP/1.0,
// while nginx does towards its backends (ngx_http_proxy_module before 1.29.7).
func (s *Step) sentByProxy() bool {
	return s.Proto == "HTTP/1.0" && strings.HasPrefix(s.UserAgent, "Mozilla/5.0")
}

// forwardedFor is the list of X-Forwarded-For. Its first element is whoever the
// first proxy says the client was; each further one was sent on by a proxy.
func (s *Step) forwardedFor() []string {
	values, _ := s.Forwarding.Values("X-Forwarded-For")
	var list []string
	for _, element := range strings.Split(strings.Join(values, ","), ",") {
		if element = strings.TrimSpace(element); element != "" {
			list = append(list, element)
		}
	}
	return list
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

// SPDX-License-Identifier: Apache-2.0

package login

import (
	"net/http"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Setter is an answer that set an _xsrf cookie: every application that is built on
// tornado may do that.
type Setter struct {
	Ref            exchange.Ref
	Client, Server string // addresses
	Path           string // of the request

	// Behind says that a proxy was seen to ask the server: what a client asks may be a
	// proxy itself.
	Behind bool
}

// Setters remembers who set which _xsrf cookie, up to a limit. The zero value is
// ready to use.
type Setters struct{ byToken map[string][]Setter }

const (
	mostSetters = 4096 // tokens
	mostPlaces  = 8    // at which one of them was seen
)

// Add takes in an exchange. What a Hub set is left aside.
func (s *Setters) Add(x *exchange.Exchange) {
	if x.Response == nil || x.Response.Fields.First("X-JupyterHub-Version") != "" {
		return
	}
	lines, _ := x.Response.Fields.Values("Set-Cookie")
	for _, line := range lines {
		if !strings.HasPrefix(line, "_xsrf=") {
			continue
		}
		cookie, err := http.ParseSetCookie(line)
		if err != nil || cookie.Value == "" {
			continue
		}
		key := newToken(cookie.Value).copies()
		if s.byToken == nil {
			s.byToken = map[string][]Setter{}
		}
		if seen := s.byToken[key]; len(seen) < mostPlaces && (len(seen) > 0 || len(s.byToken) < mostSetters) {
			s.byToken[key] = append(seen, Setter{Ref: x.Ref, Client: x.Client.Address, Server: x.Server.Address, Path: x.Request.URL.Path})
		}
	}
}

// Of returns the innermost answer that was seen to set a token: one whose server
// asked nobody else, behind a proxy if there was one.
func (s *Setters) Of(t Token) (Setter, bool) {
	seen := s.byToken[t.copies()]
	for _, one := range seen {
		if asked(seen, one.Client) && !asks(seen, one.Server) {
			one.Behind = true
			return one, true
		}
	}
	for _, one := range seen {
		if !asks(seen, one.Server) {
			return one, true
		}
	}
	return Setter{}, false
}

func asked(seen []Setter, server string) bool {
	return slices.ContainsFunc(seen, func(s Setter) bool { return server != "" && s.Server == server })
}

func asks(seen []Setter, client string) bool {
	return slices.ContainsFunc(seen, func(s Setter) bool { return client != "" && s.Client == client })
}

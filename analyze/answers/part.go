// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Part is the part that a request has in a login; "" if it has none, as a picture.
type Part string

// The parts. Their words stand in sentences.
const (
	Entry    Part = "page"     // where a browser comes in: / and the Hub's own pages
	Form     Part = "form"     // a login page
	Submit   Part = "submit"   // a login form that was sent
	Callback Part = "callback" // the way back from an identity provider, and to it
	Token    Part = "token"    // where a token is given out
)

// PartOf says which part of a login a request is by its path alone, whatever
// application it is for.
func PartOf(r *exchange.Request) Part {
	path := strings.TrimSuffix(r.URL.Path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case decoration(r.URL.Path):
		return ""
	case last == "login" && r.Method == "POST":
		return Submit
	case last == "oauth_callback" || last == "oauth_login" || strings.HasSuffix(path, "/oauth2/callback") || strings.HasSuffix(path, "/oauth2/authorize"):
		return Callback
	case r.Method == "POST" && strings.HasSuffix(path, "/auth/token"):
		return Token
	case r.Method != "GET":
		return ""
	case last == "login" && (navigates(r) || strings.HasSuffix(r.URL.Path, "/auth/login/")): // scripts ask for Airflow's
		return Form
	case !navigates(r):
		return ""
	case path == "" || strings.HasSuffix(path, "/hub") || strings.Contains(path, "/hub/"):
		return Entry
	}
	return ""
}

// decoration reports whether a path is of a Hub's pictures and scripts, or of those
// that watch it: nobody logs in there.
func decoration(path string) bool {
	for _, part := range []string{"/hub/static/", "/hub/logo", "/hub/api/", "/hub/security/", "/hub/health", "/hub/metrics", "/hub/error/"} {
		if i := strings.Index(path, part); i >= 0 && !strings.HasPrefix(path[i:], "/hub/api/oauth2/") {
			return true
		}
	}
	return false
}

// navigates reports whether a browser asks for a page, as far as the request shows.
// Monitors ask for / as well.
func navigates(r *exchange.Request) bool {
	if accept, state := r.Fields.Get("Accept"); state != exchange.Unknown {
		return strings.Contains(accept, "text/html")
	}
	if agent, state := r.Fields.Get("User-Agent"); state == exchange.Known {
		return strings.HasPrefix(agent, "Mozilla/")
	}
	return true
}

// Matters reports whether an exchange can show that somebody on the way answered a
// request of a login, or that the way was open. A failed request for a page, of which
// packets do not show who asks, may be a monitor's.
func Matters(x *exchange.Exchange) bool {
	part := PartOf(&x.Request)
	if part != Entry && part != Form || x.Logged != nil || x.Response == nil || x.Response.Status < 400 {
		return part != ""
	}
	_, accept := x.Request.Fields.Get("Accept")
	_, agent := x.Request.Fields.Get("User-Agent")
	return accept != exchange.Unknown || agent != exchange.Unknown
}

// WantResponse says which contents NewStep reads; it is made for an
// exchange.BodyPolicy. Where a token was shown, a page can only be a proxy's.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	if s == nil {
		return PartOf(r) != ""
	}
	page := strings.Contains(s.Body.MediaType, "html") && strings.HasPrefix(strings.ToLower(r.Fields.First("Authorization")), "bearer ")
	return s.Status >= 400 && (page || PartOf(r) != "")
}

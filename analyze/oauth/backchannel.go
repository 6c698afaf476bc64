// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"net/url"
	"strings"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// What a Hub and its provider say to each other without the browser is in captures of
// either if the provider speaks plain http.

// mayExchangeCode reports whether the content of a request is worth a look: RFC 6749,
// 4.1.3 names its form, and providers name the place after what they give out.
func mayExchangeCode(r *exchange.Request) bool {
	return r.Method == "POST" && strings.Contains(r.URL.Path, "token") && (!isHubsOwn(r.URL.Path) || strings.HasSuffix(r.URL.Path, hubToken))
}

// newTokenStep reduces the request that exchanges a code for a token; nil if it is
// another one.
func newTokenStep(x *exchange.Exchange) *Step {
	if !mayExchangeCode(&x.Request) || x.Request.Body.State != exchange.Known || len(x.Request.Body.Bytes) > maxState {
		return nil
	}
	form, err := url.ParseQuery(string(x.Request.Body.Bytes))
	if err != nil || form.Get("grant_type") != "authorization_code" || form.Get("code") == "" {
		return nil
	}
	s := newStep(x, PartToken, nil, "")
	if isHubsOwn(x.Request.URL.Path) {
		s.Server = serverIn(form.Get("redirect_uri"))
		if secret := form.Get("client_secret"); secret != "" {
			s.Secret = standIn(secret)
		}
	}
	s.RedirectURI, s.code = withoutQuery(form.Get("redirect_uri")), standIn(form.Get("code"))
	if r := x.Response; r != nil && r.Body.State == exchange.Known {
		if granted := token.Member(r.Body.Bytes, "access_token"); granted != "" {
			s.granted = standIn(granted)
		}
		s.Problem = Problem{Code: words(token.Member(r.Body.Bytes, "error")), Description: words(token.Member(r.Body.Bytes, "error_description"))}
	}
	s.Sighting = hops.New(x, hops.Mark{Kind: "oauth code", Value: s.code, Fixed: true})
	return s
}

// newRefusedStep reduces the line of a Hub's log about a server whose credentials it did
// not take; nil if it is another one. A log has no contents.
func newRefusedStep(x *exchange.Exchange) *Step {
	if x.Logged == nil || x.Response == nil || x.Response.Status < 400 || x.Request.Method != "POST" || !strings.HasSuffix(x.Request.URL.Path, hubToken) {
		return nil
	}
	for _, said := range x.Logged.Said {
		if said.Code != exchange.SaidOAuthClientUnknown || said.Shared {
			continue
		}
		server := serverOfClient(said.Values.Reason)
		if server == "" {
			return nil
		}
		s := newStep(x, PartToken, nil, server)
		s.Problem = Problem{Code: "invalid_client"}
		return s
	}
	return nil
}

// serverOfClient is the path of a server, below the Hub's own prefix, by its client id.
func serverOfClient(id string) string {
	id, _, _ = strings.Cut(strings.Trim(id, `'"`), " ")
	if name, ok := strings.CutPrefix(id, "jupyterhub-user-"); ok && name != "" {
		return clip("/user/"+name+"/", mostURI)
	}
	if name, ok := strings.CutPrefix(id, "service-"); ok && name != "" {
		return clip("/services/"+name+"/", mostURI)
	}
	return ""
}

// newUserInfoStep reduces a request that shows a token which a provider gave to a Hub;
// nil if it shows none.
func newUserInfoStep(x *exchange.Exchange, granted map[string]bool) *Step {
	scheme, shown, ok := strings.Cut(x.Request.Fields.First("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "token") {
		return nil
	}
	stand := standIn(strings.TrimSpace(shown))
	if !granted[stand] {
		return nil
	}
	s := newStep(x, PartUserInfo, nil, "")
	s.granted = stand
	s.Sighting = hops.New(x, hops.Mark{Kind: "oauth granted", Value: stand, Fixed: true})
	return s
}

// Granted reports whether the provider gave the Hub a token.
func (s *Step) Granted() bool {
	return s.Part == PartToken && s.Status == 200 && s.Problem.Code == ""
}

// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/exchange"
)

// FuzzCollect reads hostile exchanges. Nothing crashes, what is kept is bounded, and
// neither a code nor a state is in the words that reports show.
func FuzzCollect(f *testing.F) {
	f.Add("/hub/oauth_login", "next=%2Fhub", "", "http://idp.example.test/auth?response_type=code&state="+urlState, `oauthenticator-state="`+cookieState+`"; Path=/`, "")
	f.Add("/hub/oauth_callback", "code=abc&state="+urlState, "oauthenticator-state="+cookieState, "", "", "<h1>403 : Forbidden</h1><p>no</p>")
	f.Add("/hub/oauth_callback", "error=access_denied&error_description=x&state=%", "", "", "", "<h1>400 : Bad Request</h1><p>OAuth error: "+urlState+"</p>")
	f.Add("/auth", "response_type=code&client_id=a&redirect_uri=http%3A%2F%2Fhub%2Fhub%2Foauth_callback&state=b", "", "http://hub/hub/oauth_callback?code=c&state=b", "", "")
	f.Add("/user/alice/lab", "", "", "/hub/api/oauth2/authorize?client_id=jupyterhub-user-alice&redirect_uri=%2Fuser%2Falice%2Foauth_callback&state=b", "jupyterhub-user-alice-oauth-state=2|1:0; Path=/user/alice/; Max-Age=600", "")
	f.Add("/hub/api/oauth2/authorize", "client_id=a&redirect_uri=%2Fservices%2Fx%2Foauth_callback&state=b", "", "/services/x/oauth_callback?code=c&state=b", "", "")
	f.Add("/user/alice/oauth_callback", "code=c&state=b", "jupyterhub-user-alice-oauth-state-abcdefgh=b", "", "", "<html><title>400: Bad Request</title><body>400: Bad Request</body></html>")
	f.Add("/token", "", "", "", "", `{"access_token": "a", "error": {}}`)
	f.Fuzz(func(t *testing.T, path, query, cookie, location, set, body string) {
		status := 400
		if location != "" {
			status = 302
		}
		x := &exchange.Exchange{
			Request: exchange.Request{Method: "GET", URL: exchange.URL{Path: path, RawQuery: query}, Fields: field("Cookie", cookie)},
			Response: &exchange.Response{
				Status: status, Body: exchange.Body{State: exchange.Known, Bytes: []byte(body), MediaType: "text/html"},
				Fields: exchange.Fields{Lines: append(field("Location", location).Lines, field("Set-Cookie", set).Lines...)},
			},
		}
		if path == "/token" {
			x.Request.Method, x.Request.Body = "POST", exchange.Body{State: exchange.Known, Bytes: []byte("grant_type=authorization_code&code=1")}
		}
		var c Collector
		c.Add(x)
		c.Add(x)
		for _, s := range c.Steps {
			for _, shown := range []string{s.Message, s.Problem.Code, s.Problem.Description, s.RedirectURI, s.Leads.Host, s.Leads.Path, s.HubVersion} {
				if len(shown) > mostURI+len("…") {
					t.Errorf("%d bytes are kept of a text", len(shown))
				}
				if strings.Contains(shown, urlState) && shown != s.RedirectURI && shown != s.Leads.Host && shown != s.Leads.Path {
					t.Errorf("a state is in %q", shown)
				}
			}
		}
		attempts, _, _ := Assemble(c.Steps)
		for _, a := range attempts {
			a.Outcome()
			if len(a.Steps()) == 0 {
				t.Error("an attempt without a step")
			}
		}
	})
}

func field(name, value string) exchange.Fields {
	if value == "" {
		return exchange.Fields{}
	}
	return exchange.Fields{Lines: []exchange.Field{{Name: name, Value: value}}}
}

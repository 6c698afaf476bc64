// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A user's server, and a service beside the Hub, leave logging in to the Hub: they are
// clients of it as the Hub is one of its provider (JupyterHub 4.0 to 5.5,
// services/auth.py, HubOAuth). Such a login is the second leg of a user's way in.

const (
	hubAuthorize = "/hub/api/oauth2/authorize"
	hubToken     = "/hub/api/oauth2/token"
	hubUser      = "/hub/api/user"
)

// serverOf is the path of the server or service whose callback a path is, with a slash
// at its end: "/user/alice/". It is "" for everything else.
func serverOf(path string) string {
	at, ok := strings.CutSuffix(path, "oauth_callback")
	if !ok || !strings.HasSuffix(at, "/") || IsCallback(path) || !strings.Contains(path, "/user/") && !strings.Contains(path, "/services/") {
		return ""
	}
	return clip(at, mostURI)
}

// serverIn is the server that a redirect URI belongs to. It may be a path alone.
func serverIn(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return ""
	}
	return serverOf(u.Path)
}

// secondLeg says what an exchange is for in a login that a server leaves to the Hub,
// and which server that is; the part is "" if it is none.
func secondLeg(x *exchange.Exchange, asked url.Values) (Part, string) {
	q := &x.Request
	if server := serverOf(q.URL.Path); server != "" {
		return PartCallback, server
	}
	if strings.HasSuffix(q.URL.Path, hubAuthorize) {
		if server := serverIn(asked.Get("redirect_uri")); server != "" && asked.Get("client_id") != "" {
			return PartAuthorize, server
		}
		return "", ""
	}
	// The Hub leads back to itself after its own login: only a server begins.
	if q.Method != "GET" || strings.Contains(q.URL.Path, "/hub/") || x.Response == nil || x.Response.Status/100 != 3 {
		return "", ""
	}
	to, err := url.Parse(locationOf(x))
	if err != nil || !strings.HasSuffix(to.Path, hubAuthorize) {
		return "", ""
	}
	if server := serverIn(to.Query().Get("redirect_uri")); server != "" && strings.HasPrefix(q.URL.Path+"/", server) {
		return PartStart, server
	}
	return "", ""
}

func locationOf(x *exchange.Exchange) string {
	location := x.Response.Fields.First("Location")
	if location == "" && x.Logged != nil {
		location = x.Logged.Location
	}
	return location[:min(len(location), maxState)]
}

// isServerState reports whether a cookie holds the state of a server's login:
// "jupyterhub-user-alice-oauth-state", with eight letters behind it where another one
// was there already.
func isServerState(name string) bool {
	_, rest, ok := strings.Cut(name, "-oauth-state")
	return ok && (rest == "" || len(rest) == len("-abcdefgh") && rest[0] == '-')
}

// isServerLogin reports whether a cookie is that of somebody who is logged in at a
// server; it has the name of the server's client at the Hub.
func isServerLogin(name string) bool {
	name = strings.TrimPrefix(name, "__Host-")
	return (strings.HasPrefix(name, "jupyterhub-user-") || strings.HasPrefix(name, "service-")) && !isServerState(name)
}

// The words by which a server says why it did not take a callback (services/auth.py).
const (
	textServerMismatch    = "oauth state does not match"
	textServerMissing     = "oauth state is missing"
	textServerError       = "Error in oauth:"
	textNotAuthorized     = "Failed to check authorization"
	textTokenNotPermitted = "Permission failure checking authorization"
	textHubUnreachable    = "Failed to connect to Hub API"
	textNoAccess          = "You do not have permission to access"
)

// IsServersCallback reports whether a path is one at which a server takes the answer of
// the Hub.
func IsServersCallback(path string) bool { return serverOf(path) != "" }

// isTornadoPage recognises the page that tornado makes of an error, and that a Jupyter
// server shows for a callback (tornado 6.1 to 6.6, web.py, write_error). It has no words.
func isTornadoPage(r *exchange.Response) bool {
	title := fmt.Sprintf("%d: %s", r.Status, http.StatusText(r.Status))
	return strings.TrimSpace(string(r.Body.Bytes)) == "<html><title>"+title+"</title><body>"+title+"</body></html>"
}

// OfServer reports whether a step is of a login that a server leaves to the Hub.
func (s *Step) OfServer() bool { return s.Server != "" }

// serverSaid reports whether the answer has words of the Hub or of a server, which no
// proxy has.
func (s *Step) serverSaid() bool {
	for _, text := range []string{textServerMissing, textServerError, textNotAuthorized, textTokenNotPermitted, textHubUnreachable, textNoAccess} {
		if strings.HasPrefix(s.Message, text) {
			return true
		}
	}
	return false
}

// NoAccessSaid reports whether the Hub says that the user may not use the server.
func (s *Step) NoAccessSaid() bool { return strings.HasPrefix(s.Message, textNoAccess) }

// HubUnreachableSaid reports whether a server says that it does not reach the Hub.
func (s *Step) HubUnreachableSaid() bool { return strings.HasPrefix(s.Message, textHubUnreachable) }

// ClientRefusedSaid reports whether a server says that the Hub does not take the
// credentials that it shows for itself.
func (s *Step) ClientRefusedSaid() bool {
	return strings.HasPrefix(s.Message, textTokenNotPermitted) ||
		strings.HasPrefix(s.Message, textNotAuthorized) && strings.Contains(s.Message, "invalid_client")
}

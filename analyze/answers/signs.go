// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"bytes"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// applications are servers of applications that write their name into Server. A proxy
// in front may write its own in its place, and never one of these.
var applications = []string{
	"TornadoServer", "uvicorn", "gunicorn", "Werkzeug", "waitress", "hypercorn", "daphne", "WSGIServer", "CherryPy", "Kestrel",
	"Jetty", "Apache-Coyote", "Cowboy", "Phusion", "Puma", "Keycloak",
}

// cookies are names of cookies that only applications set. Proxies set cookies, too,
// to find a server again.
var cookies = []string{"_xsrf=", "jupyterhub-", "__Host-jupyterhub-", "oauthenticator-", "_token=", "csrftoken="}

// applicationSign is what shows that an application made an answer, "" if nothing does.
func applicationSign(fields exchange.Fields, l *exchange.Logged) string {
	if version, state := fields.Get("X-JupyterHub-Version"); state == exchange.Known {
		return "X-JupyterHub-Version: " + version
	}
	server := fields.First("Server")
	for _, name := range applications {
		if strings.HasPrefix(server, name) {
			return "Server: " + server
		}
	}
	set, _ := fields.Values("Set-Cookie")
	for _, line := range set {
		for _, name := range cookies {
			if strings.HasPrefix(line, name) {
				return "Set-Cookie: " + strings.Trim(name, "=-") + "…"
			}
		}
	}
	if l != nil && ofApplication(l) {
		return "a line in the application's own log"
	}
	return ""
}

func ofApplication(l *exchange.Logged) bool {
	switch l.Program {
	case exchange.ProgramJupyterHub, exchange.ProgramJupyterServer, exchange.ProgramUvicorn, exchange.ProgramAirflow:
		return true
	}
	return false
}

// Told is what a proxy's own page says beside its status.
type Told string

// The things that pages tell.
const (
	TooLarge Told = "the request's header is too large"
	NoServer Told = "no server is there to take the request"
)

// told are the words of pages, and what they tell (nginx 1.22.1, HAProxy 2.6.12 run;
// Traefik 3.7, pkg/server/service/loadbalancer; Envoy 0079051).
var told = []struct {
	words string
	tells Told
}{
	{"Request Header Or Cookie Too Large</center>", TooLarge},
	{"No server is available to handle this request.", NoServer},
	{"no available server", NoServer},
	{"no healthy upstream", NoServer},
	{"upstream connect error or disconnect/reset before headers", NoServer},
}

const mostPage = 4096

func toldBy(page []byte) Told {
	page = page[:min(len(page), mostPage)]
	for _, one := range told {
		if bytes.Contains(page, []byte(one.words)) {
			return one.tells
		}
	}
	return ""
}

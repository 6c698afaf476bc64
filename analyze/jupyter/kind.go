// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// ownPaths are the interfaces that Jupyter Server and JupyterLab have and others have
// not (jupyter_server 2.21.1, jupyterlab_server 2.28.1), at any base URL.
var ownPaths = []string{
	"/api/contents", "/api/kernelspecs", "/api/kernels", "/api/events/subscribe", "/api/terminals", "/terminals/websocket",
	"/lab/api/settings", "/lab/api/workspaces", "/lab/api/translations", "/lab/api/build", "/lab/api/listings", "/lab/api/themes",
}

// sharedPaths are theirs too, but other programs have the same.
var sharedPaths = []string{"/api/sessions", "/api/me", "/api/config", "/api/status", "/lsp/status"}

// kindOf says what an exchange is for; ok is false if it is none with a Jupyter
// server that stands by itself.
func kindOf(x *exchange.Exchange) (k Kind, ok bool) {
	path := x.Request.URL.Path
	switch {
	case len(path) > 4096 || ofHub(path):
		return "", false
	case below(path, ownPaths) || below(path, sharedPaths):
		if x.Request.Fields.First("Sec-Websocket-Key") != "" || isSocketPath(path) {
			return Socket, true
		}
		return API, true
	case isPagePath(path) && (x.Request.Method == "GET" || x.Request.Method == "HEAD"):
		return Page, true
	case strings.HasSuffix(path, "/login") && x.Response != nil && isTornado(x.Response.Fields.First("Server")):
		return Form, true
	}
	return "", false
}

// ofHub reports whether a path is one of a JupyterHub or of a server that it started.
func ofHub(path string) bool {
	return strings.Contains(path, "/hub/") || strings.Contains(path, "/user/") || strings.Contains(path, "/services/")
}

// below reports whether one of the paths is in another one, up to the end of a segment.
func below(path string, paths []string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		at := strings.Index(path, p)
		return at >= 0 && (at+len(p) == len(path) || path[at+len(p)] == '/')
	})
}

// isSocketPath tells sockets in logs, which have no fields.
func isSocketPath(path string) bool {
	return strings.HasSuffix(path, "/api/events/subscribe") || strings.HasSuffix(path, "/channels") || strings.Contains(path, "/terminals/websocket/")
}

func isPagePath(path string) bool {
	return strings.HasSuffix(path, "/lab") || strings.Contains(path, "/lab/tree") || strings.Contains(path, "/lab/workspaces") || strings.HasSuffix(path, "/doc")
}

// Own reports whether nothing but a Jupyter server is asked for such a path.
func (s *Step) Own() bool { return below(s.Path, ownPaths) }

// WantResponse says which contents NewStep reads, for an exchange.BodyPolicy.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	if ofHub(r.URL.Path) {
		return false
	}
	switch s.Status {
	case 200:
		return isPagePath(r.URL.Path) && strings.Contains(s.Body.MediaType, "html")
	case 400, 401, 403, 404:
		return below(r.URL.Path, ownPaths) || below(r.URL.Path, sharedPaths)
	}
	return false
}

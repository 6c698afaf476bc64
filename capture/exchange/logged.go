// SPDX-License-Identifier: Apache-2.0

package exchange

import "time"

// Program is the software that wrote a line of a log, as far as its format tells.
type Program string

// The programs whose logs are known. Unknown is what several programs write: the
// common and the combined log format are those of nginx, Apache, gunicorn and more.
const (
	ProgramUnknown       Program = ""
	ProgramJupyterHub    Program = "jupyterhub"
	ProgramJupyterServer Program = "jupyter-server" // single-user servers: the Hub's shape under another name
	ProgramCHP           Program = "configurable-http-proxy"
	ProgramNginx         Program = "nginx" // and ingress-nginx
	ProgramHAProxy       Program = "haproxy"
	ProgramTraefik       Program = "traefik"
	ProgramUvicorn       Program = "uvicorn" // Airflow's API server until 3.1 logs requests through it
	ProgramAirflow       Program = "airflow"
	ProgramDjango        Program = "django"
)

// Logged is what a log tells of a request beside its messages. Everything else of
// such an exchange is unknown: its fields are Incomplete, its contents Unknown.
//
// Started and Answered are computed from the line: most programs log a request when
// they have answered it.
type Logged struct {
	Program Program

	// Container is where the line comes from, as `kubectl logs --prefix` or docker
	// compose say it ("pod/hub-5d/hub"); empty is unknown.
	Container string

	// BySender says that the program sent the request: it logs what it asked another
	// server. Others log what they were asked.
	BySender bool

	// Believed is the client's address as the application used it, raw: what stands
	// behind @ in a Hub's line. Whether it is the peer's or was taken from a field the
	// line does not tell. Of a proxy it is what its $remote_addr or the like was.
	Believed string

	// User is the name that the program gave the user. It is for matching, not for
	// showing.
	User string

	// Said are the telling lines that the program wrote while it handled the request,
	// in order.
	Said []Statement

	// Location is where a redirect led to, as the program wrote it: values may be
	// replaced by "[secret]". In the response's fields it is only if none is.
	Location string

	// Scrubbed says that the program replaced values of the query by "[secret]";
	// QueryUnknown that it leaves out queries altogether: RawQuery is then empty.
	Scrubbed, QueryUnknown bool

	// RequestID is what the program calls the request. ingress-nginx sends it on as
	// X-Request-ID, and Airflow takes it from there.
	RequestID string

	// PassedTo is the server that a proxy passed the request to, as the proxy names it:
	// an address with its port, a URL, or "backend/server". Empty is unknown, and so is
	// whether it was passed on at all. PassedStatus is what that server answered, if
	// the line tells it apart from what the client got.
	PassedTo     string
	PassedStatus int

	// AskedNobody says that the line shows that the proxy passed the request to no
	// server and answered by itself: "-" for the server in ingress-nginx' format and in
	// Traefik's, "<NOSRV>" in HAProxy's.
	AskedNobody bool

	// Termination is HAProxy's termination state ("PR--"): who ended the session, and
	// when. Empty for other programs.
	Termination string

	// ZoneUnknown says that the line's time has no zone, and was read as UTC. Such a
	// clock may be off by hours against others; within the log it is good.
	ZoneUnknown bool

	// Resolution is how fine the line's time is: what happened may have been that much
	// later. Zero if there is no time.
	Resolution time.Duration

	// StartUnknown says that the line does not tell how long the request took. Started
	// is then the same as Answered, and too late.
	StartUnknown bool
}

// Statement is a line of a log that tells something about a login, or about what
// decides on logins. It may be of a request (Logged.Said) or of none
// (Capture.Statements).
type Statement struct {
	Code    StatementCode
	Ref     Ref
	Program Program
	Time    time.Time // zero is unknown; for its zone see Capture.ZoneUnknown

	// Text is the line without what stands in front of its message. Values of known
	// secret parameters, tokens and session ids are replaced by "[secret]"; it is
	// hostile text all the same.
	Text string

	// Shared says that several requests were under way when the program wrote the
	// line, and nothing tells of which it is: it stands with each of them, and proves
	// nothing about one.
	Shared bool

	Values Values
}

// Values are the parts of a statement that the analysis compares. They are raw and
// may hold session ids: they must not be shown.
type Values struct {
	// Identity is the one that the Hub computed for the request, and CookieIdentity the
	// one in the token that came with it ("None:…" before login). Both are the decoded
	// payload of an _xsrf token.
	Identity, CookieIdentity string

	// Method, Target, Status and Address are those of the request that the line names.
	// In Target the values of secret parameters are replaced by "[secret]".
	Method, Target string
	Status         int
	Address        string

	User    string
	Reason  string // what the program says was wrong, redacted as Text is
	Version string // of the program

	// Expected and Got are two values that had to be equal and were not, such as the
	// OAuth state of the cookie and of the URL.
	Expected, Got string

	// Upstream is the server that a proxy could not get an answer from, as its line
	// names it: an address with its port, or a URL.
	Upstream string

	// Source is the place in the program's source text ("_xsrf_utils:125"), which
	// differs from version to version.
	Source string
}

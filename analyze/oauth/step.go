// SPDX-License-Identifier: Apache-2.0

// Package oauth follows logins by an identity provider: the Hub sends the browser to
// the provider with a state that it also puts into a cookie, the provider sends the
// browser back with a code, the Hub exchanges the code for a token and asks the
// provider for the user, and then lets the user in or not.
//
// It says what happened. Why a login failed is the business of package causes. Which
// user it was, and what codes, tokens and states are, never leaves this package; a
// state has an id by which callers make pseudonyms.
package oauth

import (
	"crypto/sha256"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Part is what a request is for.
type Part string

// The parts of a round trip, in their order.
const (
	PartStart     Part = "start"     // at the Hub, which sends the browser to the provider
	PartAuthorize Part = "authorize" // at the provider, with what the Hub asks for
	PartReturn    Part = "return"    // at the provider, which sends the browser back
	PartCallback  Part = "callback"  // at the Hub, with what the provider answered
	PartToken     Part = "token"     // of the Hub at the provider: code for token
	PartUserInfo  Part = "user-info" // of the Hub at the provider: whose token it is
)

// Problem is an error in the form of RFC 6749, 4.1.2.1 and 5.2, or what a page of the
// provider says.
type Problem struct{ Code, Description string }

// IsZero reports whether there is no error.
func (p Problem) IsZero() bool { return p == Problem{} }

// Words are what the provider says, shortened.
func (p Problem) Words() string {
	if p.Code == "" || p.Description == "" {
		return p.Code + p.Description
	}
	return p.Code + ": " + p.Description
}

// Target is where a redirect leads, without its query.
type Target struct{ Scheme, Host, Path string }

// Step is one request of a round trip, reduced to what a decision needs. It keeps no
// content.
type Step struct {
	Ref                        exchange.Ref
	Time, AnsweredAt           time.Time
	Method, Path, Host, Scheme string
	UserAgent                  string
	Part                       Part

	// Server is the path of the server that leaves logging in to the Hub; "" in a login
	// of the Hub's own.
	Server string

	// Sighting is this place's part in the path of the request. Seen are all sightings
	// of it, outermost first, each with what its own place showed, and Hops their path;
	// both are set by Assemble.
	Sighting *hops.Sighting
	Seen     []*Step
	Hops     hops.Path

	// State is the one in the URL, or in the URL to which the answer leads.
	State State

	// RedirectURI is where the provider is asked to send the browser.
	RedirectURI string

	// Problem is the error that the provider reports, in whatever way.
	Problem Problem

	// Cookies are the state cookies sent, in order.
	Cookies      []Cookie
	CookiesState exchange.Knowledge

	// Set is the state cookie that the answer sets; nil if it sets none. Deletes says
	// that the answer deletes it.
	Set      *Cookie
	SetState exchange.Knowledge
	Deletes  bool

	// Secret stands in for the API token that a server shows with a code, "" if it was not
	// seen.
	Secret string

	Status     int // 0: no answer was seen
	Leads      Target
	HubVersion string // X-JupyterHub-Version
	Message    string // of the Hub, in its page or log
	Said       []exchange.Statement
	User       string // as the Hub's log has it: for matching, not for showing
	Believed   string // the client's address in the Hub's log

	loggedIn      bool
	fromHub       bool
	tornado       bool   // the page is tornado's own for an error
	code, granted string // stand-ins for the code and for the token
}

// IsCallback reports whether a path is one at which a Hub takes the answer of a
// provider, whatever its base URL. Those of users' servers and of services, which have
// the Hub for their provider, end otherwise.
func IsCallback(path string) bool { return strings.HasSuffix(path, "/hub/oauth_callback") }

func isStart(path string) bool { return strings.HasSuffix(path, "/hub/oauth_login") }

// isHubsOwn reports whether a path is one of the Hub as a provider.
func isHubsOwn(path string) bool { return strings.Contains(path, "/hub/api/") }

// FromHub reports whether the answer bears a sign of the Hub, or of the server that has
// the Hub for its provider, so that no proxy made it.
func (s *Step) FromHub() bool {
	return s.fromHub || s.HubVersion != "" || s.Set != nil || s.Deletes || s.loggedIn || s.StateSaid() || s.NotAllowedSaid() ||
		strings.HasPrefix(s.Message, textProviderError) || s.OfServer() && (s.tornado || s.serverSaid())
}

// WantRequest and WantResponse say which contents Collector.Add reads; they are made
// for an exchange.BodyPolicy.
func WantRequest(r *exchange.Request) bool { return mayExchangeCode(r) }

// WantResponse is described with WantRequest.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	switch {
	case IsCallback(r.URL.Path) || serverOf(r.URL.Path) != "" || s.Status >= 400 && strings.Contains(r.URL.RawQuery, "redirect_uri="):
		return strings.Contains(s.Body.MediaType, "html") || s.Body.MediaType == ""
	case mayExchangeCode(r):
		return strings.Contains(s.Body.MediaType, "json")
	}
	return false
}

// partOf says what an exchange is for; "" if it belongs to no round trip, as far as it
// tells itself.
func partOf(x *exchange.Exchange, asked url.Values) Part {
	q := &x.Request
	switch {
	case isHubsOwn(q.URL.Path):
		return ""
	case IsCallback(q.URL.Path):
		return PartCallback
	case isStart(q.URL.Path) && q.Method == "GET":
		return PartStart
	case strings.Contains(asked.Get("response_type"), "code") && asked.Get("client_id") != "" && isHubsCallback(asked.Get("redirect_uri")):
		return PartAuthorize
	case x.Response != nil && x.Response.Status/100 == 3 && isReturn(x.Response.Fields.First("Location")):
		return PartReturn
	}
	return ""
}

func isHubsCallback(target string) bool {
	u, err := url.Parse(target)
	return err == nil && u.Host != "" && strings.HasSuffix(u.Path, "/oauth_callback") && !strings.Contains(u.Path, "/user/") && !strings.Contains(u.Path, "/services/")
}

// isReturn reports whether an address is a callback with what it is called with.
func isReturn(location string) bool {
	if len(location) > maxState || !strings.Contains(location, "/hub/oauth_callback?") {
		return false
	}
	u, err := url.Parse(location)
	return err == nil && IsCallback(u.Path) && (u.Query().Has("code") || u.Query().Has("error"))
}

// newStep reduces an exchange of the browser.
func newStep(x *exchange.Exchange, part Part, asked url.Values, server string) *Step {
	s := &Step{
		Ref: x.Ref, Time: x.Started, AnsweredAt: x.Answered, Part: part, Server: server,
		Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		UserAgent: x.Request.Fields.First("User-Agent"),
	}
	s.Cookies, s.CookiesState = sentCookies(x.Request.Fields, s.stateCookie())
	if x.Response != nil {
		s.readAnswer(x.Response)
	}
	if x.Logged != nil {
		s.readLog(x.Logged)
	}
	s.readQuery(asked)
	s.Sighting = hops.New(x, s.marks()...)
	return s
}

func (s *Step) readQuery(asked url.Values) {
	if s.Part == PartStart {
		return // what it asks for stands in its answer
	}
	s.State = firstState(ReadState(asked.Get("state")), s.State)
	if uri := asked.Get("redirect_uri"); uri != "" {
		s.RedirectURI = withoutQuery(uri)
	}
	if s.Part == PartCallback {
		s.Problem, s.code = problemIn(asked), codeIn(asked)
	}
}

func codeIn(query url.Values) string {
	code := query.Get("code")
	if code == "" || hidden(code) {
		return ""
	}
	return standIn(code)
}

func (s *Step) readAnswer(r *exchange.Response) {
	s.Status = r.Status
	s.HubVersion = clip(r.Fields.First("X-JupyterHub-Version"), 32)
	cookies := readSetCookies(r.Fields, s.Time, s.OfServer())
	s.Set, s.SetState, s.Deletes, s.loggedIn = cookies.set, cookies.state, cookies.deleted, cookies.loggedIn
	s.readLocation(r.Fields.First("Location"))
	if r.Body.State != exchange.Known || r.Status < 400 {
		return
	}
	if s.OfServer() {
		s.Message, s.tornado = words(token.ReadPage(r.Body.Bytes).Message), isTornadoPage(r)
	} else if s.Part == PartCallback {
		s.Message = words(token.ReadPage(r.Body.Bytes).Message)
	} else if s.Part == PartAuthorize {
		s.Problem = problemOnPage(token.ReadText(r.Body.Bytes))
	}
}

// readLocation reads where an answer leads: what the Hub asks the provider for, or what
// the provider answers.
func (s *Step) readLocation(location string) {
	if location == "" || len(location) > maxState {
		return
	}
	u, err := url.Parse(location)
	if err != nil {
		return
	}
	s.Leads = Target{Scheme: u.Scheme, Host: clip(u.Host, mostURI), Path: clip(u.Path, mostURI)}
	if s.Part == PartCallback {
		return
	}
	query := u.Query()
	if s.OfServer() && s.Part == PartAuthorize && !IsServersCallback(u.Path) {
		return // to the Hub's own login, and from there to this address again
	}
	s.State = ReadState(query.Get("state"))
	s.RedirectURI = withoutQuery(query.Get("redirect_uri"))
	if isReturn(location) || s.OfServer() && s.Part == PartAuthorize {
		s.Problem = problemIn(query)
		s.code = codeIn(query)
	}
}

// pageFields finds the members of an error in the page of oidc-provider (8.8.1,
// helpers/defaults.js, renderError).
var pageFields = regexp.MustCompile(`\berror ?: (\S+)(?: error_description ?: (.+?))?(?: (?:state|iss|scope) ?: |$)`)

func problemOnPage(text string) Problem {
	if found := pageFields.FindStringSubmatch(text); found != nil {
		return Problem{Code: words(found[1]), Description: words(found[2])}
	}
	return Problem{Description: words(text)}
}

func problemIn(query url.Values) Problem {
	return Problem{Code: words(query.Get("error")), Description: words(query.Get("error_description"))}
}

// marks: a state is given out once, and is asked for or brought back with few requests.
func (s *Step) marks() []hops.Mark {
	var marks []hops.Mark
	add := func(kind, value string) {
		if value != "" {
			marks = append(marks, hops.Mark{Kind: "oauth " + kind, Value: value, Fixed: true})
		}
	}
	switch s.Part {
	case PartAuthorize:
		if s.OfServer() { // asked for again after the Hub's own login, and where a user is to confirm
			add("code", s.code)
			break
		}
		add(string(s.Part), s.State.ID)
	case PartStart, PartReturn:
		add(string(s.Part), s.State.ID)
	case PartCallback:
		add("callback", s.State.ID)
		add("code", s.code)
	}
	return marks
}

func firstState(a, b State) State {
	if a.IsZero() {
		return b
	}
	return a
}

// query reads the parameters of a request; what is too long or garbled is left out.
func query(u exchange.URL) url.Values {
	if len(u.RawQuery) > maxState {
		return url.Values{}
	}
	values, _ := url.ParseQuery(u.RawQuery)
	return values
}

func withoutQuery(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	return clip(uri, mostURI)
}

const (
	mostURI   = 512 // bytes
	mostWords = 240
)

func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// standIn is what stands in for a credential within this program.
func standIn(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:16])
}

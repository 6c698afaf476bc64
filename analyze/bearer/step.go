// SPDX-License-Identifier: Apache-2.0

// Package bearer follows the signed tokens (RFC 7515) that clients show with each
// request: which answer gave a token out, which servers took it, and which refused.
//
// It says what happened. Why a token was refused is the business of package causes.
package bearer

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/token"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Token is a signed token at one place.
type Token struct {
	token.JWS
	Raw string
	By  string // where it stood: "Authorization", "Cookie _token", "content", …

	// Garbled is what stands in an Authorization field besides the scheme and the
	// token, such as quotes; "" if nothing does.
	Garbled string

	// Cookie is the cookie that an answer sets it with; nil for other places.
	Cookie *http.Cookie
}

// Step is one exchange that shows or gives out a token, or was refused for lack of
// one, reduced to what a decision needs. It keeps no content.
type Step struct {
	Ref                        exchange.Ref
	Time, AnsweredAt           time.Time
	Method, Path, Host, Scheme string
	UserAgent                  string

	// Sighting is this place's part in the path of the request. Seen are all sightings
	// of it, outermost first, and Hops their path; both are set by Assemble.
	Sighting *hops.Sighting
	Seen     []*Step
	Hops     hops.Path

	Shown      []Token // with the request, in order
	ShownState exchange.Knowledge

	// Foreign says that the Authorization field holds what should be a token, and is none,
	// such as the word undefined.
	Foreign bool

	Given []Token // by the answer

	Status int
	Date   time.Time // the answer's Date field: the clock of who wrote it
	Detail string    // the answer's own words

	// Logged is the client's address as the application's own log has it; "" without.
	Logged string
	Said   []exchange.Statement

	// TookAway says that the answer deletes the cookie in which the request showed its
	// token: the token was refused, whatever the answer is beside that.
	TookAway bool

	here []Token // Given, as this place showed them

	bySender bool // the line of a log, written by who sent the request
}

// Matters reports whether an exchange can be a step.
func Matters(x *exchange.Exchange) bool {
	if atProvider(x.Request.URL.Path) {
		return false
	}
	if len(shown(x.Request.Fields)) > 0 || refusedForLack(x) || refusedInLog(x) || refusedAsNone(x) {
		return true
	}
	return x.Response != nil && len(given(x)) > 0
}

// atProvider reports whether a path is an identity provider's: Keycloak's, or where OpenID
// Connect Core 1.0, 5.3, has what is known of a user. Tokens that are shown there are the
// provider's own, and say nothing of who may use the application.
func atProvider(path string) bool {
	return strings.Contains(path, "/protocol/openid-connect/") || strings.HasSuffix(path, "/userinfo")
}

// refusedForLack reports whether an API asked for a token that was not sent.
func refusedForLack(x *exchange.Exchange) bool {
	return x.Response != nil && x.Response.Status == 401 && isAPI(x.Request.URL.Path)
}

// refusedAsNone reports whether an API says that a token is invalid, of what is none.
func refusedAsNone(x *exchange.Exchange) bool {
	return x.Response != nil && x.Response.Status == 403 && isAPI(x.Request.URL.Path) && foreign(x.Request.Fields) && detail(x.Response) == detailInvalid
}

// foreign reports whether there is one Authorization field, and no signed token is in it
// although its scheme is that of tokens (RFC 6750, 2.1).
func foreign(fields exchange.Fields) bool {
	values, state := fields.Values("Authorization")
	if state != exchange.Known || len(values) != 1 {
		return false
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	return strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(rest) != "" && len(tokensIn(values[0], "Authorization")) == 0
}

func refusedInLog(x *exchange.Exchange) bool {
	if x.Logged == nil || x.Response == nil {
		return false
	}
	refused := (x.Response.Status == 401 || x.Response.Status == 403) && isAPI(x.Request.URL.Path)
	return refused || slices.ContainsFunc(x.Logged.Said, func(s exchange.Statement) bool { return s.Code == exchange.SaidTokenInvalid && !s.Shared })
}

// isAPI reports whether a path is one of Airflow's: the public API, and that of its
// user interface (Airflow 3.0).
func isAPI(path string) bool {
	return strings.Contains(path, "/api/v2/") || strings.Contains(path, "/ui/") || strings.Contains(path, "/execution/")
}

// WantResponse says which contents NewStep reads, for an exchange.BodyPolicy.
func WantResponse(r *exchange.Request, s *exchange.Response) bool {
	if !strings.Contains(s.Body.MediaType, "json") {
		return false
	}
	issues := r.Method == "POST" && (strings.Contains(r.URL.Path, "token") || strings.Contains(r.URL.Path, "login"))
	return issues || s.Status == 401 || s.Status == 403
}

// NewStep reduces an exchange.
func NewStep(x *exchange.Exchange) *Step {
	s := &Step{
		Ref: x.Ref, Time: x.Started, AnsweredAt: x.Answered,
		Method: x.Request.Method, Path: x.Request.URL.Path, Host: x.Request.URL.Host, Scheme: x.Request.URL.Scheme,
		UserAgent: x.Request.Fields.First("User-Agent"), Shown: shown(x.Request.Fields),
	}
	s.Foreign = len(s.Shown) == 0 && foreign(x.Request.Fields)
	s.ShownState = shownState(x.Request.Fields, len(s.Shown) > 0 || s.Foreign)
	if x.Logged != nil {
		s.Said, s.bySender = x.Logged.Said, x.Logged.BySender
		if x.Logged.Program == exchange.ProgramUvicorn {
			s.Logged = x.Client.Address
		}
	}
	if x.Response != nil {
		s.Status, s.Given = x.Response.Status, given(x)
		s.here = s.Given
		s.Detail = detail(x.Response)
		if s.TookAway = tookAway(x, s.Shown); s.TookAway && s.Detail == "" {
			s.Detail = detailDeleted
		}
		if date, err := http.ParseTime(x.Response.Fields.First("Date")); err == nil {
			s.Date = date
		}
	}
	marks := s.marks()
	if port, ok := hops.PortMark(x); ok {
		marks = append(marks, port)
	}
	if value, ok := taskMark(x); ok {
		marks = append(marks, hops.Mark{Kind: "task", Value: value})
	}
	s.Sighting = hops.New(x, marks...)
	return s
}

// GivenHere are the tokens that this place showed, without those that other sightings of
// the request did.
func (s *Step) GivenHere() []Token { return s.here }

// BySender reports whether the step is the line of a log of who sent the request, and
// not of the server.
func (s *Step) BySender() bool { return s.bySender }

// marks: an answer's token is its own, one that is shown goes with many requests.
func (s *Step) marks() []hops.Mark {
	var marks []hops.Mark
	for _, t := range s.Given {
		again := slices.ContainsFunc(s.Shown, func(shown Token) bool { return shown.Raw == t.Raw })
		marks = append(marks, hops.Mark{Kind: "given " + t.By, Value: t.Raw, Fixed: true, Guessable: again})
	}
	for _, t := range s.Shown {
		marks = append(marks, hops.Mark{Kind: "shown " + t.By, Value: t.Raw, Fixed: true, Guessable: true})
	}
	return marks
}

// shown are the tokens of a request: in Authorization, then in the cookie that Airflow
// reads. Its auth managers set others with tokens of an identity provider, which are not
// what it answers to (Keycloak provider 0.8.2: _id_token).
func shown(fields exchange.Fields) []Token {
	var found []Token
	values, _ := fields.Values("Authorization")
	for _, value := range values {
		for _, t := range tokensIn(value, "Authorization") {
			t.Garbled = garbled(value, t.Raw)
			found = append(found, t)
		}
	}
	lines, _ := fields.Values("Cookie")
	for _, line := range lines {
		if !strings.Contains(line, "eyJ") {
			continue
		}
		cookies, err := http.ParseCookie(line)
		if err != nil {
			continue
		}
		for _, cookie := range cookies {
			if cookie.Name != airflowCookie {
				continue
			}
			found = append(found, tokensIn(cookie.Value, "Cookie "+cookie.Name)...)
		}
	}
	return found
}

// garbled is what is left of a field when the scheme (RFC 6750, 2.1) and the token
// are taken out.
func garbled(value, raw string) string {
	rest := strings.TrimSpace(strings.Replace(value, raw, "", 1))
	if scheme, after, _ := strings.Cut(rest, " "); strings.EqualFold(scheme, "Bearer") {
		rest = after
	}
	return clip(strings.TrimSpace(rest))
}

func tokensIn(text, by string) []Token {
	var found []Token
	for _, t := range token.Find(text) {
		found = append(found, Token{JWS: t.JWS, Raw: t.Compact(), By: by})
	}
	return found
}

// shownState is Absent only if no field can have held a token that is not seen.
func shownState(fields exchange.Fields, any bool) exchange.Knowledge {
	if any {
		return exchange.Known
	}
	for _, name := range []string{"Authorization", "Cookie"} {
		if _, state := fields.Values(name); state == exchange.Unknown {
			return exchange.Unknown
		}
	}
	return exchange.Absent
}

// given are the tokens of an answer: in cookies, in a field by which Airflow renews
// them (Airflow 3, execution API), and in its content.
func given(x *exchange.Exchange) []Token {
	var found []Token
	lines, _ := x.Response.Fields.Values("Set-Cookie")
	for i, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || cookie.Name != airflowCookie || !strings.Contains(line, "eyJ") || deletedBy(cookie, lines[i+1:]) {
			continue
		}
		for _, t := range tokensIn(cookie.Value, "Set-Cookie "+cookie.Name) {
			kept := *cookie
			kept.Value, kept.Raw = "", ""
			t.Cookie = &kept
			found = append(found, t)
		}
	}
	for _, name := range []string{"Refreshed-API-Token"} {
		found = append(found, tokensIn(x.Response.Fields.First(name), name)...)
	}
	if x.Response.Body.State == exchange.Known && x.Response.Status < 300 && !forOAuthClient(x.Response.Body.Bytes) {
		found = append(found, tokensIn(wholeWords(&x.Response.Body), "content")...)
	}
	return found
}

// wholeWords is a content without a token at its end of which more may have followed.
func wholeWords(b *exchange.Body) string {
	text := string(b.Bytes)
	if b.Truncated {
		text = strings.TrimRightFunc(text, func(r rune) bool { return r != '"' && r != '\'' && r != ' ' })
	}
	return text
}

// forOAuthClient reports whether a content is the answer of an OAuth token endpoint, which
// must say of what type its token is (RFC 6749, 5.1). Airflow's own does not.
func forOAuthClient(content []byte) bool { return token.Member(content, "token_type") != "" }

// deletedBy reports whether one of the lines that follow takes back what a cookie was
// set to: browsers go by the last one of a name and a path (RFC 6265, 5.3).
func deletedBy(cookie *http.Cookie, lines []string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		later, err := http.ParseSetCookie(line)
		return err == nil && later.Name == cookie.Name && later.Path == cookie.Path && isDeletion(later)
	})
}

func isDeletion(c *http.Cookie) bool { return c.MaxAge < 0 && strings.Trim(c.Value, `"`) == "" }

// airflowCookie is the cookie that holds Airflow's token (Airflow 3, auth/managers/
// base_auth_manager.py, COOKIE_NAME_JWT_TOKEN).
const airflowCookie = "_token"

// tookAway reports whether an answer deletes the cookie that the token of its request
// came in, and sets no other in its place. From 3.1.1 on Airflow does so wherever it
// refuses the token, in pages and redirects too (api_fastapi/auth/middlewares/
// refresh_token.py); a logout is none of these. Others, such as identity providers,
// delete cookies with tokens when they have served.
func tookAway(x *exchange.Exchange, shown []Token) bool {
	if strings.HasSuffix(strings.TrimSuffix(x.Request.URL.Path, "/"), "logout") {
		return false
	}
	took := false
	lines, _ := x.Response.Fields.Values("Set-Cookie")
	for i, line := range lines {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || cookie.Name != airflowCookie || !slices.ContainsFunc(shown, func(t Token) bool { return t.By == "Cookie "+airflowCookie }) {
			continue
		}
		if !isDeletion(cookie) && !deletedBy(cookie, lines[i+1:]) {
			return false
		}
		took = true
	}
	return took
}

// detail are the words of a refusal: the member "detail" of a JSON object, as
// FastAPI writes it, or what RFC 6750, 3 puts into WWW-Authenticate.
func detail(r *exchange.Response) string {
	if r.Status != 401 && r.Status != 403 {
		return ""
	}
	if r.Body.State == exchange.Known {
		if text := token.Member(r.Body.Bytes, "detail"); text != "" {
			return clip(text)
		}
	}
	return clip(r.Fields.First("WWW-Authenticate"))
}

const mostDetail = 200

func clip(text string) string {
	if len(text) <= mostDetail {
		return text
	}
	return strings.ToValidUTF8(text[:mostDetail], "") + "…"
}

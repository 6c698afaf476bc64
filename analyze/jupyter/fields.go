// SPDX-License-Identifier: Apache-2.0

package jupyter

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Auth is what an Authorization field holds. Of credentials other than a token only
// the scheme is kept.
type Auth struct {
	Scheme string // in lower case; "" if there is no field, or it is not known
	Token  string // of the schemes "token" and "bearer"; it must not be shown
}

// authOf reads the field as Jupyter Server does (2.21.1, auth/identity.py,
// auth_header_pat): the word "token" or "bearer" in any case, white space, the token.
func authOf(fields exchange.Fields) Auth {
	value := fields.First("Authorization")
	a := Auth{Scheme: scheme(value)}
	if a.Scheme == "token" || a.Scheme == "bearer" {
		a.Token = clip(strings.TrimSpace(value[len(a.Scheme):]))
	}
	return a
}

// Whether a field is absent or unknown may be known only once the capture has been
// read. So it is asked of the head that was kept.

// AuthState is how much is known of Authorization at a sighting.
func (s *Step) AuthState() exchange.Knowledge { return s.state("Authorization") }

// CookieState says whether a cookie by which Jupyter knows its user was sent.
func (s *Step) CookieState() exchange.Knowledge {
	switch {
	case s.loginCookie:
		return exchange.Known
	case s.state("Cookie") == exchange.Unknown:
		return exchange.Unknown
	}
	return exchange.Absent
}

// UpgradeState says whether a request asks for a WebSocket in Upgrade (RFC 6455, 4.1).
func (s *Step) UpgradeState() exchange.Knowledge {
	switch {
	case s.upgrade:
		return exchange.Known
	case s.state("Upgrade") == exchange.Unknown:
		return exchange.Unknown
	}
	return exchange.Absent
}

func (s *Step) state(name string) exchange.Knowledge {
	_, state := s.Sighting.Head.Get(name)
	return state
}

// AnswerHasNone reports whether the answer is known to have no Authorization field.
func (s *Step) AnswerHasNone() bool {
	_, state := s.Sighting.AnswerHead.Get("Authorization")
	return s.Sighting.Status != 0 && state == exchange.Absent
}

// Sent is what the client sent in Authorization, by the outermost sighting that knows;
// known is false if none does.
func (s *Step) Sent() (a Auth, known bool) {
	seen := s.Seeing(func(seen *Step) bool { return seen.AuthState() != exchange.Unknown })
	if seen == nil {
		return Auth{}, false
	}
	return seen.Auth, true
}

// scheme is the first word of a field of credentials or of a challenge (RFC 9110,
// 11.1).
func scheme(value string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	return strings.ToLower(clip(word))
}

// Password reports whether a scheme asks for a user's name and password.
func Password(scheme string) bool { return scheme == "basic" || scheme == "digest" }

func queryToken(raw string) string {
	if !strings.Contains(raw, "token=") {
		return ""
	}
	for pair := range strings.SplitSeq(raw, "&") {
		if value, ok := strings.CutPrefix(pair, "token="); ok {
			if text, err := url.QueryUnescape(value); err == nil {
				return clip(text)
			}
		}
	}
	return ""
}

// hasLoginCookie looks for the cookie "username-HOST" that Jupyter Server sets for
// whomever it knows (2.21.1, auth/identity.py, get_cookie_name).
func hasLoginCookie(fields exchange.Fields) bool {
	lines, _ := fields.Values("Cookie")
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			if strings.HasPrefix(strings.TrimSpace(pair), "username-") {
				return true
			}
		}
	}
	return false
}

// OriginDiffers reports whether Jupyter Server must take a request for one of another
// site: the host of its Origin is not its Host (2.21.1, base/handlers.py,
// check_origin; allow_origin may allow it all the same).
func (s *Step) OriginDiffers() bool { return s.Innermost().OriginDiffersHere() }

// OriginDiffersHere is OriginDiffers for one sighting.
func (s *Step) OriginDiffersHere() bool {
	host := s.HostField()
	return s.Origin != "" && host != "" && SiteOf(s.Origin) != host
}

// HostField is the Host of a sighting, "" if it is not known.
func (s *Step) HostField() string { return s.Sighting.Head.First("Host") }

// SiteOf is what stands behind the scheme: of an Origin the host, and the port if
// there is one.
func SiteOf(origin string) string {
	_, site, _ := strings.Cut(strings.ToLower(origin), "://")
	return site
}

func referer(fields exchange.Fields) string {
	value, _, _ := strings.Cut(fields.First("Referer"), "?")
	return clip(value)
}

// fromPage is the site whose page of JupyterLab's asks, by the Referer of a request;
// "" if that does not tell. To other sites browsers tell the site alone, without the
// path of the page (Referrer Policy, 3.7: strict-origin-when-cross-origin).
func (s *Step) fromPage() string {
	site, path, found := strings.Cut(SiteOf(s.Referer), "/")
	if !found || !isPagePath("/"+path) {
		return ""
	}
	return site
}

func target(u exchange.URL) string {
	if u.RawQuery == "" {
		return u.Path
	}
	return u.Path + "?" + u.RawQuery
}

// stampedTarget is a target with the milliseconds that the page's script puts behind
// each (JupyterLab 4.6.6, services/src/serverconnection.ts).
var stampedTarget = regexp.MustCompile(`[?&][0-9]{13}$`)

func stamped(target string) bool { return stampedTarget.MatchString(target) }

func isTornado(server string) bool { return strings.HasPrefix(server, "TornadoServer/") }

const mostText = 256

func clip(text string) string { return text[:min(len(text), mostText)] }

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
	State  exchange.Knowledge
	Scheme string // in lower case
	Token  string // of the schemes "token" and "bearer"; it must not be shown
}

// authOf reads the field as Jupyter Server does (2.21.1, auth/identity.py,
// auth_header_pat): the word "token" or "bearer" in any case, white space, the token.
func authOf(fields exchange.Fields) Auth {
	value, state := fields.Get("Authorization")
	a := Auth{State: state, Scheme: scheme(value)}
	if a.Scheme == "token" || a.Scheme == "bearer" {
		a.Token = clip(strings.TrimSpace(value[len(a.Scheme):]))
	}
	return a
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

// loginCookie looks for the cookie "username-HOST" that Jupyter Server sets for
// whomever it knows (2.21.1, auth/identity.py, get_cookie_name).
func loginCookie(fields exchange.Fields) exchange.Knowledge {
	lines, state := fields.Values("Cookie")
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			if strings.HasPrefix(strings.TrimSpace(pair), "username-") {
				return exchange.Known
			}
		}
	}
	if state == exchange.Unknown {
		return exchange.Unknown
	}
	return exchange.Absent
}

// upgrade is whether a request for a WebSocket says so in Upgrade (RFC 6455, 4.1).
func upgrade(fields exchange.Fields) exchange.Knowledge {
	value, state := fields.Get("Upgrade")
	if state == exchange.Known && !strings.EqualFold(strings.TrimSpace(value), "websocket") {
		return exchange.Absent
	}
	return state
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

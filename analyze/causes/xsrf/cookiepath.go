// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// What the path of page and submit shows of the way of a cookie: from the Hub out
// to the browser, and back in again.

// lostCookie says who kept the cookie from coming back, if the path shows it.
func (c *Case) lostCookie() (m causes.Match, ok bool) {
	if m, ok = c.cookieStripped(); ok {
		return m, true
	}
	return c.setCookieChanged()
}

// cookieStripped matches when the submit carried the cookie up to a proxy that
// sent it on without.
func (c *Case) cookieStripped() (causes.Match, bool) {
	s := c.submit()
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if len(in.Cookies) == 0 || out.CookiesState != exchange.Absent || !s.Hops.HandedOn(i, in.Sighting, out.Sighting) {
			continue
		}
		one := Culprit{Kind: roles.KindAt(s.Hops, i), Address: s.Hops[i].From.Address}
		return causes.Match{
			Origin: c.originAt(one),
			Detail: fmt.Sprintf("The browser sent the cookie; %s took it out of the request.", one.Address),
			Fixes:  []string{fixCookies, fixUnchanged},
			Evidence: []finding.Evidence{
				causes.PointAt(in.Ref, "Cookie", "", "the cookie was sent as far as here"),
				causes.PointAt(out.Ref, "Cookie", "", "sent on without it"),
			},
		}, true
	}
	return causes.Match{}, false
}

// setCookieChanged matches when a proxy changed, on the way out, the cookie that
// came with the page, in a way that keeps a browser from sending it.
func (c *Case) setCookieChanged() (causes.Match, bool) {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return causes.Match{}, false
	}
	for i := len(page.Hops) - 1; i > 0; i-- {
		inside, outside := page.At(i), page.At(i-1)
		if !page.Hops.Adjacent(i) || page.Hops.Translated(i) || !inside.Answered || !outside.Answered {
			continue
		}
		for _, set := range inside.Set {
			did, cures := c.spoilt(set, outside)
			if did == "" || outside.SetOf(set.Token).IsZero() && hops.MayBeTwo(outside.Sighting, inside.Sighting) {
				continue
			}
			one := Culprit{Kind: roles.KindAt(page.Hops, i), Address: page.Hops[i].From.Address}
			return causes.Match{
				Origin: c.originAt(one),
				Detail: fmt.Sprintf("On its way to the browser, %s %s.", one.Address, did),
				Fixes:  cures,
				Evidence: []finding.Evidence{
					causes.PointAt(inside.Ref, "Set-Cookie _xsrf", attributes(set), "as the Hub set it"),
					causes.PointAt(outside.Ref, "Set-Cookie _xsrf", attributes(outside.SetOf(set.Token)), "as it was handed on"),
				},
			}, true
		}
	}
	return causes.Match{}, false
}

// spoilt says what was done to a cookie that a browser then does not send with the
// submit (RFC 6265, 5.4), or "", and what cures it.
func (c *Case) spoilt(set login.SetToken, outside *login.Step) (did string, cures []string) {
	got := outside.SetOf(set.Token)
	cures = []string{fixCookies, fixUnchanged}
	switch {
	case got.IsZero() && outside.SetState == exchange.Unknown:
		return "", nil
	case got.IsZero():
		return "dropped the cookie", cures
	case got.Secure && !set.Secure && !c.secureSite():
		return "marked the cookie Secure, and the site is reached by plain http", append([]string{fixHTTPS}, cures...)
	case got.Path != set.Path && !causes.PathMatches(c.submitPath(), got.Path):
		return fmt.Sprintf("changed the cookie's path from %s to %s, under which the form is not submitted", set.Path, got.Path), cures
	}
	return "", nil
}

// secureSite reports whether the browser reaches the site by https, or may do so.
func (c *Case) secureSite() bool {
	for _, s := range c.Attempt.Submits() {
		if s.Scheme != "" {
			return s.Scheme == "https"
		}
	}
	outermost := c.submit().Hops
	return len(outermost) == 0 || outermost[0].To.Port != 80
}

// submitPath is the path to which the browser submitted the form.
func (c *Case) submitPath() string { return c.Attempt.Submits()[0].Path }

func attributes(set login.SetToken) string {
	if set.IsZero() {
		return "not there"
	}
	words := []string{"Path=" + set.Path}
	if set.Secure {
		words = append(words, "Secure")
	}
	if name := sameSite[set.SameSite]; name != "" {
		words = append(words, "SameSite="+name)
	}
	return strings.Join(words, "; ")
}

func (c *Case) originAt(one Culprit) finding.Origin {
	return finding.Origin{Kind: one.Kind, Address: one.Address, Party: c.partyAt(one)}
}

// hubAddress is the address of the Hub, where its own hop was seen, or "".
func (c *Case) hubAddress() string {
	for _, s := range []*login.Step{c.submit(), c.Attempt.Form} {
		if s != nil && len(s.Hops) > 0 && s.Hops.ByAppProxy(len(s.Hops)-1) {
			return s.Hops[len(s.Hops)-1].To.Address
		}
	}
	return ""
}

// addressed fills in where the application or the client is, if that was seen.
func (c *Case) addressed(o finding.Origin) finding.Origin {
	switch {
	case o.Address != "":
	case o.Kind == finding.OriginApplication && o.Party != otherApplication:
		o.Address = c.hubAddress()
	case o.Kind == finding.OriginClient && len(c.submit().Hops) > 0:
		if from, _ := roles.Of(c.submit().Hops, 0); from == finding.HopClient {
			o.Address = c.submit().Hops[0].From.Address
		}
	}
	return o
}

// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"net/http"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
)

var sameSite = map[http.SameSite]string{
	http.SameSiteLaxMode: "Lax", http.SameSiteStrictMode: "Strict", http.SameSiteNoneMode: "None",
}

// framed matches when the browser says that it shows the Hub in a frame of another
// site. There it keeps and sends cookies with SameSite=None and Secure only
// (draft-ietf-httpbis-rfc6265bis, 5.6.7 and 5.7), and not even those if its user does
// not let it keep cookies of third parties.
func (c *Case) framed() (causes.Match, bool) {
	s, page := c.submit(), c.Attempt.Form
	if !s.Frame.Inside {
		return causes.Match{}, false
	}
	m := causes.Match{
		Confidence: finding.Likely,
		Origin:     finding.Origin{Kind: finding.OriginUnknown},
		Fixes:      []string{fixOwnTab, fixFrame},
		Evidence:   frameEvidence(s, "the submit"),
	}
	set, told := c.setWithPage()
	switch {
	case !s.Frame.OfOtherSite() && !(told && page.Frame.Inside && page.Frame.ByOtherSite):
		return causes.Match{}, false
	case told && (set.SameSite != http.SameSiteNoneMode || !set.Secure):
		m.Origin = finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}
		m.Detail = "The page around the frame is of another site. There browsers keep and send only cookies with SameSite=None and Secure, and the Hub set its cookie without."
		m.Evidence = append(m.Evidence, causes.PointAt(page.Ref, "Set-Cookie _xsrf", attributes(set), "as the Hub set it"))
	case told && s.Frame.NoCookies() && !set.Partitioned:
		m.Origin = finding.Origin{Kind: finding.OriginClient}
		m.Detail = "The page around the frame is of another site, and the browser says that it gives no cookies to such frames: those of third parties are blocked. SameSite=None is set and does not change that."
		m.Fixes = []string{fixOwnTab}
		m.Evidence = append(m.Evidence, causes.PointAt(page.Ref, "Set-Cookie _xsrf", attributes(set), "as the Hub set it"))
	case !told && s.Frame.NoCookies():
		m.Detail = "The page around the frame is of another site, and the browser says that it gives no cookies to it."
	default:
		return causes.Match{}, false
	}
	if s.Frame.OfOtherSite() {
		m.Confidence = finding.Proven
	}
	m.Summary = "the Hub is shown in a frame of another site, where the browser sent no _xsrf cookie"
	return m, true
}

// setWithPage is the cookie that came with the page of the form, if that was seen.
func (c *Case) setWithPage() (login.SetToken, bool) {
	page := c.Attempt.Form
	if page == nil || !c.Attempt.Confirmed() {
		return login.SetToken{}, false
	}
	set := page.SetOf(c.submit().Form)
	return set, !set.IsZero()
}

func frameEvidence(s *login.Step, which string) []finding.Evidence {
	list := []finding.Evidence{causes.PointAt(s.Ref, "Sec-Fetch-Dest", "iframe", which)}
	switch {
	case s.Frame.StorageAccess != "":
		list = append(list, causes.PointAt(s.Ref, "Sec-Fetch-Storage-Access", s.Frame.StorageAccess, "the page around is of another site"))
	case s.Frame.ByOtherSite:
		list = append(list, causes.PointAt(s.Ref, "Sec-Fetch-Site", "cross-site", "the page around is of another site"))
	}
	return list
}

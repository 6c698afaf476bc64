// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"net/http"

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
func (c *Case) framed() (match, bool) {
	s, page := c.submit(), c.Attempt.Form
	if !s.Frame.Inside {
		return match{}, false
	}
	m := match{
		confidence: finding.Likely,
		origin:     finding.Origin{Kind: finding.OriginUnknown},
		fixes:      []string{fixOwnTab, fixFrame},
		evidence:   frameEvidence(s, "the submit"),
	}
	set, told := c.setWithPage()
	switch {
	case !s.Frame.OfOtherSite() && !(told && page.Frame.Inside && page.Frame.ByOtherSite):
		return match{}, false
	case told && (set.SameSite != http.SameSiteNoneMode || !set.Secure):
		m.origin = finding.Origin{Kind: finding.OriginApplication, Party: "jupyterhub"}
		m.detail = "The page around the frame is of another site. There browsers keep and send only cookies with SameSite=None and Secure, and the Hub set its cookie without."
		m.evidence = append(m.evidence, pointAt(page.Ref, "Set-Cookie _xsrf", attributes(set), "as the Hub set it"))
	case told && s.Frame.NoCookies() && !set.Partitioned:
		m.origin = finding.Origin{Kind: finding.OriginClient}
		m.detail = "The page around the frame is of another site, and the browser says that it gives no cookies to such frames: those of third parties are blocked. SameSite=None is set and does not change that."
		m.fixes = []string{fixOwnTab}
		m.evidence = append(m.evidence, pointAt(page.Ref, "Set-Cookie _xsrf", attributes(set), "as the Hub set it"))
	case !told && s.Frame.NoCookies():
		m.detail = "The page around the frame is of another site, and the browser says that it gives no cookies to it."
	default:
		return match{}, false
	}
	if s.Frame.OfOtherSite() {
		m.confidence = finding.Proven
	}
	m.summary = "the Hub is shown in a frame of another site, where the browser sent no _xsrf cookie"
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
	list := []finding.Evidence{pointAt(s.Ref, "Sec-Fetch-Dest", "iframe", which)}
	switch {
	case s.Frame.StorageAccess != "":
		list = append(list, pointAt(s.Ref, "Sec-Fetch-Storage-Access", s.Frame.StorageAccess, "the page around is of another site"))
	case s.Frame.ByOtherSite:
		list = append(list, pointAt(s.Ref, "Sec-Fetch-Site", "cross-site", "the page around is of another site"))
	}
	return list
}

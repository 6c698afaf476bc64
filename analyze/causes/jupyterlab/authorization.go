// SPDX-License-Identifier: Apache-2.0

package jupyterlab

import (
	"cmp"
	"fmt"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/jupyter"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// authorizationOverwritten matches when the page's script showed Jupyter's token to
// somebody who answered that a password is wanted. Jupyter Server never asks for one
// in that way.
func authorizationOverwritten(c *Case) causes.Answer {
	refused, open401 := c.overwritten()
	switch {
	case refused == nil && open401:
		return causes.Open(causes.Missing("what the refused requests held in Authorization", causes.HowToCaptureBrowser))
	case refused == nil:
		return causes.Excluded("no request that showed a token was asked for a password")
	}
	page, own := c.Visit.Page(), c.Visit.Token()
	if page == nil {
		return causes.Open(causes.Missing("the page that sent the requests, and whether it held the token", causes.HowToCaptureBrowser))
	}
	sent, _ := refused.Sent()
	token := sent.Token
	m := causes.Match{Confidence: finding.Likely, Origin: c.Asker(refused)}
	m.Summary = fmt.Sprintf("the page sends Jupyter's token where %s wants a password", whoWords(m.Origin))
	if own == token {
		m.Confidence = finding.Proven
		m.Evidence = append(m.Evidence, visitEvidence(page.AnswerRef, "token in the page", c.Pseudonym(own), "given to the page's script"))
	} else {
		m.Missing = append(m.Missing, causes.Missing("whether the page holds this token", causes.HowToKeepBodies))
	}
	m.Evidence = append(m.Evidence, c.replaced(page)...)
	m.Evidence = append(m.Evidence,
		visitEvidence(refused.Seeing(withToken).Ref, "Authorization", c.Pseudonym(token), "sent by the page's script in place of the password"),
		visitEvidence(challenged(refused).AnswerRef, "WWW-Authenticate", SchemeWord(refused.Challenge), "401, and a password is wanted: Jupyter never asks so"))
	if m.Origin.Address == "" {
		m.Missing = append(m.Missing, causes.Missing("which proxy asks for the password", howToCaptureBothSides))
	}
	return causes.Matched(m)
}

// overwritten is the first refusal that shows it; unknown says that there are others
// with 401 of which the field is not known.
func (c *Case) overwritten() (refused *jupyter.Step, unknown bool) {
	for _, s := range c.Visit.Broken() {
		if s.Overwritten() && (refused == nil || c.Asker(refused).Address == "" && c.Asker(s).Address != "") {
			refused = s
		}
	}
	for _, s := range c.Visit.Refusals() {
		_, known := s.Sent()
		unknown = unknown || s.Status == 401 && !known
	}
	return refused, unknown
}

// replaced shows where the request for the page lost its password to the token.
func (c *Case) replaced(page *jupyter.Step) []finding.Evidence {
	hop, ok := changed(page, withoutToken, withToken)
	if !ok {
		return nil
	}
	before, at := page.Before(hop), page.At(hop)
	return []finding.Evidence{
		visitEvidence(before.Ref, "Authorization", cmp.Or(SchemeWord(before.Auth.Scheme), "none"), "sent for the page"),
		visitEvidence(at.Ref, "Authorization", c.Pseudonym(at.Auth.Token), "put in its place by "+page.Hops[hop].From.Address),
	}
}

func challenged(s *jupyter.Step) *jupyter.Step {
	if seen := s.Seeing(func(seen *jupyter.Step) bool { return jupyter.Password(seen.Challenge) }); seen != nil {
		return seen
	}
	return s
}

// SchemeWord is a scheme as its specification spells it.
func SchemeWord(scheme string) string {
	switch scheme {
	case "basic":
		return "Basic"
	case "digest":
		return "Digest"
	}
	return scheme
}

func withoutToken(s *jupyter.Step) bool {
	return s.AuthState() != exchange.Unknown && s.Auth.Token == ""
}
func withToken(s *jupyter.Step) bool { return s.Auth.Token != "" }

// Remark says what is wrong with a visit whatever became of it: the server's token
// was given to a client that had not shown it. It is nil if nothing is.
func Remark(c *Case) *finding.Finding {
	e := c.Visit.Exposure()
	if e == nil {
		return nil
	}
	page, name := e.Page, c.Pseudonym(e.Token)
	m := &causes.Match{Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown}}
	switch {
	case e.Hop > 0:
		m.Confidence, m.Origin = finding.Proven, roles.OriginAt(page.Hops, e.Hop)
		m.Evidence = c.replaced(page)
	case e.Seen && !c.sentForPage(page):
		return nil
	case e.Seen:
		m.Evidence = append(m.Evidence, visitEvidence(page.Innermost().Ref, "Authorization", name,
			"with the request for a page, where no browser sends a token: somebody on the way put it in"))
	default:
		m.Evidence = append(m.Evidence, visitEvidence(page.Outermost().Ref, "Authorization, Cookie, query", "",
			"the request for the page showed no token and no login, so somebody on the way put one in"))
	}
	if m.Origin.Address == "" {
		m.Missing = append(m.Missing, causes.Missing("who puts the token into requests", howToCaptureBothSides))
	}
	m.Evidence = append(m.Evidence, visitEvidence(page.AnswerRef, "token in the page", name, "given to "+toWhom(c.Visit)))
	if e.Shown > 0 {
		m.Evidence[len(m.Evidence)-1].Note += fmt.Sprintf(", whose page then sent it with %s", requests(e.Shown))
	}
	if answer := page.Innermost(); answer.AnswerHasNone() {
		m.Evidence = append(m.Evidence, visitEvidence(answer.AnswerRef, "Authorization of the answer", "",
			"there is none: deleting it from answers changes nothing"))
	}
	m.Summary = "Jupyter's own token is given to " + toWhom(c.Visit) + ", who did not have it"
	return causes.NewFinding(finding.TokenExposed, *m, nil)
}

// sentForPage reports whether a token that came with the request for a page cannot be
// the client's own: a browser asked, and its own side was not seen to send it.
func (c *Case) sentForPage(page *jupyter.Step) bool {
	from, _ := roles.Of(page.Hops, 0)
	return from != finding.HopClient && isBrowser(page.UserAgent)
}

// isBrowser reports whether a User-Agent is that of a browser: all of them begin so.
func isBrowser(userAgent string) bool {
	return len(userAgent) > 8 && userAgent[:8] == "Mozilla/"
}

// toWhom is the client of a visit, as far as it is known.
func toWhom(v *jupyter.Visit) string {
	for _, s := range v.Steps {
		if len(s.Hops) == 0 || s.Hops[0].From.Address == "" {
			continue
		}
		if from, _ := roles.Of(s.Hops, 0); from == finding.HopClient {
			return s.Hops[0].From.Address
		}
	}
	return "a browser"
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// SPDX-License-Identifier: Apache-2.0

package causes

import (
	"fmt"
	"strings"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/capture/exchange"
)

// FormCase is a login form that Flask-WTF refused, and everything that is known about
// it.
type FormCase struct {
	Attempt *flasklogin.Attempt
	Keys    *keys.Set // SECRET_KEYs that the user gave; may be nil

	// Pseudonym stands in for a session in evidence.
	Pseudonym func(raw string) string
}

// DecideForm says why a form was refused. Flask-WTF names the check that failed; what is
// left to find out is why there was no session, or another one.
func DecideForm(c *FormCase) Decision {
	switch c.Attempt.Submit.Reason {
	case flasklogin.SessionMissing:
		return c.lost(c.withoutSession())
	case flasklogin.NotEqual:
		return c.lost(c.replaced())
	}
	return Decision{Undecided: &finding.Undecided{
		Why:     c.otherReason(),
		Missing: []finding.Missing{missing("the page that the form came from", howToCaptureBrowser)},
	}}
}

func (c *FormCase) lost(m match) Decision {
	m.evidence = append(m.evidence, c.refusal()...)
	return Decision{Finding: newFinding(finding.CSRFSessionLost, m, nil)}
}

// otherReasons are the sentences of Flask-WTF that are not about a session.
var otherReasons = map[string]string{
	flasklogin.FieldMissing:    "the form had no CSRF token: its template lacks the field, or something took it out",
	flasklogin.Expired:         "the form had been open for longer than the server allows (WTF_CSRF_TIME_LIMIT, an hour)",
	flasklogin.Invalid:         "the form's CSRF token is not one that the server signed",
	flasklogin.RefererMissing:  "the browser sent no Referer, which the server wants to see on https",
	flasklogin.RefererMismatch: "the Referer is of another host than the one that the server sees in Host: a proxy may have changed that",
}

func (c *FormCase) otherReason() string {
	words := otherReasons[c.Attempt.Submit.Reason]
	if words == "" {
		words = "the form was refused"
	}
	return fmt.Sprintf("%s (%s)", words, strings.TrimSuffix(c.Attempt.Submit.Reason, "."))
}

// withoutSession tells a cookie that did not come from one that was not accepted.
func (c *FormCase) withoutSession() match {
	s := c.Attempt.Submit
	if m, ok := c.takenOut(); ok {
		return m
	}
	switch {
	case s.SentState == exchange.Absent:
		return c.notSent()
	case len(s.Sent) == 0:
		return match{
			confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
			summary: "the server found no session for the form: its cookie did not come, or another key signed it",
			missing: []finding.Missing{
				missing("the cookies of page and submission, and which server answered each", howToCaptureServers),
				missing("the key of each server", "analyze with --flask-secret-file, once for each"),
			},
			fixes: []string{cureOpenPageAgain, cureSameFormKey, cureChartFormKey, cureHandSessionOn, curePlainSession, cureAirflowHTTPS},
		}
	}
	return c.notAccepted()
}

// takenOut matches when the session cookie was lost on the way: in a proxy, or between
// two places that are not next to each other, which leaves open who did it.
func (c *FormCase) takenOut() (match, bool) {
	s := c.Attempt.Submit
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if s.Hops.Translated(i) || len(in.Sent) == 0 || out.SentState != exchange.Absent {
			continue
		}
		m := match{
			confidence: finding.Proven, origin: finding.Origin{Kind: finding.OriginUnknown},
			fixes: []string{cureHandSessionOn},
			evidence: []finding.Evidence{
				c.sent(in, "sent as far as here"),
				{Ref: finding.NewRef(out.Ref), Field: "Cookie session", Note: "sent on without it"},
			},
		}
		address := s.Hops[i].From.Address
		if s.Hops.Adjacent(i) {
			m.origin = finding.Origin{Kind: kindAt(s.Hops, i), Address: address, Party: programAt(s.Hops, i)}
			m.summary = address + " took the session cookie out of the submission"
			return m, true
		}
		m.summary = fmt.Sprintf("the session cookie was sent to %s, and %s sent the submission on without it", s.Hops[i-1].To.Address, address)
		m.missing = []finding.Missing{missing("who between the two took it out", howToCaptureServers)}
		return m, true
	}
	return match{}, false
}

// notSent says why the browser may not have sent the cookie that came with the page.
func (c *FormCase) notSent() match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := match{
		confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
		summary:  "the form came without the session cookie",
		evidence: []finding.Evidence{{Ref: finding.NewRef(s.Ref), Field: "Cookie session", Note: "not sent"}},
	}
	m.fixes = []string{cureOpenPageAgain, cureHandSessionOn, curePlainSession, cureAirflowHTTPS}
	if page == nil || len(page.Seen) == 0 || page.Seen[0].Set == nil {
		m.missing = []finding.Missing{missing("the session cookie as the browser got it", howToCaptureBrowser)}
		return m
	}
	outer := page.Seen[0].Set
	m.evidence = append([]finding.Evidence{c.setBy(page, outer)}, m.evidence...)
	why, secure := "", false
	switch {
	case behindProxy(s.Hops): // what the client got and asked for may be otherwise
	case outer.Cookie.Secure && (s.Scheme == "http" || atPlainPort(s.Hops)):
		why, secure = "is marked Secure, and the site is reached by plain http", true
	case outer.Cookie.Path != "" && !pathMatches(s.Path, outer.Cookie.Path):
		why = fmt.Sprintf("has the path %s, and %s is not below it", outer.Cookie.Path, s.Path)
	}
	if why == "" {
		if c.seenLeaving(s) {
			m.origin, m.fixes = finding.Origin{Kind: finding.OriginClient}, []string{cureOpenPageAgain}
			return m
		}
		if !outer.Cookie.Secure {
			m.fixes = []string{cureOpenPageAgain, cureHandSessionOn}
		}
		m.summary = "the form reached the server without the session cookie"
		m.missing = []finding.Missing{missing("whether the browser sent the cookie", howToCaptureBrowser)}
		return m
	}
	m.confidence, m.summary = finding.Proven, "the form came without the session cookie, which "+why
	m.origin = finding.Origin{Kind: finding.OriginApplication, Address: serverOf(page)}
	if inner := page.Set; inner != nil && inner.Cookie != nil && (inner.Cookie.Secure != outer.Cookie.Secure || inner.Cookie.Path != outer.Cookie.Path) {
		m.origin = finding.Origin{Kind: finding.OriginIngress, Address: page.Hops[len(page.Hops)-1].From.Address, Party: programAt(page.Hops, len(page.Hops)-1)}
	}
	m.fixes = keepSession(secure, m.origin)
	return m
}

// seenLeaving reports whether the submission was seen where the client sent it, and
// without the cookie there: what arrives without it may have lost it in a proxy.
func (c *FormCase) seenLeaving(s *flasklogin.Step) bool {
	if len(s.Hops) == 0 || s.At(0).SentState != exchange.Absent {
		return false
	}
	from, _ := Roles(s.Hops, 0)
	return from == finding.HopClient
}

// keepSession are the fixes for a session cookie that browsers do not keep, or do not send.
func keepSession(secure bool, by finding.Origin) []string {
	switch {
	case by.Kind == finding.OriginIngress && secure:
		return []string{cureHandSessionOn, cureAirflowHTTPS}
	case by.Kind == finding.OriginIngress:
		return []string{cureHandSessionOn}
	case secure && by.Address != "":
		return []string{curePlainSession, cureAirflowHTTPS}
	case secure:
		return []string{curePlainSession, cureAirflowHTTPS, cureHandSessionOn}
	}
	return nil
}

// behindProxy reports whether a request was seen on connections only of which none is
// known to come from the client.
func behindProxy(p hops.Path) bool {
	if len(p) == 0 {
		return false
	}
	from, _ := Roles(p, 0)
	return from != finding.HopClient
}

func atPlainPort(p hops.Path) bool { return len(p) > 0 && p[0].To.Port == 80 }

// notAccepted is about a cookie that came. The server that refused it gives out another
// one, and the keys say who signed which.
func (c *FormCase) notAccepted() match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := match{
		confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginApplication, Party: c.application(), Address: c.servers()},
		summary: "the session cookie was sent, and the server that got the form did not accept it",
		missing: []finding.Missing{missing("the key of each server", "analyze with --flask-secret-file, once for each: two keys, or one that changed, prove it")},
		fixes:   []string{cureSameFormKey, cureChartFormKey},
	}
	if lastServer(s.Hops) == "" { // what was sent is seen, and not what arrived
		m.origin = finding.Origin{Kind: finding.OriginUnknown}
		m.fixes = append(m.fixes, cureHandSessionOn)
		m.summary = "the session cookie was sent, and did not reach the server that got the form, or was not accepted there"
		m.missing = append([]finding.Missing{missing("whether a proxy took the cookie out", howToCaptureServers)}, m.missing...)
	}
	own := page != nil && page.Set != nil && page.Set.Raw == s.Sent[0].Raw
	if own {
		m.evidence = append(m.evidence, c.setBy(page, page.Set))
	}
	m.evidence = append(m.evidence, c.sent(s, "sent with the form"))
	if s.Set != nil && s.Set.Raw != s.Sent[0].Raw {
		m.evidence = append(m.evidence, c.setBy(s, s.Set))
	}
	if from, to := serverOf(page), serverOf(s); own && from != "" && to != "" && from != to {
		m.summary = fmt.Sprintf("the form's session is from %s, and %s, which got the form, did not accept its cookie", from, to)
	}
	if first, second, ok := c.twoKeys(); ok {
		m.confidence, m.missing, m.fixes = finding.Proven, nil, []string{cureSameFormKey, cureChartFormKey}
		m.origin = finding.Origin{Kind: finding.OriginApplication, Party: c.application(), Address: c.servers()}
		m.summary = fmt.Sprintf("the form's session is signed with the key of %s, and the server that got the form signs with that of %s", first, second)
	}
	return m
}

// twoKeys names the keys of the cookie that was sent and of the one that the refusing
// server gave out, if they are two of those that the user gave.
func (c *FormCase) twoKeys() (sent, given string, ok bool) {
	s := c.Attempt.Submit
	if s.Set == nil {
		return "", "", false
	}
	first, ok1 := c.Keys.Secret(s.Sent[0].Verify)
	second, ok2 := c.Keys.Secret(s.Set.Verify)
	return first.Label, second.Label, ok1 && ok2 && first != second
}

// serverOf is the server that answered a step, "" if its hop was not seen.
func serverOf(s *flasklogin.Step) string {
	if s == nil {
		return ""
	}
	return lastServer(s.Hops)
}

// application is Airflow, by the path at which it mounts its auth manager (Airflow 3).
func (c *FormCase) application() string {
	if c.Attempt.Submit.Path == flasklogin.AirflowLogin {
		return "airflow"
	}
	return ""
}

// servers are those of page and submission, as far as known.
func (c *FormCase) servers() string {
	from, to := serverOf(c.Attempt.Page), serverOf(c.Attempt.Submit)
	if from == to || from == "" {
		return to
	}
	return strings.TrimSuffix(from+", "+to, ", ")
}

// replaced is about a session that is not the form's.
func (c *FormCase) replaced() match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := match{
		confidence: finding.Likely, origin: finding.Origin{Kind: finding.OriginUnknown},
		summary: "the session is not the one that the form was made for",
		detail:  "Here the server did find a session, and it is not that of the form, whatever key signed it.",
		fixes:   []string{cureOpenPageAgain},
	}
	if page == nil || page.Set == nil || len(s.Sent) == 0 {
		m.missing = []finding.Missing{missing("the session cookies of page and submission", howToCaptureBrowser)}
		return m
	}
	m.evidence = []finding.Evidence{c.setBy(page, page.Set), c.sent(s, "sent with the form")}
	if page.Set.Raw != s.Sent[0].Raw {
		m.origin = finding.Origin{Kind: finding.OriginClient}
		m.summary = "another answer had replaced the session of the form before it was submitted"
	}
	return m
}

// refusal points at the server's own words.
func (c *FormCase) refusal() []finding.Evidence {
	s := c.Attempt.Submit
	list := []finding.Evidence{{Ref: finding.NewRef(s.Ref), Field: "answer", Value: strings.TrimSpace(fmt.Sprint(s.Status, " ", s.Reason))}}
	for _, said := range s.Said {
		if !said.Shared {
			list = append(list, finding.Evidence{Ref: finding.NewRef(said.Ref), Field: "log", Value: said.Text})
			break
		}
	}
	return list
}

func (c *FormCase) sent(s *flasklogin.Step, note string) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Cookie session", Value: c.Pseudonym(s.Sent[0].Raw), Note: note}
}

func (c *FormCase) setBy(s *flasklogin.Step, session *flasklogin.Session) finding.Evidence {
	note := "given out"
	if server := serverOf(s); server != "" {
		note += " by " + server
	}
	return finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Set-Cookie session", Value: c.Pseudonym(session.Raw), Note: note}
}

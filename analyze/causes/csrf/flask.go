// SPDX-License-Identifier: Apache-2.0

package csrf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/flasklogin"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/keys"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// FlaskCase is a login form that Flask-WTF refused, and everything that is known about
// it.
type FlaskCase struct {
	Attempt *flasklogin.Attempt
	Keys    *keys.Set // SECRET_KEYs that the user gave; may be nil

	// Pseudonym stands in for a session in evidence.
	Pseudonym func(raw string) string
}

// DecideFlask says why a form was refused. Flask-WTF names the check that failed; what is
// left to find out is why there was no session, or another one.
func DecideFlask(c *FlaskCase) causes.Decision {
	switch c.Attempt.Submit.Reason {
	case flasklogin.SessionMissing:
		return c.lost(c.withoutSession())
	case flasklogin.NotEqual:
		return c.lost(c.replaced())
	}
	return causes.Decision{Undecided: &finding.Undecided{
		Why:     c.otherReason(),
		Missing: []finding.Missing{causes.Missing("the page that the form came from", causes.HowToCaptureBrowser)},
	}}
}

func (c *FlaskCase) lost(m causes.Match) causes.Decision {
	m.Evidence = append(m.Evidence, c.refusal()...)
	f := causes.NewFinding(finding.CSRFSessionLost, m, nil)
	if c.Attempt.Submit.Reason == flasklogin.NotEqual { // the text on the code is on a session that was not found
		f.Explanation = replacedMeaning
	}
	return causes.Decision{Finding: f}
}

// replacedMeaning says what happened where the server found a session.
const replacedMeaning = "The login form holds a token whose other half is in the session that the page came with. " +
	"The server that got the form did find a session, whatever key signed it, and it is another one: the form is of an older page, " +
	"or another tab, a logout or a login has replaced the session since. No password was looked at."

// otherReasons are the sentences of Flask-WTF that are not about a session.
var otherReasons = map[string]string{
	flasklogin.FieldMissing:    "the form had no CSRF token: its template lacks the field, or something took it out",
	flasklogin.Expired:         "the form had been open for longer than the server allows (WTF_CSRF_TIME_LIMIT, an hour)",
	flasklogin.Invalid:         "the form's CSRF token is not one that the server signed",
	flasklogin.RefererMissing:  "the browser sent no Referer, which the server wants to see on https",
	flasklogin.RefererMismatch: "the Referer is of another host than the one that the server sees in Host: a proxy may have changed that",
}

func (c *FlaskCase) otherReason() string {
	words := otherReasons[c.Attempt.Submit.Reason]
	if words == "" {
		words = "the form was refused"
	}
	return fmt.Sprintf("%s (%s)", words, strings.TrimSuffix(c.Attempt.Submit.Reason, "."))
}

// withoutSession tells a cookie that did not come from one that was not accepted.
func (c *FlaskCase) withoutSession() causes.Match {
	s := c.Attempt.Submit
	if m, ok := c.takenOut(); ok {
		return m
	}
	switch {
	case s.SentState == exchange.Absent:
		return c.notSent()
	case len(s.Sent) == 0:
		return causes.Match{
			Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
			Summary: "the server found no session for the form: its cookie did not come, or another key signed it",
			Missing: []finding.Missing{
				causes.Missing("the cookies of page and submission, and which server answered each", causes.HowToCaptureServers),
				causes.Missing("the key of each server", "analyze with --flask-secret-file, once for each"),
			},
			Fixes: []string{fixOpenPageAgain, fixSameFormKey, fixChartFormKey, fixHandSessionOn, fixPlainSession, causes.FixAirflowHTTPS},
		}
	}
	return c.notAccepted()
}

// takenOut matches when the session cookie was lost on the way: in a proxy, or between
// two places that are not next to each other, which leaves open who did it.
func (c *FlaskCase) takenOut() (causes.Match, bool) {
	s := c.Attempt.Submit
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if s.Hops.Translated(i) || len(in.Sent) == 0 || out.SentState != exchange.Absent || hops.MayBeTwo(in.Sighting, out.Sighting) {
			continue
		}
		m := causes.Match{
			Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown},
			Fixes: []string{fixHandSessionOn},
			Evidence: []finding.Evidence{
				c.sent(in, "sent as far as here"),
				{Ref: finding.NewRef(out.Ref), Field: "Cookie session", Note: "sent on without it"},
			},
		}
		address := s.Hops[i].From.Address
		if s.Hops.Adjacent(i) {
			m.Origin = roles.OriginAt(s.Hops, i)
			m.Summary = address + " took the session cookie out of the submission"
			return m, true
		}
		m.Summary = fmt.Sprintf("the session cookie was sent to %s, and %s sent the submission on without it", s.Hops[i-1].To.Address, address)
		m.Missing = []finding.Missing{causes.Missing("who between the two took it out", causes.HowToCaptureServers)}
		return m, true
	}
	return causes.Match{}, false
}

// notSent says why the browser may not have sent the cookie that came with the page.
func (c *FlaskCase) notSent() causes.Match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := causes.Match{
		Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary:  "the form came without the session cookie",
		Evidence: []finding.Evidence{{Ref: finding.NewRef(s.Ref), Field: "Cookie session", Note: "not sent"}},
	}
	m.Fixes = []string{fixOpenPageAgain, fixHandSessionOn, fixPlainSession, causes.FixAirflowHTTPS}
	if page == nil || len(page.Seen) == 0 || page.Seen[0].Set == nil {
		m.Missing = []finding.Missing{causes.Missing("the session cookie as the browser got it", causes.HowToCaptureBrowser)}
		return m
	}
	outer := page.Seen[0].Set
	m.Evidence = append([]finding.Evidence{c.setBy(page, outer)}, m.Evidence...)
	why, secure := "", false
	switch {
	case behindProxy(s.Hops) || sentSomewhere(s): // what the client got and asked for may be otherwise
	case outer.Cookie.Secure && (s.Scheme == "http" || atPlainPort(s.Hops)):
		why, secure = "is marked Secure, and the site is reached by plain http", true
	case outer.Cookie.Path != "" && !causes.PathMatches(s.Path, outer.Cookie.Path):
		why = fmt.Sprintf("has the path %s, and %s is not below it", outer.Cookie.Path, s.Path)
	}
	if why == "" {
		if c.seenLeaving(s) {
			m.Origin, m.Fixes = finding.Origin{Kind: finding.OriginClient}, []string{fixOpenPageAgain}
			return m
		}
		if !outer.Cookie.Secure {
			m.Fixes = []string{fixOpenPageAgain, fixHandSessionOn}
		}
		m.Summary = "the form reached the server without the session cookie"
		m.Missing = []finding.Missing{causes.Missing("whether the browser sent the cookie", causes.HowToCaptureBrowser)}
		return m
	}
	m.Confidence, m.Summary = finding.Proven, "the form came without the session cookie, which "+why
	attribute := finding.Evidence{Ref: finding.NewRef(page.Seen[0].Ref), Field: "Set-Cookie session", Value: "Path=" + causes.Clip(outer.Cookie.Path), Note: "as the client got it"}
	m.Detail = "Browsers send a cookie only to what is below its path."
	if secure {
		attribute.Value, attribute.Note = "Secure", "over plain http"
		m.Detail = "Browsers neither keep nor send a cookie that is marked Secure where the site is reached by plain http."
	}
	m.Evidence = append([]finding.Evidence{attribute}, m.Evidence...)
	m.Origin = finding.Origin{Kind: finding.OriginApplication, Address: serverOf(page)}
	if inner := page.Set; inner != nil && inner.Cookie != nil && (inner.Cookie.Secure != outer.Cookie.Secure || inner.Cookie.Path != outer.Cookie.Path) {
		m.Origin = finding.Origin{Kind: finding.OriginIngress, Address: page.Hops[len(page.Hops)-1].From.Address, Party: roles.ProgramAt(page.Hops, len(page.Hops)-1)}
	}
	m.Fixes = keepSession(secure, m.Origin)
	return m
}

// sentSomewhere reports whether the cookie was seen on some hop of what is taken for one
// submission.
func sentSomewhere(s *flasklogin.Step) bool {
	return slices.ContainsFunc(s.Seen, func(seen *flasklogin.Step) bool { return len(seen.Sent) > 0 })
}

// seenLeaving reports whether the submission was seen where the client sent it, and
// without the cookie there: what arrives without it may have lost it in a proxy.
func (c *FlaskCase) seenLeaving(s *flasklogin.Step) bool {
	if len(s.Hops) == 0 || s.At(0).SentState != exchange.Absent {
		return false
	}
	from, _ := roles.Of(s.Hops, 0)
	return from == finding.HopClient
}

// keepSession are the fixes for a session cookie that browsers do not keep, or do not send.
func keepSession(secure bool, by finding.Origin) []string {
	switch {
	case by.Kind == finding.OriginIngress && secure:
		return []string{fixHandSessionOn, causes.FixAirflowHTTPS}
	case by.Kind == finding.OriginIngress:
		return []string{fixHandSessionOn}
	case secure && by.Address != "":
		return []string{fixPlainSession, causes.FixAirflowHTTPS}
	case secure:
		return []string{fixPlainSession, causes.FixAirflowHTTPS, fixHandSessionOn}
	}
	return nil
}

// behindProxy reports whether a request was seen on connections only of which none is
// known to come from the client.
func behindProxy(p hops.Path) bool {
	if len(p) == 0 {
		return false
	}
	from, _ := roles.Of(p, 0)
	return from != finding.HopClient
}

func atPlainPort(p hops.Path) bool { return len(p) > 0 && p[0].To.Port == 80 }

// notAccepted is about a cookie that came. The server that refused it gives out another
// one, and the keys say who signed which.
func (c *FlaskCase) notAccepted() causes.Match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := causes.Match{
		Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginApplication, Party: c.application(), Address: c.servers()},
		Summary: "the session cookie was sent, and the server that got the form did not accept it",
		Missing: []finding.Missing{causes.Missing("the key of each server", "analyze with --flask-secret-file, once for each: two keys, or one that changed, prove it")},
		Fixes:   []string{fixSameFormKey, fixChartFormKey},
	}
	if roles.LastServer(s.Hops) == "" { // what was sent is seen, and not what arrived
		m.Origin = finding.Origin{Kind: finding.OriginUnknown}
		m.Fixes = append(m.Fixes, fixHandSessionOn)
		m.Summary = "the session cookie was sent, and did not reach the server that got the form, or was not accepted there"
		m.Missing = append([]finding.Missing{causes.Missing("whether a proxy took the cookie out", causes.HowToCaptureServers)}, m.Missing...)
	}
	own := page != nil && page.Set != nil && page.Set.Raw == s.Sent[0].Raw
	if own {
		m.Evidence = append(m.Evidence, c.setBy(page, page.Set))
	}
	m.Evidence = append(m.Evidence, c.sent(s, "sent with the form"))
	if s.Set != nil && s.Set.Raw != s.Sent[0].Raw {
		m.Evidence = append(m.Evidence, c.setBy(s, s.Set))
	}
	if from, to := serverOf(page), serverOf(s); own && from != "" && to != "" && from != to {
		m.Summary = fmt.Sprintf("the form's session is from %s, and %s, which got the form, did not accept its cookie", from, to)
	}
	if first, second, ok := c.twoKeys(); ok {
		m.Confidence, m.Missing, m.Fixes = finding.Proven, nil, []string{fixSameFormKey, fixChartFormKey}
		m.Origin = finding.Origin{Kind: finding.OriginApplication, Party: c.application(), Address: c.servers()}
		m.Summary = fmt.Sprintf("the form's session is signed with the key of %s, and the server that got the form signs with that of %s", first, second)
	}
	return m
}

// twoKeys names the keys of the cookie that was sent and of the one that the refusing
// server gave out, if they are two of those that the user gave.
func (c *FlaskCase) twoKeys() (sent, given string, ok bool) {
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
	return roles.LastServer(s.Hops)
}

// application is Airflow, by the path at which it mounts its auth manager (Airflow 3).
func (c *FlaskCase) application() string {
	if c.Attempt.Submit.Path == flasklogin.AirflowLogin {
		return "airflow"
	}
	return ""
}

// servers are those of page and submission, as far as known.
func (c *FlaskCase) servers() string {
	from, to := serverOf(c.Attempt.Page), serverOf(c.Attempt.Submit)
	if from == to || from == "" {
		return to
	}
	return strings.TrimSuffix(from+", "+to, ", ")
}

// replaced is about a session that is not the form's.
func (c *FlaskCase) replaced() causes.Match {
	s, page := c.Attempt.Submit, c.Attempt.Page
	m := causes.Match{
		Confidence: finding.Likely, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary: "the session is not the one that the form was made for",
		Fixes:   []string{fixOpenPageAgain},
	}
	if page == nil || page.Set == nil || len(s.Sent) == 0 {
		m.Missing = []finding.Missing{causes.Missing("the session cookies of page and submission", causes.HowToCaptureBrowser)}
		return m
	}
	m.Evidence = []finding.Evidence{c.setBy(page, page.Set)}
	if other := c.Attempt.Other; other != nil {
		m.Evidence = append(m.Evidence, c.setBy(other, other.Set))
	}
	m.Evidence = append(m.Evidence, c.sent(s, "sent with the form"))
	if page.Set.Raw != s.Sent[0].Raw {
		m.Origin = finding.Origin{Kind: finding.OriginClient}
		m.Summary = "another answer had replaced the session of the form before it was submitted"
	}
	return m
}

// refusal points at the server's own words.
func (c *FlaskCase) refusal() []finding.Evidence {
	s := c.Attempt.Submit
	list := []finding.Evidence{{Ref: finding.NewRef(s.Ref), Field: "answer", Value: strings.TrimSpace(fmt.Sprint(s.Status, " ", s.Reason))}}
	for _, said := range s.Said {
		if !said.Shared {
			list = append(list, causes.PointAt(said.Ref, "log", said.Text, ""))
			break
		}
	}
	return list
}

func (c *FlaskCase) sent(s *flasklogin.Step, note string) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Cookie session", Value: c.Pseudonym(s.Sent[0].Raw), Note: note}
}

func (c *FlaskCase) setBy(s *flasklogin.Step, session *flasklogin.Session) finding.Evidence {
	note := "given out"
	if server := serverOf(s); server != "" {
		note += " by " + server
	}
	return finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "Set-Cookie session", Value: c.Pseudonym(session.Raw), Note: note}
}

// The titles of fixes that fit some of a code's cases only.
const (
	fixSameFormKey   = "give all servers the same secret_key"
	fixChartFormKey  = "name the Secret of the chart"
	fixHandSessionOn = "hand the session cookie on"
	fixOpenPageAgain = "open the page again"
	fixPlainSession  = "leave cookie_secure off while the site has plain http"
)

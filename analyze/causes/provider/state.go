// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/oauth"
	"github.com/logintrace/logintrace/analyze/roles"
	"github.com/logintrace/logintrace/capture/exchange"
)

// stateMismatch matches when the state that came back from the provider is not the
// one that the browser's cookie holds, or there is no such cookie: in the Hub's words,
// or because a 400 answers a callback in which both can be seen. A cookie that a
// sanitized recording does not show is unknown, not absent.
func stateMismatch(c *Case) causes.Answer {
	s := c.Attempt.Callback()
	if s == nil {
		return causes.Excluded("nobody was seen to come back to the Hub")
	}
	equal, known := statesEqual(s)
	shown := known && !equal && s.Status == 400 && s.Problem.IsZero()
	switch {
	case s.Status != 400:
		return causes.Excluded(fmt.Sprintf("the Hub answered %d, and complains of the state with 400", s.Status))
	case !s.Problem.IsZero():
		return causes.Excluded("the Hub looks at an error of the provider before it looks at the state")
	case s.URLStateMissingSaid():
		return causes.Matched(causes.Match{
			Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown},
			Summary: "the callback came back without its state", Evidence: c.answered(s),
		})
	case s.MismatchSaid() || shown && len(s.Cookies) > 0:
		return causes.Matched(c.otherState(s))
	case s.CookieMissingSaid() || shown:
		return causes.Matched(c.stateLost(s))
	case known && equal && s.Message != "":
		return causes.Excluded("the state of the cookie is that of the URL")
	}
	return causes.Open(causes.Missing("the text of the page with the 400, or the Hub's log", causes.HowToReadOAuthLog),
		causes.Missing("the cookies of the callback", causes.HowToKeepCookies))
}

// otherState is a callback with the cookie of another login of this browser: only the
// Hub makes such cookies, and it makes one for each click on its button.
func (c *Case) otherState(s *oauth.Step) causes.Match {
	m := causes.Match{
		Confidence: finding.Proven, Origin: c.byClient(s),
		Summary:  "the browser came back with the state of one login and the cookie of another",
		Detail:   "A second login in another tab or window replaces the cookie of the first.",
		Evidence: append(c.answered(s, exchange.SaidOAuthStateMismatch), c.states(s)...),
		Fixes:    []string{fixBeginAgain},
	}
	if other := c.startOf(s); other != nil {
		m.Detail = "Another login, begun at " + other.Time.UTC().Format("15:04:05Z") + " in another tab or window, replaced the cookie of this one."
		m.Evidence = append(m.Evidence, causes.PointAt(other.Ref, "Set-Cookie "+c.stateCookie(), c.Pseudonym(other.State.ID), "the other login"))
	}
	if c.Attempt.Start != nil {
		m.Evidence = append(m.Evidence, c.startEvidence(c.Attempt.Start, "this login"))
	}
	return m
}

// startOf is the start of the login whose cookie came with a callback; nil if it was not
// seen.
func (c *Case) startOf(s *oauth.Step) *oauth.Step {
	for _, cookie := range s.Cookies {
		if r := c.Index.StartOf(cookie.State); r != nil && r.State != s.State {
			return r
		}
	}
	return nil
}

func (c *Case) startEvidence(start *oauth.Step, note string) finding.Evidence {
	if start.Set == nil {
		return causes.PointAt(start.Ref, "state", c.Pseudonym(start.State.ID), note)
	}
	return causes.PointAt(start.Ref, "Set-Cookie "+c.stateCookie(), c.Pseudonym(start.Set.State.ID), note)
}

// byClient is the client as the origin of a cause.
func (c *Case) byClient(s *oauth.Step) finding.Origin {
	o := finding.Origin{Kind: finding.OriginClient}
	if own, ok := roles.ClientOn(s.Hops); ok {
		o.Address = own
	}
	return o
}

// stateLost is a callback without a cookie that the Hub takes: somebody on the way kept
// it, the browser did not send it, or the Hub did not make it.
func (c *Case) stateLost(s *oauth.Step) causes.Match {
	m := causes.Match{
		Confidence: finding.Proven, Origin: finding.Origin{Kind: finding.OriginUnknown},
		Summary:  fmt.Sprintf("the browser came back from %s, and %s missed the cookie with the state", c.provider(), c.taker()),
		Evidence: append(c.answered(s, exchange.SaidOAuthStateMismatch), c.states(s)...),
	}
	for _, explain := range []func(*oauth.Step, *causes.Match) bool{c.takenOut, c.notHandedOn, c.changed, c.notTheHubs, c.calledMissing, c.usedUp, c.notSent, c.elsewhere} {
		if explain(s, &m) {
			return m
		}
	}
	c.lost(s, &m)
	m.Missing = []finding.Missing{causes.Missing("where the cookie was lost", c.howToCapture())}
	if !c.seenSinceStart(s) {
		// The answer to a callback deletes the cookie, so one that is opened again, as
		// after a refusal, looks just so: it is not what went wrong first.
		m.Confidence = finding.Likely
		m.Detail = strings.TrimSpace(m.Detail + " Not all of this login was seen, maybe not an earlier callback: a callback that is opened again, by a reload after another refusal, misses its cookie too.")
		m.Missing = append(m.Missing, causes.Missing("the first callback of this login", "the lines or packets before this one"))
	}
	return m
}

// seenSinceStart reports whether an earlier callback of the login would have been seen:
// a capture shows its beginning and the callback, and has lost nothing in between.
func (c *Case) seenSinceStart(s *oauth.Step) bool {
	start := c.Attempt.Start
	return start != nil && hops.Unbroken(start.Hops.Sightings(), s.Hops.Sightings())
}

// takenOut: a proxy sent the callback on without the cookie that it had got.
func (c *Case) takenOut(s *oauth.Step, m *causes.Match) bool {
	for i := 1; i < len(s.Hops); i++ {
		in, out := s.At(i-1), s.At(i)
		if len(in.Cookies) == 0 || out.CookiesState != exchange.Absent || !s.Hops.HandedOn(i, in.Sighting, out.Sighting) {
			continue
		}
		m.Origin = roles.OriginAt(s.Hops, i)
		m.Summary = fmt.Sprintf("%s took the cookie with the state out of the callback", s.Hops[i].From.Address)
		m.Fixes = []string{fixHandCookiesOn}
		m.Evidence = append(m.Evidence,
			causes.PointAt(in.Ref, "Cookie "+c.stateCookie(), c.Pseudonym(in.Cookies[0].State.ID), "sent as far as here"),
			causes.PointAt(out.Ref, "Cookie", "", "sent on without it"))
		return true
	}
	return false
}

// notHandedOn: a proxy kept the Set-Cookie of the answer that sends the browser to the
// provider.
func (c *Case) notHandedOn(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil || start.State != s.State {
		return false
	}
	for i := 1; i < len(start.Hops); i++ {
		outer, inner := start.At(i-1), start.At(i)
		if inner.Set == nil || outer.SetState != exchange.Absent || !start.Hops.HandedOn(i, outer.Sighting, inner.Sighting) {
			continue
		}
		from := start.Hops[i].From.Address
		m.Origin = roles.OriginAt(start.Hops, i)
		m.Summary = fmt.Sprintf("%s did not hand on the cookie with the state", from)
		m.Fixes = []string{fixHandCookiesOn}
		m.Evidence = append(m.Evidence,
			causes.PointAt(inner.Ref, "Set-Cookie "+c.stateCookie(), c.Pseudonym(inner.Set.State.ID), "set by "+c.taker()),
			causes.PointAt(outer.Ref, "Set-Cookie", "", "handed on without it"))
		return true
	}
	if outer := start.Outermost(); outer.SetState == exchange.Absent && outer.Status != 0 && !outer.Ref.Capture.MayLack(outer.Time, outer.AnsweredAt) {
		m.Detail = fmt.Sprintf("The answer that sent the browser to %s set no such cookie, as far as it was seen here: somebody between %s and this place kept it.", c.provider(), c.taker())
		m.Evidence = append(m.Evidence, causes.PointAt(outer.Ref, "Set-Cookie", "", "the answer sets no cookie "+c.stateCookie()))
		m.Missing = []finding.Missing{causes.Missing("who keeps the cookie of that answer", c.howToCapture())}
		m.Fixes = []string{fixHandCookiesOn}
		return true
	}
	return false
}

// notTheHubs: the cookie is there, and the Hub does not take it for its own. It says so
// in the words of a cookie that is missing.
func (c *Case) notTheHubs(s *oauth.Step, m *causes.Match) bool {
	last := len(s.Hops) - 1
	if last < 0 || !s.Hops.ByAppProxy(last) || !s.CookieMissingSaid() || s.OfServer() {
		return false
	}
	here := s.At(last)
	cookies := here.Cookies
	if len(cookies) == 0 || here.Ref.Capture.MayLack(here.Time, here.AnsweredAt) {
		return false
	}
	signed := cookies[len(cookies)-1].Signed
	m.Origin = c.application()
	m.Summary = "the Hub does not take the cookie with the state for one of its own"
	m.Fixes = []string{fixChartSecret, fixSecretFile, fixBeginAgain}
	m.Detail = "The cookie reached the Hub, which calls it missing: it was signed with another cookie_secret, as before a restart or by another Hub, or it was damaged."
	c.restarted(s, m)
	switch {
	case c.Secret == nil || signed.Version != 2:
	case !signed.Verify(c.Secret):
		m.Detail += " The given cookie secret is not the one that signed it."
	default:
		m.Origin = finding.Origin{Kind: finding.OriginUnknown}
		m.Detail = "The cookie reached the Hub, which calls it missing, although it is signed with the given cookie secret: the Hub had another one, or took the cookie for too old."
	}
	return true
}

// usedUp: another callback of the same browser came first, whose answer deleted the one
// cookie that there is.
func (c *Case) usedUp(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil || start.Outermost().Set == nil || s.Outermost().CookiesState != exchange.Absent {
		return false
	}
	other := c.Index.DeletedBetween(start.Outermost(), s.Outermost())
	if other == nil {
		return false
	}
	m.Origin, m.Fixes = c.byClient(s), []string{fixBeginAgain}
	m.Detail = "The callback of another login of this browser came first, and its answer deleted the cookie: two tabs or windows share one."
	m.Evidence = append(m.Evidence, causes.PointAt(other.Ref, "Set-Cookie", "", "deletes the cookie "+c.stateCookie()))
	return true
}

// notSent: the cookie reached the client, and the client came back without it.
func (c *Case) notSent(s *oauth.Step, m *causes.Match) bool {
	start := c.Attempt.Start
	if start == nil || len(start.Hops) == 0 || len(s.Hops) == 0 || !c.seenSinceStart(s) {
		return false
	}
	set, back := start.Outermost(), s.Outermost()
	from, _ := roles.Of(start.Hops, 0)
	home, _ := roles.Of(s.Hops, 0)
	if from != finding.HopClient || home != finding.HopClient || set.Set == nil || back.CookiesState != exchange.Absent || !c.atClient(start) || !c.atClient(s) {
		return false
	}
	m.Evidence = append(m.Evidence, c.startEvidence(set, "the cookie reached the client"))
	switch cookie := set.Set; {
	case cookie.Domain == "" && !sameHost(set.Host, back.Host):
		c.cameBackElsewhere(start, set, back, m)
	case over(cookie, set, back):
		m.Origin, m.Fixes = c.byClient(s), []string{fixBeginAgain}
		m.Summary = "the cookie with the state had run out when the browser came back"
		m.Detail = fmt.Sprintf("It was given out at %s and lasted until %s.", clock(set.Time), clock(cookie.Expires))
	case cookie.Secure && back.Scheme == "http":
		m.Summary, m.Fixes = "the cookie with the state is for https alone, and the browser came back by http", []string{causes.FixLeaveCookie}
		m.Detail = "The cookie is marked Secure, and the callback came by http: a browser does not send it there."
		m.Missing = []finding.Missing{causes.Missing("who marks the cookie Secure", c.howToCapture())}
	case cookie.Path != "" && !causes.PathMatches(back.Path, cookie.Path):
		m.Summary = fmt.Sprintf("the cookie with the state is for %s, and the browser came back to %s", causes.Clip(cookie.Path), causes.Clip(back.Path))
		m.Fixes = []string{causes.FixLeaveCookie}
		m.Detail = "A browser sends a cookie to its own path, and to nothing beside that."
		m.Missing = []finding.Missing{causes.Missing("who gave the cookie that path", c.howToCapture())}
	case set.UserAgent != "" && back.UserAgent != "" && set.UserAgent != back.UserAgent:
		m.Origin, m.Fixes = c.byClient(s), []string{fixBeginAgain}
		m.Summary = fmt.Sprintf("the browser that came back from %s is not the one that %s sent there", c.provider(), c.taker())
		m.Detail = "The login was begun in one browser and came back in another: their User-Agents differ."
	default:
		m.Origin, m.Fixes = c.byClient(s), []string{fixBeginAgain}
		m.Summary = fmt.Sprintf("the client came back from %s without the cookie that it had been given", c.provider())
		m.Detail = "The cookie was given to this client and did not come back: " + strings.Join(c.waysToLose(set, back), ", or ") + "."
	}
	return true
}

// serversCookieLives is how long the cookie of a server's round trip does (JupyterHub 4.0
// to 5.5, services/auth.py, set_state_cookie).
const serversCookieLives = 10 * time.Minute

// waysToLose are how a cookie gets lost at a client, without those that the recording
// disproves.
func (c *Case) waysToLose(set, back *oauth.Step) (ways []string) {
	page, oneClock := "the provider's page", set.Ref.Capture == back.Ref.Capture
	if c.Attempt.Server() != "" {
		page = "the Hub's login page"
		if !oneClock || back.Time.Sub(set.Time) >= serversCookieLives {
			ways = append(ways, page+" stayed open for longer than the ten minutes that it lives")
		}
	}
	switch {
	case oneClock && set.Ref.Capture.Kind == exchange.KindHAR: // of one browser
	case set.UserAgent != "" && set.UserAgent == back.UserAgent:
		ways = append(ways, page+" was opened in a private window or another profile")
	default:
		ways = append(ways, page+" was opened in another browser, in a private window or from an app")
	}
	return append(ways, "cookies were deleted in between", "the browser did not keep it")
}

// cameBackElsewhere: a browser sends a cookie to the host name that it has it from.
func (c *Case) cameBackElsewhere(start, set, back *oauth.Step, m *causes.Match) {
	m.Summary, m.Fixes = "the login came back to another host name than it began at", []string{fixOneHost}
	m.Detail = fmt.Sprintf("The login began at %s and came back to %s: a browser sends the cookie to the first alone.", hostname(set.Host), hostname(back.Host))
	o := c.otherHost(start, set.Host, back.Host)
	m.Origin = o.origin
	if asked, err := url.Parse(c.Attempt.Asked()); err == nil {
		m.Seen = []causes.Example{{Text: causes.ExampleCallback, Seen: callbackAt(schemeOf(start), set.Host, asked.Path)}}
	}
	m.Evidence = append(m.Evidence, o.evidence...)
	m.Evidence = append(m.Evidence, causes.PointAt(back.Ref, "Host", back.Host, "where it came back to"))
	if o.unseen != "" {
		m.Missing = []finding.Missing{causes.Missing(o.unseen, c.howToCapture())}
	}
}

// atClient reports whether a request was seen on the client's own connection, in a
// recording that shows what the client itself sent and got.
func (c *Case) atClient(s *oauth.Step) bool {
	for _, sighting := range s.Hops[0].Sightings {
		if sighting.Ref == s.Outermost().Ref {
			return true
		}
	}
	return false
}

func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// over reports whether a cookie had run out, by one clock.
func over(cookie *oauth.Cookie, set, back *oauth.Step) bool {
	return !cookie.Expires.IsZero() && set.Ref.Capture == back.Ref.Capture && back.Time.After(cookie.Expires)
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }

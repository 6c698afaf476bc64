// SPDX-License-Identifier: Apache-2.0

package oauth

import (
	"cmp"
	"strings"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A Hub's log hides states, so only the client's address and the order of the lines tie
// its lines together.

// loggedClient is what was seen last of one client in one capture.
type loggedClient struct {
	starts []*Step  // since its last callback
	last   *Attempt // of its last callback; nil if it has started again since
}

// client is the record of who sent a request: by address, or by the recording of one
// browser.
func (a *assembly) client(s *Step) *loggedClient {
	key := cmp.Or(s.Believed, s.Sighting.Client.Address)
	if key == "" && s.Ref.Capture != nil {
		key = "in " + s.Ref.Capture.ID
	}
	key += s.Server // its logins are others
	if a.logged[key] == nil {
		a.logged[key] = &loggedClient{}
	}
	return a.logged[key]
}

func (c *loggedClient) seen(s *Step, attempt *Attempt) {
	if s.Part == PartCallback {
		c.starts, c.last = nil, attempt
	} else {
		c.last = nil
	}
}

// addLogged files a request of which no capture shows the state.
func (a *assembly) addLogged(s *Step) {
	c := a.client(s)
	if s.Part == PartStart {
		if s.RedirectURI != "" {
			c.starts, c.last = append(c.starts, s), nil
			if !s.OfServer() {
				a.starts = append(a.starts, s)
			}
		}
		return
	}
	if c.last != nil && s.mayBeReload() {
		c.last.Callbacks = append(c.last.Callbacks, s)
		return
	}
	attempt := a.begin()
	if len(c.starts) == 1 { // of several nobody knows which one it was
		attempt.Start = c.starts[0]
	}
	attempt.Callbacks = []*Step{s}
	c.starts, c.last = nil, attempt
}

// addRefusedInLog adds what the Hub's log alone says of codes that it did not explain to
// a server: to the login of that server at that time, or as a login of its own.
func (a *assembly) addRefusedInLog(requests []*Step) {
	for _, s := range requests {
		if s.Part != PartToken || s.code != "" || s.Server == "" {
			continue
		}
		attempt, known := a.ofServer(s)
		switch {
		case known:
		case attempt != nil:
			attempt.Token = s
		default:
			a.begin().Token = s
		}
	}
}

// ofServer is the login of a server that can be the one of a line of the Hub's log;
// known says that one has such a request already.
func (a *assembly) ofServer(s *Step) (found *Attempt, known bool) {
	for _, attempt := range a.attempts {
		if !strings.HasSuffix(attempt.Server(), s.Server) {
			continue
		}
		if t := attempt.Token; t != nil && t != s && hops.AtOneTime(t.Time, s.Time) {
			return nil, true
		}
		if c := attempt.Callback(); c != nil && attempt.Token == nil && c.Status >= 400 && hops.AtOneTime(c.Time, s.Time) {
			found = attempt
		}
	}
	return found, false
}

// mayBeReload reports whether a callback can be one that was sent again: the first
// answer deletes the cookie, so the Hub misses it, and the client did not start again
// in between.
func (s *Step) mayBeReload() bool {
	return s.Status == 400 && (s.Message == "" || s.CookieMissingSaid())
}

// NotAllowedAlone are the lines of logs that say that a user was not let in, of logins
// of which nothing else was seen.
func NotAllowedAlone(captures []*exchange.Capture) []exchange.Statement {
	var lines []exchange.Statement
	for _, c := range captures {
		for _, s := range c.Statements {
			if (s.Code == exchange.SaidNotAllowed || s.Code == exchange.SaidBlocked) && len(lines) < mostAlone {
				s.Text = strings.TrimSpace(s.Text)
				lines = append(lines, s)
			}
		}
	}
	return lines
}

// mostAlone bounds how many such lines are told.
const mostAlone = 64

// SPDX-License-Identifier: Apache-2.0

package xsrf

import (
	"fmt"
	"time"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// started is the line in which the Hub's own log tells of its last start before a request
// that it logged; nil without one.
func started(s *login.Step) *exchange.Statement {
	if !s.IsLogged() || !s.FromHub() {
		return nil
	}
	return causes.StartedBefore(s.Ref)
}

// restartedBetween is the line in which the Hub's own log tells that it started after it
// had given out the page and before it got the form; nil if no log shows all three.
func (c *Case) restartedBetween() *exchange.Statement {
	if !c.Attempt.Confirmed() {
		return nil
	}
	for _, submit := range c.Attempt.Submits() {
		if !submit.IsLogged() || !submit.FromHub() {
			continue
		}
		for _, page := range c.Attempt.Forms() {
			if !page.IsLogged() || !page.FromHub() {
				continue
			}
			if start := causes.StartedBetween(page.Ref, submit.Ref); start != nil {
				return start
			}
		}
	}
	return nil
}

// byRestart words a match for a Hub that was seen to start between page and submit.
func (c *Case) byRestart(m *causes.Match) {
	start := c.restartedBetween()
	if start == nil {
		return
	}
	m.Summary = "the Hub was restarted between page and submit, and then did not accept the token that it had signed before"
	m.Evidence = append(m.Evidence, causes.PointAt(start.Ref, "log", start.Text, "after the page and before the submit"))
	m.Without, m.Met = []string{fixOneHub}, []string{fixReload}
}

// openedBefore asks whether the form is from before a start of the Hub that its log shows
// within the life of the form's cookie.
func (c *Case) openedBefore() []finding.Missing {
	s := c.submit()
	start := started(s)
	if start == nil || start.Time.IsZero() || s.Time.Sub(start.Time) > cookieLifetime {
		return nil
	}
	return []finding.Missing{causes.Missing(
		fmt.Sprintf("whether the form was opened before the Hub started, at %s (line %d), and the Hub lost its cookie secret then", start.Time.UTC().Format(time.TimeOnly)+"Z", start.Ref.Line),
		"look where the secret is kept: c.JupyterHub.cookie_secret_file, or hub.cookieSecret of the chart")}
}

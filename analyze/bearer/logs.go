// SPDX-License-Identifier: Apache-2.0

package bearer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Attach gives the lines in which a server says what it holds against a token to
// the requests that it logged next: Airflow writes such a line right before the
// access line of the request (Airflow 3.0, under uvicorn). Where several lines or
// several refused requests are in question, none is given.
func Attach(steps []*Step, captures []*exchange.Capture) {
	for _, c := range captures {
		var refused []*Step
		for _, s := range steps {
			if s.Ref.Capture == c && s.Ref.HasLine && (s.Status == 401 || s.Status == 403) {
				refused = append(refused, s)
			}
		}
		slices.SortFunc(refused, func(a, b *Step) int { return cmp.Compare(a.Ref.Line, b.Ref.Line) })
		before := 0
		for _, s := range refused {
			if said := invalidBetween(c, before, s.Ref.Line); len(said) == 1 {
				s.Said = append(s.Said, said[0])
			}
			before = s.Ref.Line
		}
	}
}

func invalidBetween(c *exchange.Capture, after, before int) []exchange.Statement {
	var found []exchange.Statement
	for _, s := range c.Statements {
		if s.Code == exchange.SaidTokenInvalid && s.Ref.Line > after && s.Ref.Line < before {
			found = append(found, s)
		}
	}
	return found
}

// logMark ties the line of a log to the request on the wire: both name the client's
// own port, which is in use for one connection at a time.
func logMark(x *exchange.Exchange) (value string, ok bool) {
	if x.Client.Address == "" || x.Client.Port == 0 {
		return "", false
	}
	status := 0
	if x.Response != nil {
		status = x.Response.Status
	}
	return fmt.Sprint(x.Client.Address, " ", x.Client.Port, " ", x.Request.URL.Path, " ", status), true
}

// onlyLogged makes attempts out of refusals that no capture but a log tells of, one
// for each reason and log.
func onlyLogged(requests []*Step) []*Attempt {
	var attempts []*Attempt
	at := map[string]*Attempt{}
	for _, s := range requests {
		if len(s.shownAnywhere()) > 0 || len(s.Said) == 0 {
			continue
		}
		key := s.Said[0].Values.Reason
		if s.Ref.Capture != nil {
			key = s.Ref.Capture.ID + " " + key
		}
		if at[key] == nil {
			at[key] = &Attempt{}
			attempts = append(attempts, at[key])
		}
		at[key].Uses = append(at[key].Uses, s)
	}
	return attempts
}

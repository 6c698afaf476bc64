// SPDX-License-Identifier: Apache-2.0

package bearer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Attach gives the lines in which a server says what it holds against a token to
// the requests that it logged next: Airflow writes such a line right before the
// access line of the request (Airflow 3.0, under uvicorn). Who sent the request writes
// it behind that (Airflow 3.0 and later, the task's supervisor). Where several lines or
// several refused requests are in question, none is given.
func Attach(steps []*Step, captures []*exchange.Capture) {
	for _, c := range captures {
		var refused, sent []*Step
		for _, s := range steps {
			switch {
			case s.Ref.Capture != c || !s.Ref.HasLine || s.Status != 401 && s.Status != 403:
			case s.bySender:
				sent = append(sent, s)
			default:
				refused = append(refused, s)
			}
		}
		inOrder(refused)
		inOrder(sent)
		before := 0
		for _, s := range refused {
			s.attach(invalidBetween(c, before, s.Ref.Line))
			before = s.Ref.Line
		}
		next := math.MaxInt
		for _, s := range slices.Backward(sent) {
			s.attach(invalidBetween(c, s.Ref.Line, min(next, s.Ref.Line+mostBehind)))
			next = s.Ref.Line
		}
	}
}

// mostBehind is how many lines a traceback takes at most, whose last one tells why.
const mostBehind = 400

func inOrder(steps []*Step) {
	slices.SortFunc(steps, func(a, b *Step) int { return cmp.Compare(a.Ref.Line, b.Ref.Line) })
}

// attach takes a statement unless there are several that differ. A line without a reason
// only announces the one that has it.
func (s *Step) attach(said []exchange.Statement) {
	withReason := slices.DeleteFunc(slices.Clone(said), func(s exchange.Statement) bool { return s.Values.Reason == "" })
	if len(withReason) > 0 {
		said = withReason
	}
	differs := slices.ContainsFunc(said, func(other exchange.Statement) bool { return other.Values.Reason != said[0].Values.Reason })
	if len(said) > 0 && !differs {
		s.Said = append(s.Said, said[len(said)-1])
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

// taskMark ties the lines of both ends of a task's request: the id of a task instance
// is new for each try, and is in the path (Airflow 3.0, execution API).
func taskMark(x *exchange.Exchange) (value string, ok bool) {
	_, rest, ok := strings.Cut(x.Request.URL.Path, "/execution/task-instances/")
	if !ok || len(rest) < 36 || x.Response == nil {
		return "", false
	}
	return fmt.Sprint(rest[:min(len(rest), 128)], " ", x.Response.Status), true
}

// onlyLogged makes attempts out of refusals that no capture but a log tells of, one
// for each reason and log.
func onlyLogged(requests []*Step) []*Attempt {
	var attempts []*Attempt
	at := map[string]*Attempt{}
	for _, s := range requests {
		if len(s.shownAnywhere()) > 0 || len(s.Said) == 0 || s.Foreign {
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

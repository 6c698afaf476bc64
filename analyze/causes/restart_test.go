// SPDX-License-Identifier: Apache-2.0

package causes_test

import (
	"testing"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/capture/exchange"
)

func TestStartedBetween(t *testing.T) {
	log, other := &exchange.Capture{ID: "c1"}, &exchange.Capture{ID: "c2"}
	line := func(c *exchange.Capture, n int) exchange.Ref { return exchange.Ref{Capture: c, Line: n, HasLine: true} }
	say := func(n int, program exchange.Program, code exchange.StatementCode) {
		log.Statements = append(log.Statements, exchange.Statement{Ref: line(log, n), Program: program, Code: code})
	}
	say(10, exchange.ProgramJupyterHub, exchange.SaidVersion)
	say(15, exchange.ProgramJupyterHub, exchange.SaidRefused)
	say(20, exchange.ProgramJupyterHub, exchange.SaidVersion)
	say(40, exchange.ProgramJupyterServer, exchange.SaidVersion)
	for _, c := range []struct {
		name string
		a, b exchange.Ref
		want int // 0: none
	}{
		{"before the one and after the other", line(log, 12), line(log, 30), 20},
		{"twice: the last one", line(log, 5), line(log, 30), 20},
		{"before both", line(log, 25), line(log, 30), 0},
		{"after both", line(log, 5), line(log, 8), 0},
		{"another program", line(log, 30), line(log, 50), 0},
		{"another log", line(other, 12), line(log, 30), 0},
		{"no line of a log", exchange.Ref{Capture: log, Frame: 12}, line(log, 30), 0},
		{"nothing at all", exchange.Ref{}, exchange.Ref{}, 0},
	} {
		got := 0
		if start := causes.StartedBetween(c.a, c.b); start != nil {
			got = start.Ref.Line
		}
		if got != c.want {
			t.Errorf("%s: line %d, want %d", c.name, got, c.want)
		}
	}
}

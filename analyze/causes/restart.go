// SPDX-License-Identifier: Apache-2.0

package causes

import "github.com/logintrace/logintrace/capture/exchange"

// StartedBefore is the line in which a Hub's log tells of its last start before another
// line of it; nil without one.
func StartedBefore(line exchange.Ref) (last *exchange.Statement) {
	if line.Capture == nil || !line.HasLine {
		return nil
	}
	for i := range line.Capture.Statements {
		said := &line.Capture.Statements[i]
		if said.Program == exchange.ProgramJupyterHub && said.Code == exchange.SaidVersion && said.Ref.Line < line.Line {
			last = said
		}
	}
	return last
}

// StartedBetween is the line in which a Hub's log tells that it was started between two
// lines of it; nil without one, or if they are not of one log.
func StartedBetween(a, b exchange.Ref) *exchange.Statement {
	if start := StartedBefore(b); start != nil && a.HasLine && a.Capture == b.Capture && a.Line < start.Ref.Line {
		return start
	}
	return nil
}

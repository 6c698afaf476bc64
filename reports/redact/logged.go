// SPDX-License-Identifier: Apache-2.0

package redact

import "github.com/logintrace/logintrace/capture/exchange"

// logged keeps what a log tells but for names and for the values that statements
// compare. Their texts have had their secrets taken out by the reader; here they are
// rid of those that were seen elsewhere.
func (r *Redactor) logged(l *exchange.Logged) *exchange.Logged {
	if l == nil {
		return nil
	}
	out := *l
	out.User = ""
	if out.Location != "" {
		out.Location = r.reference(out.Location, 0)
	}
	out.Said = r.statements(l.Said)
	return &out
}

func (r *Redactor) statements(list []exchange.Statement) []exchange.Statement {
	out := make([]exchange.Statement, len(list))
	for i, s := range list {
		s.Text, s.Values = r.scrub(s.Text), exchange.Values{}
		out[i] = s
	}
	return out
}

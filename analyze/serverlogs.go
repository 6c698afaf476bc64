// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/bearer"
	"github.com/logintrace/logintrace/analyze/causes/jwt"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// serverLogs are what the logs of Airflow's processes say of the processes themselves,
// in the order of the captures.
type serverLogs []*serverLog

// serverLog is one of them. What a process said before its last start is not in it.
type serverLog struct {
	capture   *exchange.Capture
	addresses []string            // of the process
	generated *exchange.Statement // it made a jwt_secret of its own
	missing   *exchange.Statement // it did not start for lack of one
}

// readServerLogs looks at the statements of all logs, and learns from the requests
// that captures and logs have in common at which addresses the processes are.
func readServerLogs(captures []*exchange.Capture, requests []*bearer.Attempt) serverLogs {
	var logs serverLogs
	for _, c := range captures {
		if l := newServerLog(c); l.generated != nil || l.missing != nil {
			logs = append(logs, l)
		}
	}
	for _, a := range requests {
		for _, s := range slices.Concat([]*bearer.Step{a.Birth}, a.Uses, a.Without) {
			if s != nil {
				logs.locate(s)
			}
		}
	}
	return logs
}

func newServerLog(c *exchange.Capture) *serverLog {
	l := &serverLog{capture: c}
	started := 0 // since it made a secret
	for i := range c.Statements {
		switch s := &c.Statements[i]; s.Code {
		case exchange.SaidSecretGenerated:
			if isJWTSecret(s) {
				l.generated, started = s, 0
			}
		case exchange.SaidSecretMissing:
			if isJWTSecret(s) && l.missing == nil {
				l.missing = s
			}
		case exchange.SaidListening:
			l.at(s.Values.Address)
		case exchange.SaidStarted:
			l.missing = nil
			if started++; started > 1 {
				l.generated = nil // it was started again, and found one
			}
		}
	}
	if l.missing != nil {
		l.generated = nil
	}
	return l
}

func isJWTSecret(s *exchange.Statement) bool {
	return strings.HasSuffix(s.Values.Reason, "/jwt_secret")
}

const mostAddresses = 8

func (l *serverLog) at(address string) {
	if address != "" && len(l.addresses) < mostAddresses && !slices.Contains(l.addresses, address) {
		l.addresses = append(l.addresses, address)
	}
}

// locate tells the log of the server at which a request ended where it is. A process
// that sent the request is not there.
func (logs serverLogs) locate(s *bearer.Step) {
	for _, seen := range s.Seen {
		for _, l := range logs {
			if l.capture == seen.Ref.Capture && !seen.BySender() {
				l.at(s.Server())
			}
		}
	}
}

// generated is the line in which the server at which a request ended says that it made
// a key of its own; ok is false if its log does not say so, or is not there.
func (logs serverLogs) generated(s *bearer.Step) (e finding.Evidence, ok bool) {
	for _, l := range logs {
		own := slices.ContainsFunc(s.Seen, func(seen *bearer.Step) bool { return seen.Ref.Capture == l.capture && !seen.BySender() })
		if l.generated != nil && (own || slices.Contains(l.addresses, s.Server())) {
			return evidenceOf(l.generated), true
		}
	}
	return finding.Evidence{}, false
}

// explain leaves out that a proxy did not reach the application, where the logs say that
// Airflow did not start: that is why. What is known to be of another server stays.
func (logs serverLogs) explain(findings []finding.Finding) []finding.Finding {
	missing := slices.DeleteFunc(slices.Clone(logs), func(l *serverLog) bool { return l.missing == nil })
	if len(missing) == 0 {
		return findings
	}
	ofOne := func(address string) bool {
		return address == "" || slices.ContainsFunc(missing, func(l *serverLog) bool { return slices.Contains(l.addresses, address) })
	}
	return slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Code == finding.AppUnavailable && ofOne(f.Origin.Address) })
}

func evidenceOf(s *exchange.Statement) finding.Evidence {
	return finding.Evidence{Ref: finding.NewRef(s.Ref), Field: "log", Value: s.Text}
}

// findings are one for each thing that processes say, whoever logs in. Where a login
// failed for it, the cause of that login says the rest.
func (logs serverLogs) findings(logins []finding.Login) []finding.Finding {
	said := slices.ContainsFunc(logins, func(l finding.Login) bool {
		f := l.CauseFinding()
		return f != nil && f.Code == finding.JWTKeyMismatch
	})
	var list []finding.Finding
	for _, code := range []finding.Code{finding.JWTSecretMissing, finding.JWTSecretGenerated} {
		seen := jwt.SecretsSeen{Code: code}
		for _, l := range logs {
			said := l.generated
			if code == finding.JWTSecretMissing {
				said = l.missing
			}
			if said == nil {
				continue
			}
			seen.Processes++
			if len(seen.Evidence) < mostCited {
				seen.Addresses = append(seen.Addresses, l.addresses...)
				seen.Evidence = append(seen.Evidence, evidenceOf(said))
			}
		}
		if seen.Processes == 0 {
			continue
		}
		f := jwt.Secrets(seen)
		if said {
			f.Explanation, f.Fixes, f.NotCures = "", []finding.Fix{}, nil
		}
		list = append(list, f)
	}
	return list
}

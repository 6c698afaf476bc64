// SPDX-License-Identifier: Apache-2.0

package analyze

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/causes"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/exchange"
)

// take notes what kind of input an exchange is from.
func (a *Analyzer) take(x *exchange.Exchange) {
	c := x.Ref.Capture
	switch {
	case c == nil:
	case x.Logged != nil:
		a.given.Take(exchange.KindLog, x.Logged.Program)
		for i := range x.Logged.Said {
			a.given.TakeSaid(&x.Logged.Said[i])
		}
	default:
		a.given.Take(c.Kind, exchange.ProgramUnknown)
		if c.Kind != exchange.KindHAR && !sentToHTTPS(x) {
			a.given.TakeHost(withoutPort(x.Request.URL.Host))
		}
	}
}

// sentToHTTPS reports whether an exchange only led to the encrypted site: then nothing
// that matters was seen in plain.
func sentToHTTPS(x *exchange.Exchange) bool {
	return x.Response != nil && x.Response.Status/100 == 3 && strings.HasPrefix(x.Response.Fields.First("Location"), "https:")
}

// refusedPage says of the first page that was refused that it was, unless something on
// the page says more.
func (a *Analyzer) refusedPage(report *finding.Report) string {
	if slices.ContainsFunc(report.Findings, func(f finding.Finding) bool { return f.Code == finding.BaseURLMismatch }) {
		return ""
	}
	return a.answered.refused(report.Logins)
}

// versionSaid gives logins of a Hub the version that its log names, if they are without
// one and the logs name no other.
func versionSaid(report *finding.Report, captures []*exchange.Capture) {
	var said *exchange.Statement
	for _, c := range captures {
		for i := range c.Statements {
			s := &c.Statements[i]
			if s.Code != exchange.SaidVersion || s.Program != exchange.ProgramJupyterHub || s.Values.Version == "" {
				continue
			}
			if said != nil && said.Values.Version != s.Values.Version {
				return
			}
			said = s
		}
	}
	for i := range report.Logins {
		if app := &report.Logins[i].Application; said != nil && app.Name == "jupyterhub" && app.Version == "" {
			const longest = 32
			app.Version = said.Values.Version[:min(len(said.Values.Version), longest)]
			app.Evidence = append(app.Evidence, finding.Evidence{Ref: finding.NewRef(said.Ref), Field: "log", Value: "Running JupyterHub version " + app.Version})
		}
	}
}

// fit words what the report asks for to what was given.
func (a *Analyzer) fit(report *finding.Report, captures []*exchange.Capture) {
	for _, c := range captures {
		for i := range c.Statements {
			a.given.TakeSaid(&c.Statements[i])
		}
	}
	for i := range report.Logins {
		l := &report.Logins[i]
		if l.Undecided != nil {
			a.given.Fit(l.Undecided.Missing)
		}
		for k := range l.Findings {
			a.given.Fit(l.Findings[k].Missing)
		}
	}
	for i := range report.Findings {
		a.given.Fit(report.Findings[i].Missing)
	}
	adviseOnce(report, captures)
}

// adviseOnce leaves the advice on how to export all of a recording to where the report
// asks for that.
func adviseOnce(report *finding.Report, captures []*exchange.Capture) {
	full := func(m finding.Missing) bool { return m.How == causes.HowToKeepCookies }
	asked := slices.ContainsFunc(report.Logins, func(l finding.Login) bool {
		return l.Undecided != nil && slices.ContainsFunc(l.Undecided.Missing, full) ||
			slices.ContainsFunc(l.Findings, func(f finding.Finding) bool { return slices.ContainsFunc(f.Missing, full) })
	})
	for i, c := range captures {
		for k, note := range c.Notes {
			if asked && note.Code == exchange.NoteSanitized && note.Fact != "" {
				report.Captures[i].Notes[k].Text = note.Fact
			}
		}
	}
}

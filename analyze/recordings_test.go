// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/fixtures"
)

// part is what a user may have of a recording, and the beginnings of the columns'
// names under which docs/coverage.md shows it.
type part struct {
	name  string
	files []string
	kind  string // "har", "pcap", "log", or "" for several
	host  string // of a packet capture
}

// The parts of a recording that are more than one file.
const (
	allLogs    = "all logs"
	allTraffic = "all traffic"
)

// partsOf are each file of a recording alone, all its logs, all its traffic, and
// everything. Sanitized and full exports of one session are alternatives, so only
// one HAR is in the last two.
func partsOf(truth fixtures.Truth) []part {
	var list []part
	logs, traffic, all := part{name: allLogs, kind: "log"}, part{name: allTraffic}, part{name: everything}
	for _, c := range truth.Captures {
		if c.Kind == "keys" {
			continue // of a browser; nothing here opens TLS
		}
		list = append(list, part{c.File, []string{c.File}, c.Kind, c.Host})
		if c.Kind == "har" && !strings.HasPrefix(c.File, strings.TrimSuffix(bestHAR, ".har")) {
			continue
		}
		all.files = append(all.files, c.File)
		if c.Kind == "log" {
			logs.files = append(logs.files, c.File)
		} else {
			traffic.files = append(traffic.files, c.File)
		}
	}
	return append(list, logs, traffic, all)
}

// otherTruths are those of all recordings that are not of JupyterHub's own form.
func otherTruths(t testing.TB) []fixtures.Truth {
	t.Helper()
	truths, err := fixtures.LoadTruths(committedFixtures)
	if err != nil {
		t.Fatal(err)
	}
	truths = slices.DeleteFunc(truths, fixtures.Truth.HasForms)
	if len(truths) < 26 {
		t.Fatalf("only %d recordings were found", len(truths))
	}
	return truths
}

// TestRecordingsEqualTruth is the one rule for logins that are not by JupyterHub's
// form. No part of a recording accuses anybody of what did not happen; a login that
// passed is not called failed by any of them; all parts together name every cause
// and whose it is; and a part that says a cause's own words names it alone (see
// carriers).
func TestRecordingsEqualTruth(t *testing.T) {
	t.Parallel()
	for _, truth := range otherTruths(t) {
		for _, p := range partsOf(truth) {
			t.Run(truth.Scenario+"/"+p.name, func(t *testing.T) {
				if len(p.files) == 0 {
					return // nothing of that kind was recorded
				}
				report := diagnosePart(t, truth, p)
				holdToSchema(t, report)
				holdToTruth(t, truth, report)
				if truth.Kind() == "airflow" {
					holdToOneLogin(t, truth, p, report)
				}
				if carries(truth, p) {
					holdToAllCauses(t, truth, report)
				}
			})
		}
	}
}

// carriers are the parts that must name a cause without the others, by the
// beginnings of their file names: its own words are in them.
var carriers = map[string][]string{
	"jwt-secret-missing":        {allLogs},
	"jwt-secret-generated":      {allLogs},
	"login-not-allowed":         {"hub.log", allLogs, "client.playwright.har", "hub.pcap"},
	"idp-error":                 {"hub.log", allLogs, "hub.pcap"},
	"spawn-refused":             {"hub.log", allLogs, "client.playwright.har", "hub.pcap", "chp.pcap", allTraffic},
	"authorization-overwritten": {"ingress.pcap"},
	"token-exposed":             {"ingress.pcap"},
	"host-not-forwarded":        {"ingress.pcap"},
	"upgrade-not-forwarded":     {"ingress.pcap"},
	"site/login-not-allowed":    {"hub.log", allLogs}, // by the Hub's own form, of which the wire says less
	"proxy-api-token-mismatch":  {"hub.log", "hub.pcap", "chp.log", "chp.pcap", allLogs, allTraffic},
	"base-url-mismatch":         {"ingress.pcap", allTraffic},
	"scheme-mismatch":           {allTraffic},
}

// lesser are codes that say no more than what a part shows of another one: to a user
// whom no rule lets in the Hub's form answers as to a wrong password, and of a server that
// did not start a proxy says that it is not there.
var lesser = map[string]string{"login-refused": "login-not-allowed", "app-unavailable": "jwt-secret-missing"}

// undecidedYet are codes of truths that nothing in this version concludes.
var undecidedYet = []string{}

func carries(truth fixtures.Truth, p part) bool {
	if p.name == everything {
		return true
	}
	wanted := truthCodes(truth)
	return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(code string) bool {
		of, own := carriers[truth.Kind()+"/"+code]
		if !own {
			of = carriers[code]
		}
		return !slices.ContainsFunc(of, func(beginning string) bool { return strings.HasPrefix(p.name, beginning) })
	})
}

// truthCodes are the causes of a recording's logins, and what is wrong apart from
// any.
func truthCodes(truth fixtures.Truth) (codes []string) {
	for _, l := range truth.Logins {
		if l.Cause != "" && !slices.Contains(codes, l.Cause) {
			codes = append(codes, l.Cause)
		}
	}
	for _, f := range truth.Findings {
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// accused are all findings of a report that say what made a login fail.
func accused(report *finding.Report) []finding.Finding {
	return slices.DeleteFunc(concluded(report), func(f finding.Finding) bool { return f.Severity != finding.Error })
}

// concluded are all findings of a report.
func concluded(report *finding.Report) (list []finding.Finding) {
	for i := range report.Logins {
		list = append(list, report.Logins[i].Findings...)
	}
	return append(list, report.Findings...)
}

func holdToTruth(t *testing.T, truth fixtures.Truth, report *finding.Report) {
	t.Helper()
	codes := truthCodes(truth)
	for _, f := range accused(report) {
		if of := lesser[string(f.Code)]; of != "" && slices.Contains(codes, of) && !slices.Contains(codes, string(f.Code)) {
			continue
		}
		if !slices.Contains(codes, string(f.Code)) {
			t.Errorf("accuses %s (%s), the truth is %v", f.Code, f.Summary, codes)
			continue
		}
		if f.Origin.Kind != finding.OriginUnknown && !rightOrigin(truth, f) {
			t.Errorf("%s: accuses %s %q, the truth is %v", f.Code, f.Origin.Kind, f.Origin.Address, originsOf(truth, f.Code))
		}
	}
	fails := slices.ContainsFunc(truth.Logins, func(l fixtures.TruthLogin) bool { return l.Outcome == string(finding.Failed) })
	if !fails && slices.ContainsFunc(report.Logins, func(l finding.Login) bool { return l.Outcome == finding.Failed }) {
		t.Errorf("fails a healthy login: %s", report.Summary)
	}
	for _, l := range report.Logins {
		for _, f := range l.Findings {
			if byLogs(report) && f.Code == finding.JWTKeyMismatch && f.Confidence == finding.Proven {
				t.Errorf("%s: proven by a log, which says the same of a token that was cut", l.ID)
			}
		}
	}
}

func byLogs(report *finding.Report) bool {
	return len(report.Captures) > 0 && !slices.ContainsFunc(report.Captures, func(c finding.Capture) bool { return c.Kind != "log" })
}

// holdToOneLogin holds the number of logins to the truth where all of the client's
// requests were seen: a browser that is sent round has failed ones and none that passed.
func holdToOneLogin(t *testing.T, truth fixtures.Truth, p part, report *finding.Report) {
	t.Helper()
	whole := p.kind == "har" || p.name == everything || strings.HasPrefix(p.host, "client") || strings.HasPrefix(p.host, "ingress")
	if !whole || strings.Contains(truth.Scenario, "scheduler") { // whose truth is of the task
		return
	}
	count := func(outcome finding.Outcome) (seen, want int) {
		for _, l := range report.Logins {
			if l.Outcome == outcome {
				seen++
			}
		}
		for _, l := range truth.Logins {
			if l.Outcome == string(outcome) {
				want++
			}
		}
		return seen, want
	}
	if seen, want := count(finding.Succeeded); seen > want {
		t.Errorf("%d logins succeeded, the truth is %d", seen, want)
	}
}

func holdToAllCauses(t *testing.T, truth fixtures.Truth, report *finding.Report) {
	t.Helper()
	for _, code := range truthCodes(truth) {
		if slices.Contains(undecidedYet, code) {
			continue
		}
		named := slices.ContainsFunc(concluded(report), func(f finding.Finding) bool {
			return string(f.Code) == code && (rightOrigin(truth, f) || f.Origin.Kind == finding.OriginUnknown && schemeUntold(truth, code))
		})
		if !named {
			t.Errorf("does not name %s of %v: %s", code, originsOf(truth, finding.Code(code)), report.Summary)
		}
	}
}

// schemeUntold reports whether nobody shows who ended TLS: the hop to the ingress is
// encrypted, and what does not tell of https behind it may be any proxy (see expect).
func schemeUntold(truth fixtures.Truth, code string) bool {
	tls := false
	for _, c := range truth.Captures {
		tls = tls || c.Kind == "keys"
	}
	return tls && code == string(finding.OAuthRedirectMismatch)
}

func originsOf(truth fixtures.Truth, code finding.Code) (origins []fixtures.TruthOrigin) {
	for _, l := range truth.Logins {
		if l.Cause == string(code) {
			origins = append(origins, l.Origin)
		}
	}
	for _, f := range truth.Findings {
		if f.Code == string(code) {
			origins = append(origins, f.Origin)
		}
	}
	return origins
}

// rightOrigin reports whether the origin of a finding is that of the truth, with all
// or some of its addresses: one of several tokens may have met one of the servers at
// fault only. What several servers say of themselves is one finding with them all.
func rightOrigin(truth fixtures.Truth, f finding.Finding) bool {
	origins := originsOf(truth, f.Code)
	if !slices.ContainsFunc(truth.Logins, func(l fixtures.TruthLogin) bool { return l.Cause == string(f.Code) }) && len(origins) > 0 {
		all := origins[0]
		all.Addresses = nil
		for _, o := range origins {
			all.Addresses = append(all.Addresses, o.Addresses...)
		}
		origins = []fixtures.TruthOrigin{all}
	}
	return slices.ContainsFunc(origins, func(o fixtures.TruthOrigin) bool {
		if o.Kind != string(f.Origin.Kind) {
			return false
		}
		for address := range strings.SplitSeq(f.Origin.Address, ", ") {
			site := address == hostAddress(truth, "site") && o.Kind == string(finding.OriginIngress) // as its clients know it
			if len(o.Addresses) > 0 && address != "" && !slices.Contains(o.Addresses, address) && !site {
				return false
			}
		}
		return true
	})
}

func diagnosePart(t testing.TB, truth fixtures.Truth, p part) *finding.Report {
	t.Helper()
	a := analyze.New(quick(t, truth))
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	for _, name := range p.files {
		data, err := os.ReadFile(filepath.Join(truth.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		// A server that did not start has a log in which nothing is of a login.
		if err := loader.Read(t.Context(), name, bytes.NewReader(data)); err != nil && !strings.HasSuffix(name, ".log") {
			t.Fatal(err)
		}
	}
	return a.Close(t.Context(), loader.Close())
}

// coverageOfOthers is the part of docs/coverage.md on these recordings: a table for
// each system.
func coverageOfOthers(t *testing.T, doc *bytes.Buffer) {
	t.Helper()
	kind := ""
	for _, truth := range otherTruths(t) {
		if truth.Kind() != kind {
			kind = truth.Kind()
			writeCoverageHead(doc, kind)
		}
		cells := map[string]string{}
		for _, p := range partsOf(truth) {
			if column := columnOf(p); column != "" && len(p.files) > 0 {
				cells[column] = better(cells[column], coverageOf(truth, diagnosePart(t, truth, p)))
			}
		}
		doc.WriteString("| `" + truth.Scenario + "` | " + cmp.Or(strings.Join(truthCodes(truth), ", "), "healthy") + " |")
		for _, column := range otherColumns {
			doc.WriteString(" " + cells[column] + " |")
		}
		doc.WriteString("\n")
	}
}

var otherColumns = []string{"HAR", "logs", "client", "ingress", "app proxy", "application", "provider", "all"}

func writeCoverageHead(doc *bytes.Buffer, kind string) {
	doc.WriteString("\n## Recordings of " + kind + "\n\n| recording | truth |")
	for _, column := range otherColumns {
		doc.WriteString(" " + column + " |")
	}
	doc.WriteString("\n|" + strings.Repeat("---|", len(otherColumns)+2) + "\n")
}

// columnOf is the column of a part; where several parts have one, such as those of
// two servers, the one counts that says most.
func columnOf(p part) string {
	switch {
	case p.name == allLogs:
		return "logs"
	case p.name == everything:
		return "all"
	case p.kind == "har":
		return "HAR"
	case p.kind != "pcap":
		return ""
	case strings.HasPrefix(p.host, "client"):
		return "client"
	case strings.HasPrefix(p.host, "ingress"):
		return "ingress"
	case p.host == "chp":
		return "app proxy"
	case p.host == "idp":
		return "provider"
	case p.host == "router" || strings.HasPrefix(p.host, "outer"):
		return ""
	}
	return "application"
}

// coverageOf is a cell: what a report says of a recording.
func coverageOf(truth fixtures.Truth, report *finding.Report) string {
	wanted := truthCodes(truth)
	said := slices.DeleteFunc(concluded(report), func(f finding.Finding) bool {
		return f.Severity != finding.Error && !slices.Contains(wanted, string(f.Code)) // some truths are warnings
	})
	failed := slices.ContainsFunc(report.Logins, func(l finding.Login) bool { return l.Outcome == finding.Failed })
	switch {
	case len(said) > 0 && len(wanted) > 0 && !slices.ContainsFunc(said, func(f finding.Finding) bool { return slices.Contains(wanted, string(f.Code)) }):
		return "weaker"
	case len(wanted) > 0 && len(said) > 0:
		for _, f := range said {
			if f.Origin.Kind != finding.OriginUnknown {
				return "cause + origin"
			}
		}
		return "cause"
	case failed:
		return "undecided"
	case len(report.Logins) == 0 || report.Verdict == finding.Inconclusive:
		return "–"
	case len(wanted) > 0:
		return "looks healthy"
	}
	return "healthy"
}

// better is the cell that says more.
func better(a, b string) string {
	order := []string{"", "–", "looks healthy", "healthy", "undecided", "weaker", "cause", "cause + origin"}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/fixtures"
)

var update = flag.Bool("update", false, "rewrite docs/coverage.md")

const coverageDoc = "../docs/coverage.md"

// column is a kind of input, and the inputs of that kind that a fixture may have.
// The one counts that shows the submit.
type column struct {
	title  string
	inputs []string
}

var columns = []column{
	{"HAR", []string{bestHAR}},
	{"DevTools", []string{"client.devtools.har", "client.tab2.devtools.har"}},
	{"sanitized", []string{"client.devtools-sanitized.har", "client.tab2.devtools-sanitized.har"}},
	{"POST", []string{bestHAR + postOnly}},
	{"client", []string{"client.pcap", "client1.pcap", "client2.pcap", "client3.pcap", "client4.pcap", "client5.pcap"}},
	{"router", []string{"router.pcap"}},
	{"outer", []string{"outer.pcap", "outerB.pcap", "balancer.pcap"}},
	{"ingress", []string{"ingressA.pcap", "ingressB.pcap"}},
	{"app proxy", []string{"chp.pcap"}},
	{"Hub", []string{"hub.pcap"}},
	{"log", nil}, // see coverageOfLog
	{"all", []string{everything}},
}

const coverageHead = `<!-- Written by: go test ./analyze -run TestCoverage -update -->

# What a recording carries

What logintrace says of each recording below [fixtures/jupyterhub](../fixtures/README.md), by
what of it is at hand. The truth is in the recording's truth.json.

- *HAR* is Playwright's recording of the browser's session, *DevTools* and *sanitized* are Chromium's two exports, *POST* is the first one cut to the submit.
- *client* to *Hub* are packet captures, each alone: on the client, the router, the balancer or proxy in front of the ingress, the ingress that the submit passed, configurable-http-proxy and the Hub.
- *log* is the Hub's own log alone; *all* is all captures and Playwright's recording.

**cause + origin**: the cause, and who is to blame for it. **cause**: that alone. **weaker**: a
code that says less; **undecided**: only that the login failed. **healthy**: the login succeeded,
and **+ note**: with the remark that it deserves. –: nothing of the login is in it. Empty: there is no such recording.
What may not be in this table is a cause or an origin that is not so: the tests of package analyze see to that.
`

const coverageOthersHead = `
# Other logins

The same for the recordings whose logins are not by JupyterHub's own form.

- *HAR* is the browser's recording, *logs* are all logs of servers and proxies.
- *client* to *provider* are packet captures, each alone; where there are two, as of two servers, the one that says most.
- *all* is all of these.
`

// TestCoverage holds the table of what is covered to what the analysis says.
func TestCoverage(t *testing.T) {
	t.Parallel()
	if *fixturesDir != committedFixtures {
		t.Skip("the table is of the committed fixtures")
	}
	groups := map[string][][]string{}
	var order []string
	count := map[string]int{}
	for _, truth := range loadTruths(t) {
		rows := coverage(t, truth)
		for i, group := range coverageGroups(truth) {
			if groups[group] == nil {
				order = append(order, group)
			}
			groups[group] = append(groups[group], rows[i])
			for _, cell := range rows[i][1:] {
				word, _, _ := strings.Cut(cell, ":")
				count[word]++
			}
		}
	}
	slices.SortFunc(order, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
	var doc bytes.Buffer
	doc.WriteString(coverageHead)
	fmt.Fprintf(&doc, "\nOf the failed logins %d fields say cause and origin, %d the cause, %d something weaker, and %d are undecided.\n",
		count["cause + origin"], count["cause"], count["weaker"], count["undecided"])
	for _, group := range order {
		fmt.Fprintf(&doc, "\n## %s\n\n| recording |", group)
		for _, c := range columns {
			fmt.Fprintf(&doc, " %s |", c.title)
		}
		doc.WriteString("\n|" + strings.Repeat("---|", len(columns)+1) + "\n")
		for _, row := range groups[group] {
			doc.WriteString("| " + strings.Join(row, " | ") + " |\n")
		}
	}
	doc.WriteString(coverageOthersHead)
	coverageOfOthers(t, &doc)
	if *update {
		if err := os.WriteFile(coverageDoc, doc.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(coverageDoc); err != nil || !bytes.Equal(have, doc.Bytes()) {
		t.Error("docs/coverage.md is not what the analysis says; write it with: go test ./analyze -run TestCoverage -update")
	}
}

// coverageGroups are the titles under which the rows of a fixture stand.
func coverageGroups(truth fixtures.Truth) []string {
	var groups []string
	for _, login := range truth.Logins {
		switch {
		case login.Cause != "":
			groups = append(groups, login.Cause)
		case len(login.Notes) > 0:
			groups = append(groups, "succeeded, with "+login.Notes[0])
		default:
			groups = append(groups, "succeeded")
		}
	}
	for _, f := range truth.Findings {
		groups = append(groups, f.Code+", no login")
	}
	return groups
}

// rank puts causes first, and logins that deserve no remark last.
func rank(group string) int {
	switch {
	case group == "succeeded":
		return 2
	case strings.HasPrefix(group, "succeeded"):
		return 1
	}
	return 0
}

// coverage has a row for each login of a fixture, and each finding without one.
func coverage(t *testing.T, truth fixtures.Truth) [][]string {
	t.Helper()
	var rows [][]string
	for i := range truth.Logins {
		row := []string{"`" + truth.Scenario + "`"}
		if len(truth.Logins) > 1 {
			row[0] += fmt.Sprintf(", login %d", i+1)
		}
		rows = append(rows, row)
	}
	for range truth.Findings {
		rows = append(rows, []string{"`" + truth.Scenario + "`"})
	}
	inputs := inputsOf(t, truth)
	for _, c := range columns {
		cells := make([]string, len(rows))
		if c.title == "log" {
			copy(cells, coverageOfLog(t, truth))
		}
		for _, in := range inputs {
			if !slices.Contains(c.inputs, in.name) {
				continue
			}
			report := diagnose(t, in.files, quick(t, truth))
			for i, word := range coverageWords(truth, in, report) {
				if cells[i] == "" || cells[i] == "–" {
					cells[i] = word
				}
			}
		}
		for i := range rows {
			rows[i] = append(rows[i], cells[i])
		}
	}
	return rows
}

// coverageOfLog are the cells of the Hub's own log, which tells of each login of a
// recording, in order (TestLogAlone).
func coverageOfLog(t *testing.T, truth fixtures.Truth) (cells []string) {
	t.Helper()
	log := hubLog(t, truth)
	if len(log) == 0 {
		return nil
	}
	for i, says := range says(diagnose(t, []file{{"hub.log", log}}, quick(t, truth))) {
		cells = append(cells, coverageWord(truth.Logins[i], says))
	}
	return cells
}

// coverageWords are the cells of an input, one for each row.
func coverageWords(truth fixtures.Truth, in input, report *finding.Report) []string {
	words := make([]string, len(truth.Logins)+len(truth.Findings))
	said := says(report)
	for i, login := range truth.Logins {
		words[i] = "–"
		for k, seen := range in.submitted(truth) {
			if seen.Submit.Time.Equal(login.Submit.Time) && k < len(said) {
				words[i] = coverageWord(login, said[k])
			}
		}
	}
	for i := range truth.Findings {
		words[len(truth.Logins)+i] = "–"
		if i < len(report.Findings) {
			words[len(truth.Logins)+i] = "cause + origin"
		}
	}
	return words
}

func coverageWord(login fixtures.TruthLogin, says expectation) string {
	switch {
	case says.outcome == finding.Succeeded && says.notes != "":
		return "healthy + note"
	case says.outcome == finding.Succeeded:
		return "healthy"
	case says.cause == "":
		return "undecided"
	case says.cause != finding.Code(login.Cause):
		return "weaker: " + strings.TrimPrefix(string(says.cause), "xsrf-")
	case strings.HasPrefix(says.origin, string(finding.OriginUnknown)):
		return "cause"
	}
	return "cause + origin"
}

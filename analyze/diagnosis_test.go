// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/fixtures"
)

const committedFixtures = "../fixtures"

// Recordings made a moment ago are held to their truth by
// go test ./analyze -args -fixtures DIR.
var fixturesDir = flag.String("fixtures", committedFixtures, "folder with the recordings to diagnose")

func loadTruths(t testing.TB) []fixtures.Truth {
	t.Helper()
	truths, err := fixtures.LoadTruths(*fixturesDir)
	if err != nil {
		t.Fatal(err)
	}
	truths = slices.DeleteFunc(truths, func(truth fixtures.Truth) bool { return !truth.HasForms() })
	if *fixturesDir == committedFixtures && len(truths) < 87 {
		t.Fatalf("only %d fixtures were found", len(truths))
	}
	return truths
}

// TestDiagnosisEqualsTruth holds the report on every recording, alone, cut and
// together, to what the Hub's own log said.
func TestDiagnosisEqualsTruth(t *testing.T) {
	t.Parallel()
	for _, truth := range loadTruths(t) {
		for _, in := range inputsOf(t, truth) {
			t.Run(truth.Scenario+"/"+in.name, func(t *testing.T) { compare(t, diagnose(t, in.files, quick(t, truth)), truth, in) })
		}
	}
}

// What the rule reads from the bytes is what the lab says: each login is in the
// input of everything, and came in by the ingresses that the truth names.
func TestInputsShowTheTruth(t *testing.T) {
	for _, truth := range loadTruths(t) {
		in := inputOf(t, truth, everything)
		if logins := in.submitted(truth); len(logins) != len(truth.Logins) {
			t.Errorf("%s: %d of %d submits were found", truth.Scenario, len(logins), len(truth.Logins))
		}
		for i, login := range truth.Logins {
			e := newEvidence(truth, login, in)
			for _, side := range []struct {
				seen sightings
				name string
			}{{e.form, login.Entered.Form}, {e.submit, login.Entered.Submit}} {
				address := hostAddress(truth, side.name)
				if len(side.seen) == 0 || address != "" && !side.seen.from(address) && !side.seen.to(address) {
					t.Errorf("%s, login %d: no request through %q among %d", truth.Scenario, i+1, side.name, len(side.seen))
				}
			}
		}
	}
}

// With the client's addresses named, addresses of logins that passed are known too,
// and the cause stays what it is.
func TestDiagnosisWithClientAddress(t *testing.T) {
	for _, truth := range loadTruths(t) {
		for _, in := range inputsOf(t, truth) {
			if !strings.HasSuffix(in.name, ".har") || len(truth.Logins) == 0 {
				continue // says no more than above
			}
			t.Run(truth.Scenario+"/"+in.name, func(t *testing.T) {
				options := quick(t, truth)
				for _, step := range []fixtures.TruthStep{truth.Logins[0].Form, truth.Logins[0].Submit} {
					if own := step.ClientIP.True; !slices.Contains(in.told, own) {
						in.told = append(in.told, own)
					}
				}
				options.ClientAddresses = in.told
				compare(t, diagnose(t, in.files, options), truth, in)
			})
		}
	}
}

// What the quick tests are given as names is found by a search as well. Each of
// these costs seconds: two addresses in a likely range, mapped ones, a range that is
// tried late, and a hash of an unknown User-Agent, for which all are tried in vain.
func TestSearchFindsTheSame(t *testing.T) {
	t.Parallel()
	for scenario, name := range map[string]string{
		"two-ingresses-no-headers-4.1.6":           bestHAR,
		"two-ingresses-no-headers-dualstack-4.1.6": "client.devtools-sanitized.har",
		"node-snat-two-nodes-4.1.6":                "client.devtools.har",
		"user-agent-changed-4.1.6":                 bestHAR + postOnly,
	} {
		t.Run(scenario+"/"+name, func(t *testing.T) {
			truth := loadTruth(t, scenario)
			in := inputOf(t, truth, name)
			compare(t, diagnose(t, in.files, analyze.Options{}), truth, in)
		})
	}
}

func loadTruth(t testing.TB, scenario string) fixtures.Truth {
	t.Helper()
	for _, truth := range loadTruths(t) {
		if truth.Scenario == scenario {
			return truth
		}
	}
	t.Skipf("no %s among the fixtures", scenario)
	return fixtures.Truth{}
}

// quick are options that give what the default ones do, without seconds of search:
// the internal addresses that a search would find are given as names. For logins
// that succeeded nothing is searched, so of these more is known than by default.
func quick(t testing.TB, truth fixtures.Truth) analyze.Options {
	t.Helper()
	var hosts []string
	for _, login := range truth.Logins {
		for _, step := range []fixtures.TruthStep{login.Form, login.Submit} {
			address := plain(step.ClientIP.AppSaw)
			if line := address + " internal\n"; iprecovery.IsInternal(address) && !slices.Contains(hosts, line) {
				hosts = append(hosts, line)
			}
		}
	}
	options := analyze.Options{Recover: iprecovery.Seen}
	if len(hosts) > 0 {
		directory, err := names.Load(strings.NewReader(strings.Join(hosts, "")))
		if err != nil {
			t.Fatal(err)
		}
		options.Names = directory
	}
	return options
}

func compare(t *testing.T, report *finding.Report, truth fixtures.Truth, in input) {
	t.Helper()
	holdToSchema(t, report)
	holdLedger(t, report)
	logins := in.submitted(truth)
	if len(report.Logins) != len(logins) {
		t.Fatalf("%d logins, the truth has %d", len(report.Logins), len(logins))
	}
	verdict := finding.Pass
	for i, got := range says(report) {
		got, network := inNetworks(got, logins[i])
		want := expect(truth, logins[i], in)
		if network && slices.Contains(weaker[want.cause], got.cause) {
			want.cause, want.origin = got.cause, got.origin // which address of it is not known
		}
		if got != want {
			t.Errorf("\n got %+v\nwant %+v\n%s", got, want, explainUndecided(&report.Logins[i]))
		}
		for _, wrong := range accusations(truth, logins[i], got) {
			t.Errorf("%s: %s", report.Logins[i].ID, wrong)
		}
		if version := report.Logins[i].Application.Version; version != truth.Application.Version {
			t.Errorf("version %q, want %q", version, truth.Application.Version)
		}
		if want.outcome == finding.Failed {
			verdict = finding.Fail
			continue
		}
		for _, f := range report.Logins[i].Findings {
			if f.Severity == finding.Error {
				t.Errorf("a healthy login has the error finding %s", f.Code)
			}
		}
	}
	if len(logins) == 0 {
		verdict = finding.Inconclusive
		for _, f := range report.Findings { // what keeps logins from beginning, and is sure
			if f.Confidence != finding.Possible {
				verdict = finding.Fail
			}
		}
	}
	if report.Verdict != verdict {
		t.Errorf("the verdict is %s, want %s", report.Verdict, verdict)
	}
	if got, want := apart(report), expectFindings(truth, in); !slices.Equal(got, want) {
		t.Errorf("apart from logins %q, want %q", got, want)
	}
}

// inNetworks puts the true address in the place of a network that holds it: where the Hub
// hashes a network, a token tells no more. Any other network stays, and is wrong.
func inNetworks(got expectation, login fixtures.TruthLogin) (settled expectation, any bool) {
	form, submit := login.Form.ClientIP.AppSaw, login.Submit.ClientIP.AppSaw
	for _, side := range []struct {
		says *string
		true string
	}{{&got.form, form}, {&got.submit, submit}} {
		if network := *side.says; iprecovery.Holds(network, side.true) {
			got.origin = strings.ReplaceAll(got.origin, network, side.true)
			*side.says = side.true
			any = true
		}
	}
	return got, any
}

// says is what a report says of its logins.
func says(report *finding.Report) []expectation {
	list := make([]expectation, len(report.Logins))
	for i := range report.Logins {
		list[i] = whatItSays(&report.Logins[i])
	}
	return list
}

func whatItSays(l *finding.Login) expectation {
	says := expectation{outcome: l.Outcome, client: l.Client}
	var notes []string
	for i, f := range l.Findings {
		if &l.Findings[i] == l.CauseFinding() {
			says.cause, says.origin = f.Code, origin(f)
			continue
		}
		notes = append(notes, fmt.Sprintf("%s %s", f.Code, origin(f)))
	}
	says.notes = strings.Join(notes, ", ")
	for _, s := range l.Steps {
		switch s.Role {
		case finding.RoleForm:
			says.form = s.ClientIP.AppSaw.Value
		case finding.RoleSubmit:
			says.submit = s.ClientIP.AppSaw.Value
		}
	}
	return says
}

func origin(f finding.Finding) string {
	return strings.TrimSpace(string(f.Origin.Kind) + " " + f.Origin.Address)
}

// apart lists the findings of a report that belong to no login.
func apart(report *finding.Report) []string {
	var list []string
	for _, f := range report.Findings {
		list = append(list, fmt.Sprintf("%s %s", f.Code, origin(f)))
	}
	return list
}

func explainUndecided(l *finding.Login) string {
	if l.Undecided == nil {
		return ""
	}
	return fmt.Sprintf("undecided between %v: %s", l.Undecided.Between, l.Undecided.Why)
}

// diagnose analyzes files as the command line does.
func diagnose(t testing.TB, files []file, options analyze.Options) *finding.Report {
	t.Helper()
	a := analyze.New(options)
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	for _, f := range files {
		if err := loader.Read(t.Context(), f.name, bytes.NewReader(f.data)); err != nil {
			t.Fatal(err)
		}
	}
	return a.Close(t.Context(), loader.Close())
}

// holdLedger checks that every packet went somewhere.
func holdLedger(t *testing.T, report *finding.Report) {
	t.Helper()
	for _, c := range report.Captures {
		if c.Kind == exchange.KindHAR {
			continue
		}
		l := c.Ledger
		if sum := l.Used + l.NotHTTP + l.Encrypted + l.Duplicate + l.Undecodable; sum != l.Packets {
			t.Errorf("the ledger accounts for %d of %d packets: %+v", sum, l.Packets, l)
		}
	}
}

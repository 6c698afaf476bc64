// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

// All recordings, in all variants, take an hour of CPU for 20 seeds:
// go test ./analyze -run TestDamage -timeout 2h -args -damage 20
var damageSeeds = flag.Uint64("damage", 0, "damage all recordings, in so many ways of each random kind, and not a sample")

// damages are the ways in which a capture of a wire is not what passed there; i is the
// number of the file, so that two captures do not lose the same.
func damages(seeds uint64) map[string]func(i int, b []byte) []byte {
	list := map[string]func(i int, b []byte) []byte{}
	for _, n := range []int{96, 256, 512} {
		list[fmt.Sprintf("snaplen %d", n)] = func(_ int, b []byte) []byte { return pcaptest.Snaplen(b, n) }
	}
	for seed := range seeds {
		own := func(i int) uint64 { return uint64(i)*1000 + seed }
		for _, loss := range []float64{0.01, 0.05, 0.2, 0.5} {
			list[fmt.Sprintf("%.0f %% lost, seed %d", loss*100, seed)] = func(i int, b []byte) []byte { return pcaptest.Drop(b, own(i), loss) }
			list[fmt.Sprintf("%.0f %% lost in bursts, seed %d", loss*100, seed)] = func(i int, b []byte) []byte { return pcaptest.DropBursts(b, own(i), loss, 8) }
		}
		list[fmt.Sprintf("neighbours swapped, seed %d", seed)] = func(i int, b []byte) []byte { return pcaptest.Reorder(b, own(i), 1) }
		list[fmt.Sprintf("some twice, seed %d", seed)] = func(i int, b []byte) []byte { return pcaptest.Duplicate(b, own(i), 0.2) }
	}
	return list
}

// What damaged captures are analyzed with.
const (
	besideNothing = "nothing"
	besideLogs    = "the logs"
	besideAll     = "logs and browser"
	eachAlone     = "each alone"
)

// Damaged captures accuse nobody, whatever is beside them.
func TestDamageAccusesNobody(t *testing.T) {
	t.Parallel()
	variants, n := damages(max(*damageSeeds, 1)), 0
	for _, truth := range allTruths(t) {
		for _, name := range slices.Sorted(maps.Keys(variants)) {
			for _, beside := range []string{besideNothing, besideLogs, besideAll, eachAlone} {
				if n++; *damageSeeds > 0 || sampled(n, 37) { // no divisor of the number of variants
					t.Run(name+", beside "+beside, func(t *testing.T) { holdDamaged(t, truth, variants[name], beside) })
				}
			}
		}
	}
}

// Each of these once accused somebody of what did not happen.
func TestDamageThatMisled(t *testing.T) {
	t.Parallel()
	variants := damages(4)
	for _, one := range []struct{ recording, damage, beside string }{
		{"airflow/airflow-audience-of-one-section-3.0.0", "1 % lost, seed 3", besideLogs},             // two requests were one
		{"airflow/airflow-browser-two-secrets-3.0.0", "20 % lost, seed 0", besideNothing},             // a request that went on unseen
		{"airflow/airflow-browser-two-secrets-3.3.2", "20 % lost in bursts, seed 1", eachAlone},       // a token that was shown unseen
		{"airflow/airflow-browser-two-secrets-3.3.2", "50 % lost in bursts, seed 0", besideLogs},      // beside logs, which show none
		{"airflow/airflow-browser-two-secrets-3.3.2", "50 % lost, seed 3", besideLogs},                // an order of hops that nothing tells
		{"airflow/airflow-cookie-path-rewritten-3.3.2", "5 % lost in bursts, seed 0", eachAlone},      // a cookie that nobody saw arrive
		{"airflow/airflow-cookie-path-rewritten-3.3.2", "50 % lost in bursts, seed 0", besideNothing}, // and one as its server did not write it
		{"airflow/airflow-expired-3.0.0", "5 % lost in bursts, seed 0", eachAlone},                    // all but the end of a connection
		{"airflow/airflow-no-secret-refuses-3.0.0", "snaplen 96", besideNothing},                      // a request of nobody known
		{"jupyterhub/client-ipv6-then-ipv4-4.1.6", "50 % lost, seed 3", besideNothing},                // a client behind a hop that was lost
		{"jupyterhub/nginx-two-forwarded-for-trusted-4.1.6", "50 % lost, seed 0", eachAlone},          // an address by a rule that is another
		{"jupyterhub/page-cached-without-cookie-4.1.6", "20 % lost, seed 1", eachAlone},               // a page that set no cookie
		{"jupyterhub/signed-in-two-seconds-4.1.6", "5 % lost, seed 1", besideNothing},                 // a page that held both tokens
		{"jupyterlab/jupyterlab-basic-and-token-4.6.6", "snaplen 256", besideAll},                     // a role that has no name
		{"oauth/oauth-callback-denied-5.5.4", "snaplen 256", besideNothing},                           // an application's proxy, by a cut head
		{"oauth/oauth-callback-header-too-large-5.5.4", "20 % lost, seed 0", besideNothing},           // the same
		{"oauth/oauth-callback-timeout-5.5.4", "20 % lost in bursts, seed 2", besideLogs},             // a proxy that handed on unseen
		{"oauth/oauth-not-allowed-reloaded-4.1.6", "20 % lost in bursts, seed 3", eachAlone},          // a callback before this one
		{"oauth/oauth-not-allowed-reloaded-4.1.6", "50 % lost in bursts, seed 2", besideNothing},      // two callbacks, one side of each
		{"oauth/oauth-not-allowed-reloaded-4.1.6", "50 % lost in bursts, seed 3", besideLogs},         // the same
		{"site/chp-header-too-large-5.5.4", "20 % lost in bursts, seed 1", eachAlone},                 // the same
		{"site/hub-listens-on-loopback-5.5.4", "20 % lost, seed 1", besideNothing},                    // the same
	} {
		all := allTruths(t)
		i := slices.IndexFunc(all, func(truth fixtures.Truth) bool { return truth.Kind()+"/"+truth.Scenario == one.recording })
		if i < 0 || variants[one.damage] == nil {
			t.Fatalf("there is no %s, or no %s", one.recording, one.damage)
		}
		t.Run(one.damage+", beside "+one.beside, func(t *testing.T) { holdDamaged(t, all[i], variants[one.damage], one.beside) })
	}
}

// A connection that one side resets in the middle of an exchange accuses nobody, wherever
// that is.
func TestResetAccusesNobody(t *testing.T) {
	t.Parallel()
	n := 0
	for _, truth := range allTruths(t) {
		for _, f := range filesFor(t, truth, "pcap") {
			for k := 0; ; k += 1 + k/4 {
				if n++; !sampled(n, 53) && *damageSeeds == 0 {
					if k > 100 {
						break
					}
					continue
				}
				reset, ok := pcaptest.Reset(f.data, k)
				if !ok {
					break
				}
				t.Run(fmt.Sprintf("packet %d", k), func(t *testing.T) {
					holdFilesDamaged(t, truth, []file{f}, []file{{f.name, reset}})
				})
			}
		}
	}
}

// holdDamaged damages the captures of a recording and holds what is said to the truth, and
// to what the whole files say.
func holdDamaged(t *testing.T, truth fixtures.Truth, damage func(i int, b []byte) []byte, beside string) {
	var whole, damaged []file
	for i, f := range filesFor(t, truth, "har", "pcap", "log") {
		ending := f.name[strings.LastIndexByte(f.name, '.')+1:]
		switch {
		case ending == "pcap":
			whole, damaged = append(whole, f), append(damaged, file{f.name, damage(i, f.data)})
		case ending == "log" && (beside == besideLogs || beside == besideAll), f.name == bestHAR && beside == besideAll:
			whole, damaged = append(whole, f), append(damaged, f)
		}
	}
	if beside != eachAlone {
		holdFilesDamaged(t, truth, whole, damaged)
		return
	}
	for i := range whole {
		holdFilesDamaged(t, truth, whole[i:i+1], damaged[i:i+1])
	}
}

func holdFilesDamaged(t *testing.T, truth fixtures.Truth, whole, damaged []file) {
	t.Run(truth.Kind()+"/"+truth.Scenario+"/"+strings.Join(namesOf(damaged), "+"), func(t *testing.T) {
		report := tryToDiagnose(t, truth, damaged)
		holdToSchema(t, report)
		logs := slices.DeleteFunc(slices.Clone(whole), func(f file) bool { return !strings.HasSuffix(f.name, ".log") })
		holdSureness(t, report, func() []*finding.Report {
			return []*finding.Report{tryToDiagnose(t, truth, whole), tryToDiagnose(t, truth, logs)}
		})
		if !truth.HasForms() {
			if slices.Contains(truthCodes(truth), string(finding.LoginNotAllowed)) {
				forgive(report, unsaid[finding.LoginNotAllowed])
			}
			holdToTruth(t, truth, report)
			return
		}
		for _, login := range says(report) {
			holdToSome(t, truth, login)
			ofLogin := func(l fixtures.TruthLogin) bool { // who may have moved, and the submit is lost
				return l.Submit.ClientIP.True == login.client || l.Form.ClientIP.True == login.client
			}
			if login.client != "" && !slices.ContainsFunc(truth.Logins, ofLogin) {
				t.Errorf("no client is at %s", login.client)
			}
		}
		holdRemarks(t, truth, report)
	})
}

// tryToDiagnose analyzes files of which some may tell of nothing.
func tryToDiagnose(t *testing.T, truth fixtures.Truth, files []file) *finding.Report {
	t.Helper()
	a := analyze.New(quick(t, truth))
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	for _, f := range files {
		_ = loader.Read(t.Context(), f.name, bytes.NewReader(f.data))
	}
	return a.Close(t.Context(), loader.Close())
}

// holdSureness checks that less evidence makes nothing surer. The whole is only asked
// where something is sure.
func holdSureness(t *testing.T, damaged *finding.Report, whole func() []*finding.Report) {
	t.Helper()
	grade := map[finding.Confidence]int{finding.Possible: 1, finding.Likely: 2, finding.Proven: 3}
	var most map[finding.Code]int
	for _, f := range concluded(damaged) {
		if f.Severity != finding.Error || f.Confidence == finding.Possible {
			continue
		}
		if most == nil {
			most = map[finding.Code]int{}
			for _, report := range whole() {
				for _, f := range concluded(report) {
					most[f.Code] = max(most[f.Code], grade[f.Confidence])
				}
			}
		}
		if n, ok := most[f.Code]; ok && grade[f.Confidence] > n {
			t.Errorf("%s is %s, more than by the whole: %s", f.Code, f.Confidence, f.Summary)
		}
	}
}

// holdRemarks holds what is said of logins beside their causes, and apart from logins.
func holdRemarks(t *testing.T, truth fixtures.Truth, report *finding.Report) {
	t.Helper()
	for _, f := range report.Findings {
		if !slices.Contains(truthCodes(truth), string(f.Code)) || f.Origin.Kind != finding.OriginUnknown && !rightOrigin(truth, f) {
			t.Errorf("says %s of %s: %s", f.Code, origin(f), f.Summary)
		}
	}
	for _, l := range report.Logins {
		for i, f := range l.Findings {
			noted := func(of fixtures.TruthLogin) bool {
				// Half of a login that two proxies hide from the Hub shows one of them.
				hidden := f.Code == finding.ClientIPHidden && f.Origin.Address == of.Submit.ClientIP.AppSaw && f.Origin.Address != of.Submit.ClientIP.True
				return slices.Contains(of.Notes, string(f.Code)) || hidden
			}
			if &l.Findings[i] != l.CauseFinding() && !slices.ContainsFunc(truth.Logins, noted) {
				t.Errorf("notes %s of %s: %s", f.Code, origin(f), f.Summary)
			}
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze"
	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/analyze/iprecovery"
	"github.com/logintrace/logintrace/analyze/names"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

// vantage is a place at which the lab recorded packets.
type vantage struct {
	host      string
	atHub     bool // the Hub's own hop is seen
	proxySeen bool // what makes an address a proxy's is seen: the public site, or a hop on both sides
}

var vantages = []vantage{
	{host: "client", proxySeen: true},
	{host: "router", proxySeen: true},
	{host: "ingressA", proxySeen: true},
	{host: "ingressB", proxySeen: true},
	{host: "chp", atHub: true},
	{host: "hub", atHub: true},
}

// packets reads a capture of a fixture, and says what is in it by looking for the
// request lines in its bytes. ok is false if there is no submit in it.
func packets(t testing.TB, truth fixtures.Truth, v vantage) (data []byte, in input, ok bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(truth.Dir, v.host+".pcap"))
	if err != nil {
		t.Fatal(err)
	}
	in = input{
		name: v.host, clientSeen: true, atHub: v.atHub, proxySeen: v.proxySeen, setCookies: true, pages: true,
		onlyPost: !bytes.Contains(data, []byte("GET /hub/login")),
	}
	return data, in, bytes.Contains(data, []byte("POST /hub/login"))
}

// One capture alone gives outcome, cause and addresses as far as it carries them.
func TestDiagnosisFromPackets(t *testing.T) {
	for _, truth := range loadTruths(t) {
		for _, v := range vantages {
			t.Run(truth.Scenario+"/"+v.host, func(t *testing.T) {
				data, in, ok := packets(t, truth, v)
				report := diagnose(t, data, analyze.Options{})
				if !ok {
					if len(report.Logins) != 0 || report.Verdict != finding.Inconclusive {
						t.Errorf("%d logins, %s, where no submit passed", len(report.Logins), report.Verdict)
					}
					return
				}
				compare(t, report, truth, expect(truth, in))
				holdLedger(t, report)
			})
		}
	}
}

// holdLedger checks that every packet went somewhere.
func holdLedger(t *testing.T, report *finding.Report) {
	t.Helper()
	for _, c := range report.Captures {
		l := c.Ledger
		if sum := l.Used + l.NotHTTP + l.Encrypted + l.Duplicate + l.Undecodable; sum != l.Packets || l.Packets == 0 {
			t.Errorf("the ledger accounts for %d of %d packets: %+v", sum, l.Packets, l)
		}
	}
}

// The same packets in another file say the same.
func TestFormatsSayTheSame(t *testing.T) {
	everyVariant(t, map[string]func([]byte) []byte{
		"nanoseconds":     pcaptest.Nanoseconds,
		"big endian":      pcaptest.BigEndian,
		"pcapng":          func(b []byte) []byte { return pcaptest.Pcapng(b, pcaptest.NG{}) },
		"gzip":            func(b []byte) []byte { return pcaptest.Gzip(b, 2) },
		"zstd":            func(b []byte) []byte { return pcaptest.Zstd(b, 2) },
		"SLL":             pcaptest.SLL,
		"SLL2":            pcaptest.SLL2,
		"raw IP":          pcaptest.Raw,
		"duplicated":      func(b []byte) []byte { return pcaptest.Duplicate(b, 1, 0.3) },
		"reordered":       func(b []byte) []byte { return pcaptest.Reorder(b, 1, 4) },
		"last record cut": func(b []byte) []byte { return append(bytes.Clone(b), b[24:40]...) },
	}, func(t *testing.T, got, want expectation) {
		if got != want {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	})
}

// What is lost may make a cause undecided, and never another one.
func TestLossNeverAccusesAnother(t *testing.T) {
	variants := map[string]func([]byte) []byte{
		"first 30 % cut": func(b []byte) []byte { return pcaptest.CutStart(b, 0.3) },
		"snaplen 96":     func(b []byte) []byte { return pcaptest.Snaplen(b, 96) },
		"snaplen 600":    func(b []byte) []byte { return pcaptest.Snaplen(b, 600) },
	}
	for _, loss := range []float64{0.001, 0.01, 0.1} {
		for seed := range uint64(4) {
			variants[fmt.Sprintf("%.1f %% dropped, seed %d", loss*100, seed)] = func(b []byte) []byte { return pcaptest.Drop(b, seed, loss) }
		}
	}
	everyVariant(t, variants, func(t *testing.T, got, want expectation) {
		// identity-changed names no party: it is what is left to say when the hop
		// that shows a proxy was lost.
		weaker := want.cause == finding.XSRFProxyIPChanged && got.cause == finding.XSRFIdentityChanged
		if got.cause != "" && got.cause != want.cause && !weaker {
			t.Errorf("accuses %s, the whole capture %s", got.cause, want.cause)
		}
		if got.outcome != finding.OutcomeUnknown && got.outcome != "" && got.outcome != want.outcome {
			t.Errorf("outcome %s, the whole capture has %s", got.outcome, want.outcome)
		}
		if got.form != "" && got.form != want.form || got.submit != "" && got.submit != want.submit {
			t.Errorf("addresses %q and %q, the whole capture has %q and %q", got.form, got.submit, want.form, want.submit)
		}
	})
}

// everyVariant diagnoses captures and variants of them. Names stand in for the
// search of ranges, which would find the same after seconds.
func everyVariant(t *testing.T, variants map[string]func([]byte) []byte, hold func(t *testing.T, got, want expectation)) {
	t.Helper()
	for _, truth := range loadTruths(t) {
		if strings.HasPrefix(truth.Scenario, "two-ingresses-x-real-ip-") && !strings.HasSuffix(truth.Scenario, "4.1.6") {
			continue // the same packets but for the version
		}
		for _, v := range vantages {
			whole, _, ok := packets(t, truth, v)
			if !ok {
				continue
			}
			want := say(t, whole)
			for name, change := range variants {
				t.Run(truth.Scenario+"/"+v.host+"/"+name, func(t *testing.T) { hold(t, say(t, change(whole)), want) })
			}
		}
	}
}

func say(t *testing.T, packets []byte) expectation {
	t.Helper()
	directory, err := names.Load(strings.NewReader("10.244.3.17 a\n10.244.5.42 b\n::ffff:10.244.3.17 a\n"))
	if err != nil {
		t.Fatal(err)
	}
	report := diagnose(t, packets, analyze.Options{Recover: iprecovery.Seen, Names: directory})
	if len(report.Logins) == 0 {
		return expectation{}
	}
	if len(report.Logins) > 1 {
		t.Errorf("%d logins where there was one", len(report.Logins))
	}
	return whatItSays(&report.Logins[0])
}

// Several captures of one login are one login, and together they say more: the
// browser's recording gives the page, the ingresses show that the addresses are
// their own.
func TestSeveralCapturesOfOneLogin(t *testing.T) {
	dir := "../fixtures/jupyterhub/two-ingresses-no-headers-4.1.6/"
	a := analyze.New(analyze.Options{})
	loader := &capture.Loader{Bodies: analyze.Bodies(), Emit: a.Add}
	for _, file := range []string{"client.devtools-sanitized.har", "ingressB.pcap", "ingressA.pcap", "router.pcap", "chp.pcap", "hub.pcap"} {
		if err := loader.Load(t.Context(), dir+file); err != nil {
			t.Fatal(err)
		}
	}
	report := a.Close(t.Context(), loader.Close())
	if len(report.Logins) != 1 {
		t.Fatalf("%d logins", len(report.Logins))
	}
	want := expectation{finding.Failed, finding.XSRFProxyIPChanged, "10.244.3.17", "10.244.5.42"}
	if got := whatItSays(&report.Logins[0]); got != want {
		t.Errorf("got %+v", got)
	}
	l := report.Logins[0]
	if f := l.CauseFinding(); f == nil || f.Confidence != finding.Proven || l.Client != "198.51.100.23" {
		t.Errorf("%+v, client %q", f, l.Client)
	}
	for _, s := range l.Steps {
		if saw := s.ClientIP.AppSaw; saw.Computed.Value != saw.Recovered.Value || saw.Computed.Value == "" {
			t.Errorf("%s: computed %q, recovered %q", s.Role, saw.Computed.Value, saw.Recovered.Value)
		}
	}
}

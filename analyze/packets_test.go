// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

// The tests of variants run on a dozen of fixtures, each of another kind: every
// way in which a cause is found, every kind of origin, and what is in the way of
// reading packets (a kept connection, IPv6, NAT, a PROXY header, TLS). More of one
// kind hold the same packets but for an address or a version.
var kinds = map[string]string{
	"two-ingresses-no-headers-4.1.6":           "addresses of proxies; an ingress as origin",
	"two-ingresses-no-headers-dualstack-4.1.6": "mapped addresses",
	"two-ingresses-no-headers-again-5.5.4":     "two logins, of which one is the other's page",
	"ingress-b-x-real-ip-doubled-4.1.6":        "a field that is of no use, seen at the Hub's hop only",
	"node-snat-two-nodes-4.1.6":                "translated addresses; a node as origin",
	"outer-proxies-overwritten-4.1.6":          "four hops",
	"client-ipv6-then-ipv4-4.1.6":              "the client as origin; IPv6",
	"balancer-proxy-protocol-v2-4.1.6":         "a binary header in front of requests; a login that succeeds",
	"page-cached-without-cookie-4.1.6":         "a request that goes no further than the ingress; two clients",
	"cookie-foreign-before-4.0.2":              "tokens that tie no requests together, which leaves times; cookies; an old Hub",
	"tls-two-ingresses-no-headers-4.1.6":       "an encrypted hop",
	"five-clients-4.1.6":                       "five logins at a time",
	"form-open-65-minutes-4.1.6":               "more than an hour, in which clocks drift",
}

// dozen are the fixtures of kinds.
func dozen(t testing.TB) []fixtures.Truth {
	t.Helper()
	var list []fixtures.Truth
	for _, truth := range loadTruths(t) {
		if kinds[truth.Scenario] != "" {
			list = append(list, truth)
		}
	}
	if len(list) != len(kinds) && *fixturesDir == committedFixtures {
		t.Fatalf("%d of %d fixtures were found", len(list), len(kinds))
	}
	return list
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
	}, func(t *testing.T, truth fixtures.Truth, got, want []expectation) {
		if fmt.Sprint(got) != fmt.Sprint(want) && !excused[strings.TrimPrefix(t.Name(), "TestFormatsSayTheSame/")] {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
		for _, login := range got {
			holdToSome(t, truth, login)
		}
	})
}

// excused are variants that may say less. Reordering takes a packet to the moment of
// another one, which in a quiet capture is seconds away.
var excused = map[string]bool{
	"five-clients-4.1.6/router.pcap/reordered":        true, // the two sightings of a submit are then too far apart to be of one request
	"node-snat-two-nodes-4.1.6/router.pcap/reordered": true, // which side of a translated connection came first is then not known
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
	everyVariant(t, variants, func(t *testing.T, truth fixtures.Truth, got, _ []expectation) {
		for _, login := range got {
			holdToSome(t, truth, login)
		}
	})
}

// holdToSome checks that what is said of a login is true of one of the fixture's:
// which of them it is may be lost.
func holdToSome(t *testing.T, truth fixtures.Truth, says expectation) {
	t.Helper()
	var wrong [][]string
	for _, login := range truth.Logins {
		list := accusations(truth, login, says)
		if len(list) == 0 {
			return
		}
		wrong = append(wrong, list)
	}
	t.Errorf("%+v: %q", says, wrong)
}

// everyVariant diagnoses captures of the dozen, and variants of them.
func everyVariant(t *testing.T, variants map[string]func([]byte) []byte, hold func(t *testing.T, truth fixtures.Truth, got, want []expectation)) {
	t.Helper()
	for _, truth := range dozen(t) {
		for _, in := range inputsOf(t, truth) {
			if !strings.HasSuffix(in.name, ".pcap") || len(in.submitted(truth)) == 0 {
				continue
			}
			options := quick(t, truth)
			want := says(diagnose(t, in.files, options))
			for name, change := range variants {
				t.Run(truth.Scenario+"/"+in.name+"/"+name, func(t *testing.T) {
					changed := []file{{in.name, change(in.files[0].data)}}
					hold(t, truth, says(diagnose(t, changed, options)), want)
				})
			}
		}
	}
}

// At heavy loss the page that came with a cookie is often gone, and one before it can hold
// the token of the form: a client has one token a second.
func TestLostPageMakesNoStaleForm(t *testing.T) {
	heavy := map[string]bool{"signed-in-two-seconds-4.1.6": true, "user-agent-changed-4.1.6": true, "proxy-listens-otherwise-4.1.6": true}
	seen := 0
	for _, truth := range loadTruths(t) {
		if !heavy[truth.Scenario] {
			continue
		}
		seen++
		for _, in := range inputsOf(t, truth) {
			if !strings.HasSuffix(in.name, ".pcap") {
				continue
			}
			for seed := range uint64(12) {
				t.Run(fmt.Sprintf("%s/%s/seed %d", truth.Scenario, in.name, seed), func(t *testing.T) {
					changed := []file{{in.name, pcaptest.Drop(in.files[0].data, seed, 0.3)}}
					for _, login := range says(diagnose(t, changed, quick(t, truth))) {
						holdToSome(t, truth, login)
					}
				})
			}
		}
	}
	if seen != len(heavy) {
		t.Errorf("%d of %d recordings were found", seen, len(heavy))
	}
}

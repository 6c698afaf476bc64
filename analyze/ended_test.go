// SPDX-License-Identifier: Apache-2.0

package analyze_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
	"github.com/logintrace/logintrace/capture/pcap/pcaptest"
	"github.com/logintrace/logintrace/fixtures"
)

func siteTruth(t *testing.T, scenario string) fixtures.Truth {
	t.Helper()
	all := otherTruths(t)
	i := slices.IndexFunc(all, func(truth fixtures.Truth) bool { return truth.Scenario == scenario })
	if i < 0 {
		t.Fatalf("there is no recording %s", scenario)
	}
	return all[i]
}

func onePart(t *testing.T, scenario, file string) *finding.Report {
	t.Helper()
	truth := siteTruth(t, scenario)
	for _, p := range partsOf(truth) {
		if p.name == file {
			return diagnosePart(t, truth, p)
		}
	}
	t.Fatalf("%s has no %s", scenario, file)
	return nil
}

// A submit that was not answered says who ended its connection, and in which frame
// (tshark -Y tcp.flags.fin==1 names it, too).
func TestUnansweredSubmitNamesWhoEnded(t *testing.T) {
	for scenario, want := range map[string]string{
		"nginx-login-timeout-5.5.4":    "its client, 10.244.1.9, closed the connection after 2.0 s (frame 58 of hub.pcap)",
		"haproxy-server-timeout-5.5.4": "its client, 10.244.1.9, closed the connection after 2.0 s (frame 34 of hub.pcap)",
	} {
		report := onePart(t, scenario, "hub.pcap")
		if len(report.Logins) != 1 || report.Logins[0].Undecided == nil || !strings.Contains(report.Logins[0].Undecided.Why, want) {
			t.Errorf("%s: %s %+v, want %q", scenario, report.Summary, report.Logins[0].Undecided, want)
		}
	}
}

// The proxy's own capture shows the RST by which the Hub's host refused the connection
// (tshark -Y tcp.flags.reset==1), and that proves why it answered 502 or 503.
func TestRefusedConnectionIsProof(t *testing.T) {
	for _, test := range []struct {
		scenario, file string
		confidence     finding.Confidence
		server         string
		frame          int
	}{
		{"hub-down-at-submit-5.5.4", "chp.pcap", finding.Proven, "10.244.1.20:8081", 107},
		{"nginx-wrong-upstream-5.5.4", "ingress.pcap", finding.Proven, "10.244.1.9:8888", 7},
		{"hub-never-up-default-target-5.5.4", "chp.pcap", finding.Likely, "10.244.1.20:8081", 7},
	} {
		found := concluded(onePart(t, test.scenario, test.file))
		if len(found) != 1 || found[0].Code != finding.AppUnavailable || found[0].Confidence != test.confidence ||
			!strings.Contains(found[0].Summary, test.server+" refused the connection") {
			t.Fatalf("%s: %+v", test.scenario, found)
		}
		if !slices.ContainsFunc(found[0].Evidence, func(e finding.Evidence) bool { return e.Ref.Frame == test.frame && e.Value == "RST" }) {
			t.Errorf("%s: no frame %d in %+v", test.scenario, test.frame, found[0].Evidence)
		}
	}
}

// The near twin: the Hub was back in time, and nobody is blamed for refusals before.
func TestRefusedConnectionsBeforeBlameNobody(t *testing.T) {
	for _, file := range []string{"chp.pcap", "ingress.pcap", everything} {
		if found := accused(onePart(t, "hub-restarted-in-time-5.5.4", file)); len(found) > 0 {
			t.Errorf("%s: %+v", file, found)
		}
	}
}

// A proxy that asks a second server in a way that cannot be read, after the first one has
// refused it, may have its answer from there: the refusal is then no reason.
func TestRefusedConnectionBesideTLSIsNoProof(t *testing.T) {
	truth := siteTruth(t, "hub-down-at-submit-5.5.4")
	for _, one := range []struct {
		from, to string
		proof    bool
	}{
		{"10.244.1.9", "10.244.1.77", false}, // the proxy asks somebody
		{"10.244.1.77", "10.244.1.9", true},  // somebody asks the proxy
	} {
		f := pcaptest.Parse(pcaptest.Raw(filesFor(t, truth, "pcap")[slices.Index(namesOf(filesFor(t, truth, "pcap")), "chp.pcap")].data))
		rst := 0 // the last one
		for i, p := range f.Packets {
			if p.Data[20+13]&4 != 0 {
				rst = i
			}
		}
		at := f.Packets[rst].Nanos
		for _, record := range []string{"\x16\x03\x01\x00\x05hello", "\x17\x03\x03\x00\x05there"} {
			at += 1000
			f.Packets = slices.Insert(f.Packets, rst+1, pcaptest.Packet{Nanos: at, Length: 40 + len(record), Data: segment(one.from, one.to, record)})
		}
		found := accused(diagnose(t, []file{{"chp.pcap", f.Bytes()}}, quick(t, truth)))
		explained := slices.ContainsFunc(found, func(f finding.Finding) bool { return strings.Contains(f.Summary, "refused the connection") })
		if explained != one.proof {
			t.Errorf("%s asks %s by TLS: %+v", one.from, one.to, found)
		}
	}
}

// segment is a TCP segment in an IPv4 packet, to port 8443.
func segment(from, to, payload string) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(payload)))
	source, destination := netip.MustParseAddr(from).As4(), netip.MustParseAddr(to).As4()
	copy(b[12:], source[:])
	copy(b[16:], destination[:])
	binary.BigEndian.PutUint16(b[20:], 50000)
	binary.BigEndian.PutUint16(b[22:], 8443)
	b[32], b[33] = 5<<4, 0x18 // PSH, ACK
	return append(b, payload...)
}

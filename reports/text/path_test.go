// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/finding"
)

// endpoint is an address with a port, as hops have it.
func endpoint(address string) string {
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":80"
}

// pathReport is a report on a login whose two requests passed all these addresses, the
// client first and the Hub last.
func pathReport(form, submit []string, owners ...finding.Owner) *finding.Report {
	request := func(method string, path []string) finding.Step {
		s := finding.Step{Method: method, URL: "http://hub.example.test/hub/login", Status: 200, UserAgent: "x", Ref: finding.Ref{Capture: "c1", Frame: 1}}
		for i := 1; i < len(path); i++ {
			h := finding.Hop{From: endpoint(path[i-1]), To: endpoint(path[i]), FromRole: finding.HopOuterProxy, ToRole: finding.HopOuterProxy}
			switch i {
			case 1:
				h.FromRole = finding.HopClient
			case len(path) - 1:
				h.FromRole, h.ToRole = finding.HopAppProxy, finding.HopApplication
			case len(path) - 2:
				h.FromRole, h.ToRole = finding.HopIngress, finding.HopAppProxy
			}
			if i == len(path)-3 {
				h.ToRole = finding.HopIngress
			}
			if i > 1 {
				h.Fields = []finding.HopField{
					{Name: "X-Real-IP", Lines: []string{path[0]}}, {Name: "X-Forwarded-For", Lines: []string{strings.Join(path[:i-1], ",")}},
				}
			}
			s.Hops = append(s.Hops, h)
		}
		s.ClientIP.AppSaw.Value = path[len(path)-2]
		return s
	}
	return &finding.Report{
		Verdict: finding.Pass, Summary: "1 login succeeded", Owners: owners,
		Captures: []finding.Capture{{ID: "c1", Name: "hub.pcap", Kind: "pcap"}},
		Logins: []finding.Login{{
			ID: "login-1", Client: form[0], Outcome: finding.Succeeded,
			Steps: []finding.Step{request("GET", form), request("POST", submit)},
		}},
	}
}

func addresses(form string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(form, i+10)
	}
	return list
}

// Long addresses, chains and paths fit a page of 80 columns, and every address stays
// in one piece so that it can be copied and searched for.
func TestLongPathsAreLegible(t *testing.T) {
	pod := "ingress-nginx/ingress-nginx-controller-7b5d8c9f6d-x2x4k"
	for name, test := range map[string]struct {
		form, submit []string
		owners       []finding.Owner
	}{
		"short":         {addresses("10.0.0.%d", 5), addresses("10.0.1.%d", 5), nil},
		"mapped IPv4":   {addresses("::ffff:198.51.100.%d", 5), addresses("::ffff:203.0.113.%d", 5), nil},
		"IPv6":          {addresses("2001:db8:85a3:8d3:1319:8a2e:370:73%d", 5), addresses("2001:db8:85a3:8d3:1319:8a2e:370:74%d", 5), nil},
		"IPv6 and IPv4": {addresses("2001:db8:85a3:8d3:1319:8a2e:370:73%d", 5), addresses("198.51.100.%d", 5), nil},
		"12 hops":       {addresses("198.51.100.%d", 13), addresses("203.0.113.%d", 13), nil},
		"12 hops, IPv6": {addresses("2001:db8:85a3:8d3:1319:8a2e:370:73%d", 13), addresses("2001:db8:85a3:8d3:1319:8a2e:370:74%d", 13), nil},
		"other lengths": {addresses("198.51.100.%d", 5), addresses("203.0.113.%d", 9), nil},
		"pods": {addresses("10.244.3.%d", 5), addresses("10.244.5.%d", 5), []finding.Owner{
			{Address: "10.244.3.12", Kind: "pod", Name: pod, Node: "worker-1"},
			{Address: "10.244.5.12", Kind: "pod", Name: pod, Node: "worker-2"},
		}},
		"pods, IPv6": {addresses("2001:db8:85a3:8d3:1319:8a2e:370:73%d", 5), addresses("2001:db8:85a3:8d3:1319:8a2e:370:74%d", 5), []finding.Owner{
			{Address: "2001:db8:85a3:8d3:1319:8a2e:370:7312", Kind: "pod", Name: pod, Node: "worker-1"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Write(&out, pathReport(test.form, test.submit, test.owners...), Options{}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				if n := columns(strings.TrimRight(line, "\n")); n > 80 {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			for _, path := range [][]string{test.form, test.submit} {
				for _, address := range path[:len(path)-1] { // the last one is the Hub's own
					if !strings.Contains(out.String(), address) {
						t.Errorf("%s is not whole", address)
					}
				}
			}
			squeezed := strings.Join(strings.Fields(out.String()), "")
			for _, owner := range test.owners {
				if !strings.Contains(squeezed, owner.Name) && !strings.Contains(out.String(), "7b5d8c9f6d-x2x4k") {
					t.Errorf("%s has lost its end", owner.Name)
				}
			}
			if t.Failed() || testing.Verbose() {
				t.Log("\n" + out.String())
			}
		})
	}
}

// Hops of one kind have rows of their own, in the order of the path.
func TestEveryHopHasARow(t *testing.T) {
	r := pathReport(addresses("198.51.100.%d", 13), addresses("203.0.113.%d", 13))
	p := &page{report: r, width: 80}
	rows, _ := p.pathRows(&r.Logins[0])
	legs := 0
	for _, row := range rows {
		if strings.Contains(row.title, "→") {
			legs++
		}
	}
	if legs != 12 {
		t.Errorf("%d rows of hops, want 12", legs)
	}
}

func TestWrapKeepsAddressesOfAChain(t *testing.T) {
	chain := strings.Join(addresses("198.51.100.%d", 6), ",")
	for _, line := range wrap("XFF "+chain, 32) {
		for address := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "XFF "), ","), ",") {
			if address != "XFF" && strings.Count(address, ".") != 3 {
				t.Errorf("an address is broken: %q", line)
			}
		}
	}
}

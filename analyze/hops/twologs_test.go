// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// A proxy's line and a Hub's are of one request only if nothing else can be meant.
func TestTwoLogs(t *testing.T) {
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	line := func(c *exchange.Capture, n int, status int, at time.Duration, logged exchange.Logged) *hops.Sighting {
		x := &exchange.Exchange{
			Ref: exchange.Ref{Capture: c, HasLine: true, Line: n}, Started: noon.Add(at), Answered: noon.Add(at),
			Response: &exchange.Response{Status: status}, Logged: &logged,
		}
		x.Request.Method, x.Request.URL.Path = "POST", "/hub/login"
		return hops.New(x)
	}
	hub := exchange.Logged{Program: exchange.ProgramJupyterHub, Believed: "10.244.3.17"}
	handed := exchange.Logged{Program: exchange.ProgramHAProxy, PassedTo: "application/s1", Termination: "----"}
	own := exchange.Logged{Program: exchange.ProgramHAProxy, PassedTo: "application/s1", Termination: "PR--"}
	alone := exchange.Logged{Program: exchange.ProgramNginx, AskedNobody: true}
	type entry struct {
		status int
		at     time.Duration
		logged exchange.Logged
	}
	for name, c := range map[string]struct {
		proxy, hub []entry
		requests   int
	}{
		"one of each":                      {[]entry{{403, 0, handed}}, []entry{{403, time.Second, hub}}, 1},
		"another answer":                   {[]entry{{502, 0, handed}}, []entry{{403, time.Second, hub}}, 2},
		"later":                            {[]entry{{403, 0, handed}}, []entry{{403, 3 * time.Second, hub}}, 2},
		"another zone":                     {[]entry{{403, 0, handed}}, []entry{{403, time.Hour, hub}}, 1},
		"the proxy answered by itself":     {[]entry{{403, 0, own}}, []entry{{403, 0, hub}}, 2},
		"the proxy asked nobody":           {[]entry{{403, 0, alone}}, []entry{{403, 0, hub}}, 2},
		"two of the proxy's at one moment": {[]entry{{403, 0, handed}, {403, time.Second, handed}}, []entry{{403, time.Second, hub}}, 3},
		"two of the Hub's at one moment":   {[]entry{{403, 0, handed}}, []entry{{403, 0, hub}, {403, time.Second, hub}}, 3},
		"two, one after the other":         {[]entry{{403, 0, handed}, {403, time.Minute, handed}}, []entry{{403, 0, hub}, {403, time.Minute, hub}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			ofProxy, ofHub := &exchange.Capture{ID: "c1", Kind: exchange.KindLog}, &exchange.Capture{ID: "c2", Kind: exchange.KindLog}
			var all []*hops.Sighting
			for n, e := range c.proxy {
				all = append(all, line(ofProxy, n+1, e.status, e.at, e.logged))
			}
			for n, e := range c.hub {
				all = append(all, line(ofHub, n+1, e.status, e.at, e.logged))
			}
			if requests, _ := hops.Join(all); len(requests) != c.requests {
				t.Errorf("%d requests, want %d", len(requests), c.requests)
			}
		})
	}
}

// SPDX-License-Identifier: Apache-2.0

package redirects_test

import (
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/redirects"
	"github.com/logintrace/logintrace/capture/exchange"
)

// TestWhole: only the one request that was open while the Hub made its page is what came
// to the Hub's proxy as less.
func TestWhole(t *testing.T) {
	const ms = time.Millisecond
	page := &redirects.Page{Base: "/jupyter/", Path: "/", From: "10.0.0.2", Started: start.Add(10 * time.Second), Answered: start.Add(10*time.Second + 90*ms)}
	asked := visit{url: site + "/jupyter/", status: 404, at: 10*time.Second - 5*ms, took: 100 * ms}
	with := func(change func(*visit)) visit {
		v := asked
		change(&v)
		return v
	}
	for name, c := range map[string]struct {
		visits []visit
		want   bool
	}{
		"the one":                   {[]visit{asked}, true},
		"a second off":              {[]visit{with(func(v *visit) { v.at += 900 * ms })}, true},
		"long before":               {[]visit{with(func(v *visit) { v.at = time.Second })}, false},
		"long after":                {[]visit{with(func(v *visit) { v.at = time.Minute })}, false},
		"another path":              {[]visit{with(func(v *visit) { v.url = site + "/jupyter/wiki" })}, false},
		"a redirect":                {[]visit{with(func(v *visit) { v.status, v.location = 302, "/jupyter/hub/" })}, false},
		"somebody asked for less":   {[]visit{asked, with(func(v *visit) { v.url = site + "/" })}, false},
		"less, to the Hub's proxy":  {[]visit{asked, with(func(v *visit) { v.url, v.from, v.to = site+"/", "10.0.0.1", "10.0.0.2" })}, true},
		"less, to somebody further": {[]visit{asked, with(func(v *visit) { v.url, v.from, v.to = site+"/", "10.0.0.7", "10.0.0.1" })}, false},
	} {
		if got := trail(exchange.KindHAR, c.visits...).Whole(page); (got != nil) != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	less := with(func(v *visit) { v.url, v.from, v.to = site+"/", "10.0.0.1", "10.0.0.2" })
	if got := trail(exchange.KindPcap, asked, less).Less(page); got == nil || got.Client.Address != "10.0.0.1" {
		t.Errorf("%+v", got)
	}
	if got := trail(exchange.KindPcap, asked).Less(page); got != nil {
		t.Errorf("%+v", got)
	}
}

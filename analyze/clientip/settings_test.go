// SPDX-License-Identifier: Apache-2.0

package clientip_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/clientip"
	"github.com/logintrace/logintrace/capture/exchange"
)

func TestParseRefuses(t *testing.T) {
	for text, words := range map[string]string{
		"":                              `"" is not an application`,
		"flask":                         `"flask" is not an application`,
		"express:hops=1":                `express has no setting "hops"`,
		"express:1":                     `"1" is no setting of the form KEY=VALUE`,
		"express:":                      `"" is no setting`,
		"express:trust=nobody":          "express:trust=nobody: expected true, false",
		"express:trust=10.0.0.0/0":      "expected true, false",
		"express:trust=1,trust=2":       `"trust" is given twice`,
		"django:trust=1":                `django has no setting "trust"`,
		"proxyfix:for=many":             "expected a number from 0 to 100",
		"proxyfix:for=-1":               "expected a number from 0 to 100",
		"proxyfix:for=1,2":              "expected a number from 0 to 100",
		"uvicorn:proxy-headers=yes":     "expected one of on, off",
		"uvicorn:version=new":           "expected a version such as 1.2.3",
		"chi:from=xff":                  "expected networks with trust=",
		"chi:from=xff,trust=10.0.0.5":   "expected networks such as 10.0.0.0/8",
		"chi:from=everywhere":           "expected one of realip, header, xff, hops, peer",
		"rails:trust=proxy.example":     "expected addresses or networks",
		"spring:header=X-Forwarded-For": "expected one of both, forwarded, x-forwarded",
		"tornado:xheaders=1":            "expected one of on, off",
	} {
		_, err := clientip.Parse(text)
		var problem *clientip.SettingError
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v, want %s", text, err, words)
		}
	}
}

// A list goes on at pieces without a =, and IPv6 has its colons.
func TestParseReadsLists(t *testing.T) {
	app, err := clientip.Parse("uvicorn:trust=fd00::/8,10.0.0.0/8,version=0.54.0")
	if err != nil {
		t.Fatal(err)
	}
	r := clientip.Request{Peer: "10.0.0.5", Fields: exchange.Fields{Lines: fields("X-Forwarded-For", "1.1.1.1, fd00::9")}}
	if got := app.Compute(r); got.Address != "1.1.1.1" || app.Name() != "uvicorn" {
		t.Errorf("got %+v of %s", got, app)
	}
}

// Every name has a default, and unknown applications have none.
func TestDefaults(t *testing.T) {
	names := clientip.Names()
	for _, name := range names {
		if _, ok := clientip.Default(name); !ok {
			t.Errorf("%s has no default", name)
		}
	}
	if _, ok := clientip.Default("nextcloud"); ok || len(names) < 11 || !slices.Contains(names, "jupyterhub") {
		t.Error(names)
	}
}

// A field that the capture may have lost decides nothing, unless the rule reads none.
func TestComputeNeedsTheFieldsItReads(t *testing.T) {
	lost := exchange.Fields{Incomplete: true}
	for text, want := range map[string]exchange.Knowledge{
		"tornado": exchange.Unknown, "proxyfix": exchange.Unknown, "uvicorn:trust=*": exchange.Unknown, "rails": exchange.Unknown,
		"express:trust=1": exchange.Unknown, "spring": exchange.Unknown, "chi": exchange.Unknown,
		"django": exchange.Known, "gunicorn": exchange.Known, "express": exchange.Known, "proxyfix:for=0": exchange.Known,
		"tornado:xheaders=off": exchange.Known, "airflow": exchange.Known, "spring:remove-only=on": exchange.Known,
		"uvicorn": exchange.Known, // the peer is not trusted, whatever the fields say
	} {
		app, err := clientip.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := app.Compute(clientip.Request{Peer: "10.0.0.5", Fields: lost}); got.State != want {
			t.Errorf("%s: got %+v", text, got)
		}
		if got := app.Compute(clientip.Request{Fields: lost}); got.State != exchange.Unknown {
			t.Errorf("%s without a peer: got %+v", text, got)
		}
	}
}

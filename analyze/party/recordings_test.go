// SPDX-License-Identifier: Apache-2.0

package party_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture"
	"github.com/logintrace/logintrace/capture/exchange"
)

const (
	chpPort = 8000 // of configurable-http-proxy, as the lab has it
	hubPort = 8081
)

// recordings lists the folders of real logins.
func recordings(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("../../fixtures/jupyterhub/*")
	if err != nil || len(dirs) < 10 {
		t.Fatalf("%d recordings: %v", len(dirs), err)
	}
	return dirs
}

// load reads the exchanges of a capture in the order of their requests. Not every
// recording was made at every place.
func load(t *testing.T, name string) []*exchange.Exchange {
	t.Helper()
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var all []*exchange.Exchange
	loader := &capture.Loader{Emit: func(x *exchange.Exchange) { all = append(all, x) }}
	if err := loader.Load(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	loader.Close()
	return all
}

func answer(x *exchange.Exchange) *exchange.Fields {
	if x.Response == nil {
		return nil
	}
	return &x.Response.Fields
}

// observe pairs what came in with what went on to the given port; each request of
// these logins is made by one browser, one after the other.
func observe(all []*exchange.Exchange, port int) (whole, outside []party.Observation) {
	for _, inner := range all {
		if inner.Server.Port != port {
			continue
		}
		only := party.Observation{RequestOut: &inner.Request.Fields, RequestOutProto: inner.Request.Proto}
		outside = append(outside, only)
		for _, outer := range all {
			if outer.Server.Port != port && outer.Request.Method == inner.Request.Method && outer.Request.URL.String() == inner.Request.URL.String() &&
				!outer.Started.After(inner.Started) && !inner.Answered.After(outer.Answered) {
				only.RequestIn, only.AnswerIn, only.AnswerOut = &outer.Request.Fields, answer(inner), answer(outer)
				whole = append(whole, only)
				break
			}
		}
	}
	return whole, outside
}

// ingressOf is the product that the lab put in front of configurable-http-proxy, by
// the name of the scenario. Where there are both, ok is false.
func ingressOf(dir string) (name party.Name, ok bool) {
	switch scenario := strings.TrimPrefix(strings.TrimPrefix(filepath.Base(dir), "tls-"), "logged-"); {
	case strings.HasPrefix(scenario, "haproxy-"):
		return party.HAProxy, true
	case strings.HasPrefix(scenario, "traefik-"):
		return party.Traefik, true
	case strings.HasPrefix(scenario, "ingress-nginx-"):
		return party.IngressNginx, true // it is nginx, and set up to look like this
	case strings.HasPrefix(scenario, "ingress-b-mapped-ipv6-"):
		return "", false
	}
	return party.Nginx, true
}

// Who stands on both sides of an ingress sees who it is.
func TestIngressesOfRecordings(t *testing.T) {
	seen := map[party.Name]int{}
	for _, dir := range recordings(t) {
		want, ok := ingressOf(dir)
		if !ok {
			continue
		}
		for _, host := range []string{"ingressA", "ingressB"} {
			whole, _ := observe(load(t, filepath.Join(dir, host+".pcap")), chpPort)
			for _, o := range whole {
				seen[want]++
				guess, ok := party.Recognize(o)
				if !ok || guess.Name != want || want == party.Nginx && guess.Confidence != party.Certain {
					t.Errorf("%s %s: %+v, %t", dir, host, guess, ok)
				}
			}
			if guess, ok := party.Recognize(whole...); len(whole) > 0 && (!ok || guess.Name != want || want == party.Nginx && guess.Version == "") {
				t.Errorf("%s %s, all together: %+v, %t", dir, host, guess, ok)
			}
		}
	}
	for name, least := range map[party.Name]int{party.Nginx: 50, party.IngressNginx: 20, party.Traefik: 40, party.HAProxy: 10} {
		if seen[name] < least {
			t.Errorf("only %v requests were seen", seen)
		}
	}
}

// Behind the ingress only what it sent on is seen. That is enough where nginx is
// made to add fields, and never points at somebody else.
func TestIngressesFromBehind(t *testing.T) {
	enough := 0
	for _, dir := range recordings(t) {
		want, ok := ingressOf(dir)
		if !ok {
			continue
		}
		_, outside := observe(load(t, filepath.Join(dir, "chp.pcap")), chpPort)
		for _, o := range outside {
			guess, ok := party.Recognize(o)
			if ok && guess.Name != want {
				t.Errorf("%s: %+v", dir, guess)
			}
			if confidence := fromBehind(filepath.Base(dir)); confidence > 0 {
				enough++
				if guess.Confidence != confidence {
					t.Errorf("%s: %t, %+v", dir, ok, guess)
				}
			}
		}
	}
	if enough < 60 {
		t.Errorf("only %d requests", enough)
	}
}

// fromBehind is how sure it must be who an ingress is, by what it sent on alone; 0 is
// anything. A Traefik that was made to empty its own fields is hard to tell.
func fromBehind(scenario string) party.Confidence {
	switch {
	case strings.HasPrefix(scenario, "traefik-") && (strings.Contains(scenario, "-published-") || strings.Contains(scenario, "emptied")):
		return party.Possible
	case strings.HasPrefix(scenario, "traefik-"), strings.HasPrefix(scenario, "ingress-nginx-"),
		strings.HasPrefix(scenario, "healthy-"), strings.HasPrefix(scenario, "two-ingresses-x-real-ip-"):
		return party.Likely
	}
	return 0
}

// The hop to the Hub is made by configurable-http-proxy, seen from either end.
func TestHubHopOfRecordings(t *testing.T) {
	seen := 0
	for _, dir := range recordings(t) {
		whole, behind := observe(load(t, filepath.Join(dir, "chp.pcap")), hubPort)
		_, atHub := observe(load(t, filepath.Join(dir, "hub.pcap")), hubPort)
		seen += min(len(whole), len(behind), len(atHub))
		for _, o := range append(append(whole, behind...), atHub...) {
			if guess, ok := party.Recognize(o); !ok || guess.Name != party.CHP || guess.Confidence != party.Likely {
				t.Errorf("%s: %+v, %t, of %v", dir, guess, ok, o.RequestOut.Lines)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d requests", seen)
	}
}

// A browser is nobody's proxy, whatever it asks for.
func TestBrowsersAreNoProxies(t *testing.T) {
	seen := 0
	for _, dir := range recordings(t) {
		for _, x := range load(t, filepath.Join(dir, "client.pcap")) {
			seen++
			if guess, ok := party.Recognize(party.Observation{RequestOut: &x.Request.Fields, RequestOutProto: x.Request.Proto}); ok {
				t.Errorf("%s: %+v", dir, guess)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d requests", seen)
	}
}

// The application's own answer through nobody at all is nobody's.
func TestApplicationIsNoProxy(t *testing.T) {
	for _, dir := range recordings(t) {
		for _, x := range load(t, filepath.Join(dir, "hub.pcap")) {
			if guess, ok := party.Recognize(party.Observation{AnswerOut: answer(x)}); ok {
				t.Errorf("%s: %+v", dir, guess)
			}
		}
	}
}

// SPDX-License-Identifier: Apache-2.0

package hops_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/hops/hopstest"
	"github.com/logintrace/logintrace/capture/exchange"
)

func TestCarries(t *testing.T) {
	for _, c := range []struct{ hop, address, want string }{
		{"198.51.100.23>10.244.3.17", "198.51.100.23", "peer"},
		{"::ffff:198.51.100.23>10.244.3.17", "198.51.100.23", "peer"},
		{"10.0.0.5>10.244.3.17 X-Real-IP=198.51.100.23", "198.51.100.23", "X-Real-IP"},
		{"10.0.0.5>10.244.3.17 x-forwarded-for=192.0.2.1,_198.51.100.23", "198.51.100.23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=192.0.2.1 X-Forwarded-For=198.51.100.23", "198.51.100.23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.23:4711", "198.51.100.23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=::ffff:198.51.100.23", "198.51.100.23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=[2001:db8::23]:4711", "2001:db8::23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=[2001:db8::23]", "2001:DB8:0::23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=2001:db8::23", "2001:db8::23", "X-Forwarded-For"},
		{"10.0.0.5>10.244.3.17 Forwarded=proto=http;For=198.51.100.23", "198.51.100.23", "Forwarded"},
		{"10.0.0.5>10.244.3.17 Forwarded=for=\"198.51.100.23:80\";by=10.0.0.5", "198.51.100.23", "Forwarded"},
		{"10.0.0.5>10.244.3.17 Forwarded=for=_hidden,_for=\"[2001:db8::23]\"", "2001:db8::23", "Forwarded"},
		{"10.0.0.5>10.244.3.17 Forwarded=by=198.51.100.23;host=198.51.100.23", "198.51.100.23", ""},
		{"10.0.0.5>10.244.3.17 CF-Connecting-IP=198.51.100.23 X-Real-IP=198.51.100.23", "198.51.100.23", "X-Real-IP CF-Connecting-IP"},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=198.51.100.231", "198.51.100.23", ""},
		{"10.0.0.5>10.244.3.17 X-Forwarded-For=unknown,_-,_", "198.51.100.23", ""},
		{"10.0.0.5>10.244.3.17 X-Forwarded-Host=198.51.100.23", "198.51.100.23", ""},
		{"10.0.0.5>10.244.3.17", "", ""},
	} {
		if got := strings.Join(hopstest.Path(t, c.hop).Carries(0, c.address), " "); got != c.want {
			t.Errorf("%s tells of %q: got %q, want %q", c.hop, c.address, got, c.want)
		}
	}
}

func TestNamed(t *testing.T) {
	h := hopstest.Path(t, "10.0.0.5>10.244.3.17 X-Forwarded-For=192.0.2.1:80,_unknown,_10.0.0.5 Forwarded=for=\"[2001:db8::1]\" X-Real-IP=::ffff:192.0.2.1")[0]
	h.Sightings[0].Announced = &exchange.ProxyHeader{Source: exchange.Endpoint{Address: "198.51.100.23"}}
	if got := fmt.Sprint(h.Named()); got != "[198.51.100.23 ::ffff:192.0.2.1 2001:db8::1]" {
		t.Errorf("got %s", got)
	}
	crowd := hopstest.Path(t, "10.0.0.5>10.244.3.17 X-Forwarded-For=1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7,1.1.1.8,1.1.1.9,1.1.1.10")
	if n := len(crowd[0].Named()); n != 8 {
		t.Errorf("%d of ten", n)
	}
}

func TestLost(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9", "1 at 10.244.3.17"},
		{"198.51.100.23>10.0.0.5 ; 10.0.0.5>10.244.3.17 Forwarded=for=198.51.100.23 ; 10.244.3.17>10.244.1.9", "2 at 10.244.3.17"},
		{"198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17", "1 by 10.0.0.11"},
		{"198.51.100.23>203.0.113.80 = 198.51.100.23>10.244.3.17", ""},
		{"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23", ""},
		{"198.51.100.23>10.244.3.17 ; 10.244.9.9>10.244.1.9", ""},                          // somebody in between
		{"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 cut", ""},                     // it may be in the rest
		{"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 -true-client-ip", ""},         // it may have been left out
		{"198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 cut X-Real-IP=192.0.2.1", ""}, // even so
		{"192.0.2.1>10.244.3.17 ; 10.244.3.17>10.244.1.9", ""},                             // never told of
		{"198.51.100.23>10.244.3.17", ""},
	} {
		got := ""
		if loss, ok := hopstest.Path(t, c.path).Lost("198.51.100.23"); ok {
			got = fmt.Sprintf("%d at %s", loss.Hop, loss.Proxy)
			if loss.Translated {
				got = fmt.Sprintf("%d by %s", loss.Hop, loss.New)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.path, got, c.want)
		}
	}
}

func TestAdjacentAndTranslated(t *testing.T) {
	p := hopstest.Path(t, "198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 ; 10.244.4.4>10.244.1.20 ; >10.9.9.9 ; >10.9.9.8")
	for i, want := range []string{"false false", "true true", "true false", "false false", "false false", "false false"} {
		if got := fmt.Sprint(p.Adjacent(i), " ", p.Translated(i)); got != want {
			t.Errorf("hop %d: got %s, want %s", i, got, want)
		}
	}
}

// The browser's lines stand first; where two hops are given, the field is that of the
// second.
func TestField(t *testing.T) {
	for _, c := range []struct {
		path, field string
		want        hops.Change
		lines       string
	}{
		{"1.1.1.1>2.2.2.2 X-Real-IP=9.9.9.9", "X-Real-IP", hops.Seen, "9.9.9.9"},
		{"1.1.1.1>2.2.2.2 ; 2.2.2.2>3.3.3.3 X-Real-IP=1.1.1.1", "x-real-ip", hops.Added, "1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Real-IP=1.1.1.1 ; 2.2.2.2>3.3.3.3 x-real-ip=1.1.1.1", "X-Real-IP", hops.Kept, "1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Real-IP=9.9.9.9 ; 2.2.2.2>3.3.3.3 X-Real-IP=1.1.1.1", "X-Real-IP", hops.Overwritten, "1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Real-IP=9.9.9.9 ; 2.2.2.2>3.3.3.3", "X-Real-IP", hops.Dropped, ""},
		{"1.1.1.1>2.2.2.2 ; 2.2.2.2>3.3.3.3", "X-Real-IP", hops.Kept, ""},
		{"1.1.1.1>2.2.2.2 X-Forwarded-For=9.9.9.9 ; 2.2.2.2>3.3.3.3 X-Forwarded-For=9.9.9.9,_1.1.1.1", "X-Forwarded-For", hops.Appended, "9.9.9.9, 1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Forwarded-For=9.9.9.9 ; 2.2.2.2>3.3.3.3 X-Forwarded-For=9.9.9.9 X-Forwarded-For=1.1.1.1", "X-Forwarded-For", hops.Appended, "9.9.9.9|1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Forwarded-For=8.8.8.8 X-Forwarded-For=9.9.9.9 ; 2.2.2.2>3.3.3.3 x-forwarded-for=8.8.8.8,9.9.9.9", "X-Forwarded-For", hops.Kept, "8.8.8.8,9.9.9.9"},
		{"1.1.1.1>2.2.2.2 X-Forwarded-For=8.8.8.8,9.9.9.9 ; 2.2.2.2>3.3.3.3 X-Forwarded-For=8.8.8.8", "X-Forwarded-For", hops.Overwritten, "8.8.8.8"},
		{"1.1.1.1>2.2.2.2 cut ; 2.2.2.2>3.3.3.3 X-Real-IP=1.1.1.1", "X-Real-IP", hops.Unknown, "1.1.1.1"},
		{"1.1.1.1>2.2.2.2 X-Real-IP=1.1.1.1 ; 2.2.2.2>3.3.3.3 cut", "X-Real-IP", hops.Unknown, ""},
		{"1.1.1.1>2.2.2.2 ; 2.2.2.2>3.3.3.3 -x-real-ip", "X-Real-IP", hops.Unknown, ""},
		{"1.1.1.1>2.2.2.2 Cookie=a ; 2.2.2.2>3.3.3.3 Cookie=a", "Cookie", hops.Kept, "…"},
		{"1.1.1.1>2.2.2.2 Cookie=a ; 2.2.2.2>3.3.3.3 Cookie=b", "Cookie", hops.Overwritten, "…"},
		{"1.1.1.1>2.2.2.2 Authorization=a ; 2.2.2.2>3.3.3.3", "Authorization", hops.Dropped, ""},
	} {
		p := hopstest.Path(t, c.path)
		got := p.Field(len(p)-1, c.field)
		if got.Change != c.want || strings.Join(got.Lines, "|") != c.lines {
			t.Errorf("%s: %s is %s %q, want %s %q", c.path, c.field, got.Change, got.Lines, c.want, c.lines)
		}
	}
}

func TestFields(t *testing.T) {
	p := hopstest.Path(t, "1.1.1.1>2.2.2.2 Accept=x X-Forwarded-For=9.9.9.9 Forwarded=for=9.9.9.9 ; 2.2.2.2>3.3.3.3 Connection=close x-forwarded-for=9.9.9.9,1.1.1.1 X-Real-IP=1.1.1.1 X-Real-IP=1.1.1.1")
	var got []string
	for _, f := range p.Fields(1) {
		got = append(got, f.Name+" "+string(f.Change))
	}
	want := []string{"Host kept", "User-Agent kept", "x-forwarded-for appended", "X-Real-IP added", "Forwarded dropped"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// No credential is kept, whatever else is.
func TestReduceKeepsNoSecrets(t *testing.T) {
	reduced := hops.Reduce(exchange.Fields{Lines: []exchange.Field{
		{Name: "Cookie", Value: "_xsrf=hunter2"}, {Name: "AUTHORIZATION", Value: "Basic hunter2"}, {Name: "X-Api-Key", Value: "hunter2"},
		{Name: "X-Forwarded-For", Value: strings.Repeat("9", 1000)},
	}})
	if strings.Contains(fmt.Sprint(reduced), "hunter2") {
		t.Errorf("got %v", reduced)
	}
	if n := len(reduced.Lines[3].Value); n != 512 {
		t.Errorf("%d bytes of a value", n)
	}
	crowd := hops.Reduce(exchange.Fields{Lines: make([]exchange.Field, 500)})
	if len(crowd.Lines) != 128 || !crowd.Incomplete {
		t.Errorf("%d lines, incomplete: %v", len(crowd.Lines), crowd.Incomplete)
	}
}

// A browser's recording and the first hop on the wire are one only where nothing can
// stand in between.
func TestBrowserBeforeTheWire(t *testing.T) {
	for _, c := range []struct{ name, browser, wire, want string }{
		{"plain http from a public address", "http", "198.51.100.23:1>10.244.3.17:80 9000-9098 form=T", "a+b"},
		{"https", "https", "198.51.100.23:1>10.244.3.17:80 9000-9098 form=T", "a / b"},
		{"a private peer may be a balancer", "http", "10.0.0.5:1>10.244.3.17:80 9000-9098 form=T", "a / b"},
		{"a proxy that left X-Forwarded-For", "http", "203.0.113.9:1>10.244.3.17:80 9000-9098 form=T X-Forwarded-For=198.51.100.23", "a / b"},
		{"a proxy that left Via", "http", "203.0.113.9:1>10.244.3.17:80 9000-9098 form=T Via=1.1_google", "a / b"},
		{"a proxy that writes names in lower case", "http", "203.0.113.9:1>10.244.3.17:80 9000-9098 form=T lower", "a / b"},
		{"a proxy that speaks HTTP/1.0", "http", "203.0.113.9:1>10.244.3.17:80 9000-9098 form=T old", "a / b"},
		{"a proxy at the site's own address", "http", "203.0.113.80:1>10.244.3.17:80 9000-9098 form=T", "a > b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wire, lower := strings.CutSuffix(c.wire, " lower")
			wire, old := strings.CutSuffix(wire, " old")
			scene := hopstest.NewScene(t, "a har >203.0.113.80:80 0-100 form=T "+c.browser+"\nb node "+wire)
			b := scene.Sightings[1]
			if lower {
				b.Head.Lines[0].Name = "host"
			}
			if old {
				b.Proto = "HTTP/1.0"
			}
			requests, _ := hops.Join(scene.Sightings)
			if got := scene.Requests(requests); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What a cut head lacks may have been there, also at the first hop.
func TestFieldsOfCutHeads(t *testing.T) {
	p := hopstest.Path(t, "198.51.100.23>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=198.51.100.23")
	for _, h := range p {
		h.Sightings[0].Head.Incomplete = true
	}
	for i, want := range []string{"X-Forwarded-For", "X-Forwarded-For"} {
		unknown := map[string]bool{}
		for _, f := range p.Fields(i) {
			unknown[f.Name] = f.Change == hops.Unknown && len(f.Lines) == 0
		}
		if !unknown[want] || unknown["X-Real-IP"] != (i == 0) {
			t.Errorf("hop %d: unknown are %v", i, unknown)
		}
	}
}

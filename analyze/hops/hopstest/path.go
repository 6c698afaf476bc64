// SPDX-License-Identifier: Apache-2.0

// Package hopstest builds paths and sightings for tests from short lines of text, so
// that a table of situations can be read. It is for tests only.
package hopstest

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Path builds a path of hops that one capture shows:
//
//	198.51.100.23>203.0.113.80 = 10.0.0.11>10.244.3.17 ; 10.244.3.17>10.244.1.9 X-Real-IP=10.0.0.11 ; 10.244.1.9>10.244.1.20 chp
//
// Hops are parted by ";" or, where they are sides of one connection, by "=". Behind
// its ends a hop has its fields, with "_" for a space in a value, and words: "chp"
// for what configurable-http-proxy makes of the hop before, "cut" for a head in which
// lines may be missing, "-NAME" for a field that the capture leaves out, "har" for
// one that a browser recorded, and "http/1.0".
func Path(t testing.TB, text string) hops.Path {
	t.Helper()
	capture := &exchange.Capture{ID: "c1", Name: "node.pcap", Kind: exchange.KindPcap}
	var path hops.Path
	connection := -1
	for connected := range strings.SplitSeq(text, " ; ") {
		connection++
		for side := range strings.SplitSeq(connected, " = ") {
			h := hop(t, capture, path, strings.Fields(side))
			h.Connection, h.Sightings[0].Ref.Frame = connection, 10*(len(path)+1)
			path = append(path, h)
		}
	}
	return path
}

func hop(t testing.TB, capture *exchange.Capture, before hops.Path, words []string) *hops.Hop {
	t.Helper()
	from, to, ok := strings.Cut(words[0], ">")
	if !ok {
		t.Fatalf("%q is not FROM>TO", words[0])
	}
	s := &hops.Sighting{Method: "POST", Path: "/hub/login", Host: "hub.example.test", Proto: "HTTP/1.1"}
	s.Ref.Capture, s.Client, s.Server = capture, Endpoint(t, from), Endpoint(t, to)
	head := exchange.Fields{Origin: capture, Lines: []exchange.Field{{Name: "Host", Value: "hub.example.test"}, {Name: "User-Agent", Value: "Firefox"}}}
	for _, word := range words[1:] {
		name, value, isField := strings.Cut(word, "=")
		switch {
		case isField:
			head.Lines = append(head.Lines, exchange.Field{Name: name, Value: strings.ReplaceAll(value, "_", " ")})
		case word == "chp":
			head.Lines = AppProxy(before[len(before)-1].Head().Lines, before[len(before)-1].From.Address)
		case word == "cut":
			head.Incomplete = true
		case word == "har":
			s.Ref.Capture = &exchange.Capture{ID: "c2", Name: "browser.har", Kind: exchange.KindHAR}
		case word == "http/1.0":
			s.Proto = "HTTP/1.0"
		case strings.HasPrefix(word, "-"):
			head.Origin = &exchange.Capture{ID: "c1", Kind: exchange.KindPcap, Removed: []string{word[1:]}}
			s.Ref.Capture = head.Origin
		default:
			t.Fatalf("what is %q?", word)
		}
	}
	s.Head = hops.Reduce(head)
	return &hops.Hop{From: s.Client, To: s.Server, Sightings: []*hops.Sighting{s}}
}

// AppProxy is what configurable-http-proxy makes of a head that came from an address:
// names in lower case, and its fields appended to what came in or put behind it
// (configurable-http-proxy 5.3.0).
func AppProxy(lines []exchange.Field, peer string) []exchange.Field {
	var out []exchange.Field
	set := func(name, value string, appends bool) {
		i := slices.IndexFunc(out, func(f exchange.Field) bool { return f.Name == name })
		switch {
		case i < 0:
			out = append(out, exchange.Field{Name: name, Value: value})
		case appends:
			out[i].Value += "," + value
		}
	}
	for _, line := range lines {
		name := strings.ToLower(line.Name)
		if i := slices.IndexFunc(out, func(f exchange.Field) bool { return f.Name == name }); i >= 0 {
			out[i].Value += ", " + line.Value // Node makes one line of several
			continue
		}
		out = append(out, exchange.Field{Name: name, Value: line.Value})
	}
	set("x-forwarded-for", peer, true)
	set("x-forwarded-port", "80", true)
	set("x-forwarded-proto", "http", true)
	set("x-forwarded-host", "hub.example.test", false)
	return out
}

// Endpoint reads "10.0.0.1", "10.0.0.1:80" or "[2001:db8::1]:80"; "" is unknown.
func Endpoint(t testing.TB, text string) exchange.Endpoint {
	t.Helper()
	address, port, err := net.SplitHostPort(text)
	if err != nil {
		return exchange.Endpoint{Address: text}
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return exchange.Endpoint{Address: address, Port: n}
}

// SPDX-License-Identifier: Apache-2.0

package hopstest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Start is the time from which the lines of a scene count.
var Start = time.Date(2026, 11, 22, 7, 28, 2, 1000, time.UTC)

// Scene is what some captures show.
type Scene struct {
	Sightings []*hops.Sighting
	Captures  map[string]*exchange.Capture
	names     map[*hops.Sighting]string
}

// NewScene builds sightings, one a line:
//
//	a  ingress  198.51.100.23:4711>10.244.3.17:80  0-100  form=T
//
// which are its name, its capture, its ends, and when the request and its answer
// began, in milliseconds; "?" stands for an answer that was not seen. Captures whose
// name begins with "har" are a browser's recordings. Behind these stand "GET" in the
// place of POST, "https", and what is known: tcp, status, path, ua, host, a mark
// ("form", "given", "page" for one that a cache may give again, and "guess" for one
// that others can have), or a field of the request ("X-Request-Id=1").
func NewScene(t testing.TB, lines string) *Scene {
	t.Helper()
	s := &Scene{Captures: map[string]*exchange.Capture{}, names: map[*hops.Sighting]string{}}
	for line := range strings.SplitSeq(lines, "\n") {
		if words := strings.Fields(line); len(words) >= 4 {
			sighting := s.sighting(t, words)
			s.names[sighting] = words[0]
			s.Sightings = append(s.Sightings, sighting)
		}
	}
	return s
}

func (s *Scene) capture(name string) *exchange.Capture {
	if s.Captures[name] == nil {
		kind := exchange.KindPcap
		if strings.HasPrefix(name, "har") {
			kind = exchange.KindHAR
		}
		s.Captures[name] = &exchange.Capture{ID: "c" + strconv.Itoa(len(s.Captures)+1), Name: name, Kind: kind}
	}
	return s.Captures[name]
}

func (s *Scene) sighting(t testing.TB, words []string) *hops.Sighting {
	t.Helper()
	from, to, _ := strings.Cut(words[2], ">")
	begin, end, _ := strings.Cut(words[3], "-")
	c := s.capture(words[1])
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: c, Frame: len(s.Sightings) + 1}, Client: Endpoint(t, from), Server: Endpoint(t, to), Started: at(t, begin),
		Request: exchange.Request{Method: "POST", URL: exchange.URL{Path: "/hub/login", Host: "hub.example.test"}, Proto: "HTTP/1.1"},
	}
	if end != "?" {
		x.Answered, x.Response = at(t, end), &exchange.Response{Status: 403}
	}
	agent := "Firefox"
	var marks []hops.Mark
	x.Request.Fields.Origin = c
	for _, word := range words[4:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "GET":
			x.Request.Method = name
		case "https", "http":
			x.Request.URL.Scheme = name
		case "path":
			x.Request.URL.Path = value
		case "host":
			x.Request.URL.Host = value
		case "ua":
			agent = value
		case "tcp":
			x.TCP = exchange.TCP{Sequence: uint32(number(t, value)), Acknowledgement: 1, Known: true}
		case "status":
			x.Response.Status = number(t, value)
		case "form", "given":
			marks = append(marks, hops.Mark{Kind: name, Value: value, Fixed: true})
		case "page":
			marks = append(marks, hops.Mark{Kind: name, Value: value, Fixed: true, Answer: true})
		case "guess":
			marks = append(marks, hops.Mark{Kind: name, Value: value, Fixed: true, Guessable: true})
		default:
			x.Request.Fields.Lines = append(x.Request.Fields.Lines, exchange.Field{Name: name, Value: value})
		}
	}
	x.Request.Fields.Lines = slices.Insert(x.Request.Fields.Lines, 0,
		exchange.Field{Name: "Host", Value: x.Request.URL.Host}, exchange.Field{Name: "User-Agent", Value: agent})
	return hops.New(x, marks...)
}

func at(t testing.TB, milliseconds string) time.Time {
	t.Helper()
	return Start.Add(time.Duration(number(t, milliseconds)) * time.Millisecond)
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Requests writes requests down as their hops: "a+b = c > d | e" is a request that a
// and b saw on one hop, c behind the translation of its addresses, and d on the next
// one, and a request that e saw. "/" in the place of ">" stands for a gap.
func (s *Scene) Requests(requests []*hops.Request) string {
	var list []string
	for _, r := range requests {
		text := ""
		for i, h := range r.Path {
			var seen []string
			for _, sighting := range h.Sightings {
				seen = append(seen, s.names[sighting])
			}
			slices.Sort(seen)
			switch {
			case i == 0:
			case r.Path.Translated(i):
				text += " = "
			case r.Path.Adjacent(i):
				text += " > "
			default:
				text += " / "
			}
			text += strings.Join(seen, "+")
		}
		list = append(list, text)
	}
	return strings.Join(list, " | ")
}

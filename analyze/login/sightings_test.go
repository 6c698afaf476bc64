// SPDX-License-Identifier: Apache-2.0

package login_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/logintrace/logintrace/analyze/login"
	"github.com/logintrace/logintrace/capture/exchange"
)

// place is where a submit was seen, from the outside in.
type place struct {
	capture  *exchange.Capture
	from, to string
	cookie   bool
	cut      bool // the head
	page     bool // the answer's content is there
}

func (p place) step(n int) *login.Step {
	begin := start.Add(time.Duration(n) * time.Millisecond)
	x := &exchange.Exchange{
		Ref: exchange.Ref{Capture: p.capture, Frame: n + 1}, Client: exchange.Endpoint{Address: p.from, Port: 1}, Server: exchange.Endpoint{Address: p.to, Port: 80},
		Started: begin, Answered: begin.Add(time.Duration(100-2*n) * time.Millisecond),
		Request: exchange.Request{
			Method: "POST", URL: exchange.URL{Path: "/hub/login", Host: "h"}, Fields: exchange.Fields{Incomplete: p.cut, Origin: p.capture},
			Body: exchange.Body{State: exchange.Known, Bytes: []byte("_xsrf=one"), MediaType: "application/x-www-form-urlencoded"},
		},
		Response: &exchange.Response{Status: 403},
	}
	if p.cookie {
		x.Request.Fields.Lines = []exchange.Field{{Name: "Cookie", Value: "_xsrf=one"}}
	}
	if p.page {
		x.Response.Body = exchange.Body{State: exchange.Known, Bytes: []byte(formPage)}
	}
	return login.NewStep(x)
}

// What one place did not show is taken from another, for the request; what a place
// itself showed stays apart, for it says who changed what.
func TestPlacesStayApart(t *testing.T) {
	node := &exchange.Capture{ID: "c1", Kind: exchange.KindPcap}
	steps := []*login.Step{
		place{capture: node, from: "198.51.100.23", to: "10.0.0.5", cookie: true}.step(0),
		place{capture: node, from: "10.0.0.5", to: "10.244.3.17", cut: true, page: true}.step(1), // says most, but for the cookie
		place{capture: node, from: "10.244.3.17", to: "10.244.1.9"}.step(2),                      // has lost it
	}
	for range 2 { // as Advance does
		attempts, _ := login.Assemble(steps)
		if len(attempts) != 1 || len(attempts[0].Submit.Hops) != 3 {
			t.Fatalf("%d attempts", len(attempts))
		}
		s := attempts[0].Submit
		if s.CookiesState == exchange.Unknown {
			t.Error("the request does not have what other places showed")
		}
		for i, want := range []exchange.Knowledge{exchange.Known, exchange.Unknown, exchange.Absent} {
			if got := s.At(i).CookiesState; got != want {
				t.Errorf("the cookies of hop %d are %s, want %s", i, got, want)
			}
		}
		if !slices.Contains(steps, s) {
			t.Error("the step that stands for the request is not one of those handed in")
		}
	}
}

// An address is a proxy's only if it was seen taking the request in and sending it on.
func TestRelays(t *testing.T) {
	node, hub := &exchange.Capture{ID: "c1", Kind: exchange.KindPcap}, &exchange.Capture{ID: "c2", Kind: exchange.KindPcap}
	browser := &exchange.Capture{ID: "c3", Kind: exchange.KindHAR}
	for name, c := range map[string]struct {
		places []place
		scheme string
		want   string
	}{
		"a proxy": {[]place{{capture: node, from: "198.51.100.23", to: "10.244.3.17"}, {capture: node, from: "10.244.3.17", to: "10.244.1.9"}}, "",
			"[10.244.3.17 10.244.1.9 10.244.3.17]"},
		"behind a gap": {[]place{{capture: node, from: "198.51.100.23", to: "10.244.3.17"}, {capture: hub, from: "10.244.1.9", to: "10.244.1.20"}}, "",
			"[10.244.3.17 10.244.1.20]"},
		"behind a browser, which may have sent it": {[]place{{capture: browser, to: "203.0.113.80"}, {capture: node, from: "10.8.0.5", to: "10.244.3.17"}}, "http",
			"[203.0.113.80 10.244.3.17]"},
		"behind a browser that speaks https": {[]place{{capture: browser, to: "203.0.113.80"}, {capture: node, from: "10.8.0.5", to: "10.244.3.17"}}, "https",
			"[203.0.113.80 10.244.3.17 10.8.0.5]"},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []*login.Step
			for i, p := range c.places {
				s := p.step(i)
				for k := range s.Sighting.Marks {
					s.Sighting.Marks[k].Guessable = false
				}
				if p.capture == browser {
					s.Sighting.Scheme = c.scheme
				}
				steps = append(steps, s)
			}
			attempts, _ := login.Assemble(steps)
			if len(attempts) != 1 {
				t.Fatalf("%d attempts", len(attempts))
			}
			if got := fmt.Sprint(attempts[0].Submit.Relays()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

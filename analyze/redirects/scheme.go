// SPDX-License-Identifier: Apache-2.0

package redirects

import (
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Loop is an answer that sends a client to the very address that it had asked for, by
// https, again and again.
type Loop struct {
	First *Visit
	Times int
}

// enough is how often that must be seen: once or twice may be to set a cookie.
const enough = 3

// atOnce is how long a browser takes at most to follow a redirect in a loop. Who asks
// every few seconds is no browser, but something that watches the site.
const atOnce = 2 * time.Second

// Loops returns the redirects to https by which clients came back to where they were: as
// browsers saw them, and as the server saw them that answered so. Answers that set a
// cookie are left aside, for the next request differs by that. A browser repeats a
// permanent redirect by itself, so the server may see it once.
func (t *Trail) Loops() (seen []Loop) {
	for _, walk := range t.walks() {
		if l := longestLoop(walk); l.Times >= enough {
			seen = append(seen, l)
		}
	}
	return seen
}

// longestLoop is the longest loop of a walk.
func longestLoop(walk []*Visit) (found Loop) {
	var l Loop
	for i, v := range walk {
		switch {
		case !v.leadsBack():
			l = Loop{}
			continue
		case l.Times > 0 && (v.To != l.First.To || v.Started.Sub(walk[i-1].Started) > atOnce):
			l = Loop{}
		}
		if l.Times == 0 && v.SetsCookie != exchange.Absent {
			continue // what repeats is known of the first at least
		}
		if l.Times == 0 {
			l.First = v
		}
		if l.Times++; l.Times > found.Times {
			found = l
		}
	}
	return found
}

// leadsBack reports whether an answer leads to the address that was asked for, by https.
func (v *Visit) leadsBack() bool {
	l := v.Location
	return v.Status/100 == 3 && l.Scheme == "https" && v.To.Host != "" && l.Host == v.To.Host && l.Path == v.To.Path && l.Query == v.To.Query &&
		v.SetsCookie != exchange.Known
}

// Source is where the loop of a browser was made: the innermost server that gave this
// answer to a request in clear; nil if that was not seen.
func (t *Trail) Source(browser Loop) (found *Visit) {
	for _, v := range t.visits {
		to := browser.First.To
		same := v.leadsBack() && v.To.Host == to.Host && v.To.Path == to.Path && v.To.Query == to.Query
		if same && v.To.Scheme != "https" && v.Server.Address != "" && (found == nil || v.Client.Address == found.Server.Address) {
			found = v
		}
	}
	return found
}

// ToHTTP is an answer on a site with https that leads to plain http on the same host: as
// a browser had it, with what came of that, and as a server made it that was told of
// https. One of the two may be nil.
type ToHTTP struct {
	Browser, Then *Visit
	Server        *Visit
}

// ToHTTP returns the first redirect from https to plain http of the same host that led
// nowhere, and the first to where it led by a server that was told of https.
func (t *Trail) ToHTTP() (found ToHTTP, ok bool) {
	for _, walk := range t.walks() {
		for i, v := range walk {
			if found.Browser == nil && v.downgrades() && v.To.Scheme == "https" && i+1 < len(walk) && leadsNowhere(v, walk[i+1]) {
				found.Browser, found.Then = v, walk[i+1]
			}
		}
	}
	for _, v := range t.visits {
		told := v.Server.Address != "" && v.ToldState == exchange.Known && v.Told == "https"
		if told && v.downgrades() && (found.Browser == nil || v.To.Path == found.Browser.To.Path) {
			found.Server = v
			break
		}
	}
	return found, found.Browser != nil || found.Server != nil
}

// downgrades reports whether an answer leads to plain http on the same host.
func (v *Visit) downgrades() bool {
	return v.Location.Scheme == "http" && v.To.Host != "" && v.Location.Host == v.To.Host
}

// leadsNowhere reports whether the next request is for where a redirect led, and had no
// answer.
func leadsNowhere(sent, then *Visit) bool {
	return then.Status == 0 && then.To.Scheme == "http" && then.To.Host == sent.Location.Host && then.To.Path == sent.Location.Path
}

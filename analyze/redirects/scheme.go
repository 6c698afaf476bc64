// SPDX-License-Identifier: Apache-2.0

package redirects

import "github.com/logintrace/logintrace/capture/exchange"

// Loop is an answer that sends a client to the very address that it had asked for, by
// https, again and again.
type Loop struct {
	First *Visit
	Times int
}

// enough is how often that must be seen: once or twice may be to set a cookie.
const enough = 3

// Loops returns the redirects to https by which clients came back to where they were: as
// browsers saw them, and as the server saw them that answered so. Answers that set a
// cookie are left aside, for the next request differs by that.
func (t *Trail) Loops() (seen []Loop) {
	for _, walk := range t.walks() {
		var l Loop
		for i, v := range walk {
			if !toItself(v) || i > 0 && l.Times > 0 && (v.To != l.First.To || v.Started.Sub(walk[i-1].Started) > soon) {
				if l.Times >= enough {
					break
				}
				l = Loop{}
			}
			if toItself(v) {
				if l.Times == 0 {
					l.First = v
				}
				l.Times++
			}
		}
		if l.Times >= enough {
			seen = append(seen, l)
		}
	}
	return seen
}

func toItself(v *Visit) bool {
	l := v.Location
	return v.Status/100 == 3 && l.Scheme == "https" && (v.To.Scheme == "https" || v.To.Scheme == "http" && v.Server.Address != "" || v.To.Scheme == "") &&
		v.To.Host != "" && l.Host == v.To.Host && l.Path == v.To.Path && l.Query == v.To.Query && v.SetsCookie == exchange.Absent
}

// ToHTTP is an answer on a site with https that leads to plain http on the same host.
type ToHTTP struct {
	Sent *Visit
	Then *Visit // what came of it; nil if that was not seen
}

// ToHTTP returns the first redirect from https to plain http of the same host that led
// nowhere, and else the first by a server that was told of https.
func (t *Trail) ToHTTP() (found ToHTTP, ok bool) {
	for _, walk := range t.walks() {
		for i, v := range walk {
			if v.Location.Scheme != "http" || v.To.Host == "" || v.Location.Host != v.To.Host {
				continue
			}
			told := v.Server.Address != "" && v.ToldState == exchange.Known && v.Told == "https"
			if v.To.Scheme == "https" && i+1 < len(walk) && leadsNowhere(v, walk[i+1]) {
				return ToHTTP{v, walk[i+1]}, true
			}
			if told && !ok {
				found, ok = ToHTTP{Sent: v}, true
			}
		}
	}
	return found, ok
}

// leadsNowhere reports whether the next request is for where a redirect led, and had no
// answer.
func leadsNowhere(sent, then *Visit) bool {
	return then.Status == 0 && then.To.Scheme == "http" && then.To.Host == sent.Location.Host && then.To.Path == sent.Location.Path
}

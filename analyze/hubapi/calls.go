// SPDX-License-Identifier: Apache-2.0

// Package hubapi watches what Hubs ask of configurable-http-proxy, to which they say
// there which path leads where, and whether that lets them.
//
// It says what happened; package causes says what that means.
package hubapi

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// api is the path of the proxy's API (configurable-http-proxy 5.3.0,
// lib/configproxy.js).
const api = "/api/routes"

// Refused is a Hub whom its proxy refuses. The zero value is none.
type Refused struct {
	Asked  exchange.Ref // the first answer 403 on the wire; zero without one
	Logged exchange.Ref // the first in the proxy's log; zero without one
	Hub    string       // addresses; "" where they are not known
	Proxy  string
	Times  int  // since it was served last
	Served bool // before that
}

// Calls collects the requests of all Hubs. The zero value is ready to use.
type Calls struct {
	talks map[talk]*Refused
	order []talk
}

// talk is a Hub and its proxy, or the log of a proxy, which names nobody.
type talk struct {
	capture    *exchange.Capture
	hub, proxy string
}

const mostTalks = 256

// Add takes in an exchange. That a Hub is served takes back that it was refused before:
// a proxy that was started again may have another token.
func (c *Calls) Add(x *exchange.Exchange) {
	if !strings.HasPrefix(x.Request.URL.Path, api) || x.Response == nil {
		return
	}
	logged := x.Logged != nil && x.Logged.Program == exchange.ProgramCHP
	if !logged && !bearsToken(x.Request.Fields) {
		return
	}
	t := talk{x.Ref.Capture, x.Client.Address, x.Server.Address}
	if c.talks == nil {
		c.talks = map[talk]*Refused{}
	}
	r := c.talks[t]
	switch {
	case r == nil && len(c.order) >= mostTalks:
		return
	case r == nil:
		r = &Refused{Hub: x.Client.Address, Proxy: x.Server.Address}
		c.talks[t] = r
		c.order = append(c.order, t)
	}
	switch {
	case x.Response.Status/100 == 2:
		r.Times, r.Served = 0, true
		return
	case x.Response.Status != 403:
		return
	case r.Times == 0 && logged:
		r.Logged = x.Ref
	case r.Times == 0:
		r.Asked = x.Response.Ref
	}
	r.Times++
}

// bearsToken reports whether a request names a token as a Hub does (JupyterHub 4.1.6
// and 5.5.4, proxy.py, api_request). The proxy refuses everybody else, too.
func bearsToken(fields exchange.Fields) bool {
	scheme, rest, _ := strings.Cut(fields.First("Authorization"), " ")
	return strings.EqualFold(scheme, "token") && strings.TrimSpace(rest) != ""
}

// Refused are those whom a proxy refused and did not serve after that, in order of
// first appearance.
func (c *Calls) Refused() (list []Refused) {
	for _, t := range c.order {
		if r := c.talks[t]; r.Times > 0 {
			list = append(list, *r)
		}
	}
	return list
}

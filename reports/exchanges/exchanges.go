// SPDX-License-Identifier: Apache-2.0

// Package exchanges writes lists of exchanges, as text for people and as NDJSON
// for programs, one at a time as they come: memory does not grow with the list.
//
// It is not for judging them (see package analyze), and it hides nothing: what
// must not be shown is replaced before (see package redact). The third format,
// HAR, is written where HAR is known, in capture/har.
package exchanges

import (
	"cmp"

	"github.com/logintrace/logintrace/capture/exchange"
)

// target is the URL of a request. Where the vantage does not show the scheme it
// is a reference without one ("//host/path": RFC 3986, 4.2).
func target(r *exchange.Request) string {
	u := r.URL
	switch {
	case r.Method == "CONNECT" && u.Path == "":
		return u.Host
	case u.Scheme != "" || u.Host == "":
		return u.String()
	}
	path := exchange.URL{Path: u.Path, RawQuery: u.RawQuery}.String()
	if path != "" && path[0] != '/' && path[0] != '?' {
		path = "/" + path // "OPTIONS *", and what is left of a damaged line
	}
	return "//" + u.Host + path
}

// noResponse says why there is no response.
func noResponse(x *exchange.Exchange) string {
	if x.Response != nil {
		return ""
	}
	return cmp.Or(x.NoResponse, "no response was captured")
}

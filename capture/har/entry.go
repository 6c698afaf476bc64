// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// entry is one element of log.entries as it was written, before anything is
// concluded from it. Members come in any order.
type entry struct {
	connection string
	address    string
	port       number
	started    string
	timings    timings
	failure    string // _error or _failureText, here or in the response
	fromCache  string // Chromium: "memory" or "disk"

	request  request
	response response

	policy  exchange.BodyPolicy
	creator creator
}

func (e *entry) read(c *cursor) (isObject bool, err error) {
	return c.object(func(name []byte) error {
		switch string(name) {
		case "startedDateTime":
			return c.text(&e.started)
		case "timings":
			return e.timings.read(c)
		case "serverIPAddress":
			return c.text(&e.address)
		case "_serverPort":
			return c.number(&e.port)
		case "_connectionId":
			return c.text(&e.connection)
		case "_fromCache":
			return c.text(&e.fromCache)
		case "_error", "_failureText":
			return c.text(&e.failure)
		case "request":
			return e.readRequest(c)
		case "response":
			return e.readResponse(c)
		}
		return c.skip()
	})
}

// exchange gives the entry the form that the analysis knows. The Ref is left to
// the caller.
func (e *entry) exchange(origin *exchange.Capture) *exchange.Exchange {
	x := &exchange.Exchange{
		Vantage:    exchange.Vantage{Capture: origin},
		Connection: e.connectionID(),
		Server:     e.server(),
		Started:    parseTime(e.started),
		Request:    e.requestMessage(origin),
	}
	x.Response, x.NoResponse = e.responseMessage(origin, &x.Request)
	if x.Response != nil {
		x.Answered = e.timings.answered(x.Started)
	}
	return x
}

// connectionID is Chromium's name for the connection. HAR's own "connection" is
// of no use: Firefox and Chromium write the server's port there.
func (e *entry) connectionID() string {
	if e.connection == "0" {
		return ""
	}
	return e.connection
}

// server unwraps the address: Chromium leaves the brackets of an IPv6 address.
func (e *entry) server() exchange.Endpoint {
	address := strings.TrimSpace(e.address)
	address = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	endpoint := exchange.Endpoint{Address: address}
	if e.port.known && e.port.value < 1<<16 {
		endpoint.Port = int(e.port.value)
	}
	return endpoint
}

// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"fmt"

	"github.com/logintrace/logintrace/capture/exchange"
)

// PortMark ties the line of a log to the request on the wire: both name the client's
// own port, which is in use for one connection at a time. ok is false if it is not
// known.
func PortMark(x *exchange.Exchange) (m Mark, ok bool) {
	if x.Client.Address == "" || x.Client.Port == 0 {
		return Mark{}, false
	}
	status := 0
	if x.Response != nil {
		status = x.Response.Status
	}
	return Mark{Kind: "port", Value: fmt.Sprint(x.Client.Address, " ", x.Client.Port, " ", x.Request.URL.Path, " ", status)}, true
}

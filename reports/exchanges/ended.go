// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// ended is how the connection ended before the response was there, or whole.
type ended struct {
	By      string   `json:"by"` // client or server
	Address endpoint `json:"address,omitzero"`
	How     string   `json:"how"` // closed or reset
	Frame   int      `json:"frame"`
	Capture string   `json:"capture,omitzero"` // if that is not the one of the exchange
}

// newEnded is nil if the connection did not end so.
func newEnded(x *exchange.Exchange, own string) *ended {
	if x.Ended == nil {
		return nil
	}
	e := &ended{By: strings.TrimPrefix(x.Ended.Who(), "the "), How: x.Ended.Did(), Address: endpoint(x.Ended.By)}
	if e.Capture, e.Frame = x.Ended.Ref.Capture.Locate(x.Ended.Ref.Frame); e.Capture == own {
		e.Capture = ""
	}
	return e
}

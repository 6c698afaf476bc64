// SPDX-License-Identifier: Apache-2.0

package exchanges

import (
	"encoding/hex"

	"github.com/logintrace/logintrace/capture/exchange"
)

// announced is what a PROXY protocol header says.
type announced struct {
	Version     int      `json:"version"`
	Local       bool     `json:"local,omitzero"`
	Source      endpoint `json:"source,omitzero"`
	Destination endpoint `json:"destination,omitzero"`
	Authority   string   `json:"authority,omitzero"`
	UniqueID    string   `json:"unique_id,omitzero"` // hexadecimal
	Problem     string   `json:"problem,omitzero"`
	Frame       int      `json:"frame,omitzero"`
	Capture     string   `json:"capture,omitzero"` // if that is not the one of the exchange
}

func (r *record) announce(x *exchange.Exchange) {
	a := x.Announced
	if a == nil {
		return
	}
	r.Announced = &announced{
		Version: a.Version, Local: a.Local, Source: endpoint(a.Source), Destination: endpoint(a.Destination),
		Authority: a.Authority, UniqueID: hex.EncodeToString([]byte(a.UniqueID)), Problem: a.Problem,
	}
	if r.Announced.Capture, r.Announced.Frame = x.Ref.Capture.Locate(a.Frame); r.Announced.Capture == r.Capture {
		r.Announced.Capture = ""
	}
}

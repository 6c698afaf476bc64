// SPDX-License-Identifier: Apache-2.0

package har

import (
	"encoding/hex"

	"github.com/logintrace/logintrace/capture/exchange"
)

// announcedOut is what a PROXY protocol header says.
type announcedOut struct {
	Version         int    `json:"version"`
	Local           bool   `json:"local,omitzero"`
	Source          string `json:"sourceIPAddress,omitzero"`
	SourcePort      int    `json:"sourcePort,omitzero"`
	Destination     string `json:"destinationIPAddress,omitzero"`
	DestinationPort int    `json:"destinationPort,omitzero"`
	Authority       string `json:"authority,omitzero"`
	UniqueID        string `json:"uniqueID,omitzero"` // hexadecimal
	Problem         string `json:"problem,omitzero"`
}

func newAnnouncedOut(a *exchange.ProxyHeader) *announcedOut {
	if a == nil {
		return nil
	}
	return &announcedOut{
		Version: a.Version, Local: a.Local,
		Source: a.Source.Address, SourcePort: a.Source.Port,
		Destination: a.Destination.Address, DestinationPort: a.Destination.Port,
		Authority: a.Authority, UniqueID: hex.EncodeToString([]byte(a.UniqueID)), Problem: a.Problem,
	}
}

// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Gateway is a request that a proxy made of its own, and that was refused: it may have
// asked somebody whether to let a client's request pass (nginx' auth_request, Traefik's
// forwardAuth).
type Gateway struct {
	Ref    exchange.Ref
	Server exchange.Endpoint
	Path   string
	Status int

	client string
	time   time.Time
}

const mostGateways = 1024

// Refused takes in a request that was refused, whatever it is for.
func (w *Witness) Refused(x *exchange.Exchange) {
	if x.Response == nil || x.Response.Status != 401 && x.Response.Status != 403 || x.Logged != nil ||
		x.Client.Address == "" {
		return
	}
	if len(w.gateways) >= mostGateways { // the older half is of clients that have their answer
		w.gateways = append(w.gateways[:0], w.gateways[mostGateways/2:]...)
	}
	w.gateways = append(w.gateways, Gateway{Ref: x.Ref, Server: x.Server, Path: x.Request.URL.Path, Status: x.Response.Status,
		client: x.Client.Address, time: x.Started})
}

// Gateway is whom the maker of an answer asked while the client waited, and who said
// no; ok is false if nobody was seen to be asked, or several were.
func (w *Witness) Gateway(m Maker, status int) (g Gateway, ok bool) {
	if m.At == nil || m.Address == "" || m.At.AnsweredAt.IsZero() {
		return Gateway{}, false
	}
	for _, one := range w.gateways {
		if one.client != m.Address || one.Ref.Capture != m.At.Ref.Capture || one.Status != status || one.time.Before(m.At.Time) || one.time.After(m.At.AnsweredAt) {
			continue
		}
		if ok {
			return Gateway{}, false
		}
		g, ok = one, true
	}
	return g, ok
}

// SPDX-License-Identifier: Apache-2.0

package exchange

import "time"

// Ended is how a connection ended while the response of an exchange was outstanding or
// under way. Of several ways it is the first.
type Ended struct {
	By       Endpoint // whose FIN or RST it was
	ByClient bool
	Reset    bool // RST; else FIN
	Time     time.Time
	Ref      Ref // of the packet
}

// Who is "the client" or "the server", and Did "closed" or "reset", for sentences.
func (e *Ended) Who() string {
	if e.ByClient {
		return "the client"
	}
	return "the server"
}

// Did is described with Who.
func (e *Ended) Did() string {
	if e.Reset {
		return "reset"
	}
	return "closed"
}

// Refused is a connection that its client asked for, and that was answered with RST:
// nobody listens at that port, or a firewall says so.
type Refused struct {
	Client, Server Endpoint
	Time           time.Time // of the RST
	Ref            Ref
}

// MostRefused is how many of them a capture keeps.
const MostRefused = 1024

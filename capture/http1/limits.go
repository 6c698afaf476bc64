// SPDX-License-Identifier: Apache-2.0

package http1

import "github.com/logintrace/logintrace/capture/proxyproto"

// Everything that a capture could make grow has a limit.
const (
	maxHead      = 256 << 10 // a message head; beyond it the message is damaged
	maxChunkLine = 8 << 10   // chunk size and extensions (RFC 9112, 7.1.1)

	// maxPreface is what may come before HTTP: a PROXY protocol header, or the
	// records that hold a TLS ClientHello.
	maxPreface = proxyproto.MaxLength

	// maxPipelined bounds the requests of one connection that wait for a response.
	maxPipelined = 256

	// maxHeld bounds what all unfinished exchanges hold together; beyond it the
	// connection that was idle for longest is given up.
	maxHeld  = 32 << 20
	pairCost = 1 << 10 // a guess at what an exchange takes without its text

	maxCodings     = 4    // content codings on top of each other
	maxServerNames = 4096 // names counted in TLS handshakes
)

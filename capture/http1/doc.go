// SPDX-License-Identifier: Apache-2.0

// Package http1 reads HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112) out of the TCP
// segments of a capture and hands each exchange on, with what is missing from it.
//
// It expects loss. A gap inside content of known length is skipped by
// arithmetic; after any other the next message is looked for at the beginning of
// a segment, where senders put it. A response is paired with a request by order
// as long as no message can be hidden in a gap between them; after that, only
// by what TCP proves (see pairing.go). A response is never guessed to belong to
// a request.
//
// It is not for HTTP/2, nor for what follows an upgrade or CONNECT, and it does
// not decrypt: TLS is recognised and counted.
package http1

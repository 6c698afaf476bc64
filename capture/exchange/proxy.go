// SPDX-License-Identifier: Apache-2.0

package exchange

// ProxyHeader is what a PROXY protocol header announces at the beginning of a
// connection: for whom the sender opened it. All requests of the connection come
// under it. Whether the server expected a header, and believed it, is for its
// configuration to say.
type ProxyHeader struct {
	Version int

	// Local says that the sender opened the connection for itself: the address that
	// counts is its own.
	Local bool

	// Source and Destination are the ends of the announced connection; empty where
	// the header does not tell (UNKNOWN, unix sockets, Local).
	Source, Destination Endpoint

	Authority string // the host name that the client asked for (SNI); hostile text
	UniqueID  string // what the sender calls the connection: any bytes

	// Problem says why a receiver must refuse the header; what could be read of it
	// is there all the same. Empty for a good one.
	Problem string

	Frame int // the packet that completes the header
}

// Silence says for programs why there is no response, where the traffic shows it.
type Silence string

// The kinds of silence. Unknown is a statement about the capture, the others are
// about the server: everything it ever sent on the connection was captured, and it
// closed without answering this request.
const (
	SilenceUnknown Silence = ""
	SilenceClosed  Silence = "closed" // the server closed the connection, before the client did
	SilenceReset   Silence = "reset"  // the server reset the connection
	SilenceLeft    Silence = "left"   // the client closed first, and then the server did
)

// SPDX-License-Identifier: Apache-2.0

// Package exchange is the model that every reader produces and every analysis
// reads: HTTP exchanges, with what is known, absent and unknown about each part.
//
// It is a leaf: it imports the standard library only. It does not read files
// (see the packages beside it) and draws no conclusions (see package analyze).
package exchange

import (
	"fmt"
	"strings"
	"time"
)

// Ref points at the place in a capture where something can be seen. Exactly one
// of Frame, Entry and Line is meaningful, as HasEntry and HasLine say.
type Ref struct {
	Capture *Capture

	// Frame is the packet that completes the message, numbered from 1 as
	// `tshark -Y http` prints it; FirstFrame is where the message begins. In a
	// capture of several files numbers go on: see Capture.Locate.
	Frame, FirstFrame int

	// Entry is the 0-based index into log.entries of a HAR.
	Entry    int
	HasEntry bool

	// Line is the line of a log, numbered from 1 as editors do.
	Line    int
	HasLine bool
}

// String is the reference as a person types it into a search field.
func (r Ref) String() string {
	name, frame := "capture", r.Frame
	if r.Capture != nil {
		name, frame = r.Capture.Locate(r.Frame)
	}
	switch {
	case r.HasEntry:
		return fmt.Sprintf("%s entry %d", name, r.Entry)
	case r.HasLine:
		return fmt.Sprintf("%s line %d", name, r.Line)
	}
	return fmt.Sprintf("%s frame %d", name, frame)
}

// Endpoint is one side of a connection, as text: "10.0.0.1" and
// "::ffff:10.0.0.1" are two different values because applications hash text.
// Empty members are unknown.
type Endpoint struct {
	Address string
	Port    int
}

// HostPort is the endpoint the way people type it; "" is unknown.
func (e Endpoint) HostPort() string {
	switch {
	case e.Address == "" || e.Port == 0:
		return e.Address
	case strings.Contains(e.Address, ":"):
		return fmt.Sprintf("[%s]:%d", e.Address, e.Port)
	}
	return fmt.Sprintf("%s:%d", e.Address, e.Port)
}

// TCP holds the numbers of the segment in which a request begins (RFC 9293, 3.1).
// Address translation leaves them as they are (Linux nf_nat), and a proxy cannot:
// two sightings of a request with equal numbers are of one connection, whatever
// addresses they show.
type TCP struct {
	Sequence, Acknowledgement uint32
	Known                     bool
}

// Vantage is where an exchange was seen: a capture and, if there are several,
// an interface of it.
type Vantage struct {
	Capture   *Capture
	Interface string
}

// Gap is a run of bytes that are known to be missing from a message.
type Gap struct {
	Where  string // which part: "request head", "response content", …
	Length int64  // -1 when the length is not known
}

// Exchange is a request, its final response or the lack of one, and what is
// missing from the recording of either.
type Exchange struct {
	Ref     Ref
	Vantage Vantage

	// Connection tells connections of one vantage apart; empty is unknown.
	Connection string
	Client     Endpoint
	Server     Endpoint
	TCP        TCP

	// Announced is the PROXY protocol header with which the connection began; nil if
	// there was none, or its beginning was not captured. A connection that began with
	// a header and was answered before any request gives one exchange with the method
	// "PROXY" and nothing else known of the request: to a server that expects no
	// header the line is a request.
	Announced *ProxyHeader

	// Logged is what the line of a log tells beside the messages; nil if the exchange
	// is not from a log.
	Logged *Logged

	// Started is when the request began, by the capture's own clock; zero is
	// unknown. Answered is when the response began.
	Started, Answered time.Time

	Request  Request
	Response *Response // nil: no response was captured, see NoResponse

	// NoResponse says why Response is nil, in words: "blocked by the browser",
	// "the capture ends here". Empty when Response is set.
	NoResponse string
	Silence    Silence // the same for programs, as far as it is certain
	Gaps       []Gap

	// Ended is how the connection ended before the response was there, or whole; nil
	// if it did not, or if something of the response may have been lost by the capture.
	Ended *Ended
}

// Request is the request message of an exchange.
type Request struct {
	Method string
	URL    URL
	Proto  string // as the capture says it, for example "HTTP/1.1" or "h2"
	Fields Fields
	Body   Body
}

// Response is the final response message of an exchange.
type Response struct {
	// Ref is where the response is; in a HAR it is the entry of the exchange.
	Ref    Ref
	Status int
	Reason string
	Proto  string
	Fields Fields
	Body   Body
}

// URL is the target of a request in parts that were never normalised. Scheme
// and Host are empty when the vantage does not show them.
type URL struct {
	Scheme, Host, Path, RawQuery string
}

// String puts the parts together again; the query is included, and may hold secrets.
func (u URL) String() string {
	s := u.Path
	if u.Host != "" {
		s = u.Scheme + "://" + u.Host + u.Path
	}
	if u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	return s
}

// Body is the content of a message after transfer and content codings were
// undone. State is Known with no Bytes for a message that has no content.
type Body struct {
	State     Knowledge
	Bytes     []byte
	Truncated bool // Bytes is only the beginning
	MediaType string
	// Lossy says that the recording program replaced bytes it could not
	// represent, so that equality of values must not be concluded from Bytes.
	Lossy bool
	// Replaced is how long Bytes were before secrets in them were replaced; 0 if they
	// are as they were captured.
	Replaced int
}

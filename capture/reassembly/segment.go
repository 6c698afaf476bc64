// SPDX-License-Identifier: Apache-2.0

// Package reassembly puts the TCP segments of a capture back into the two byte
// streams of each connection, and knows which bytes of them were not captured.
//
// It neither reads files (see package pcap) nor understands what the bytes mean
// (see package http1).
package reassembly

import "net/netip"

// Segment is one captured TCP segment.
type Segment struct {
	// Frame is the number of the packet in its file, from 1; for a segment in IP
	// fragments it is that of the fragment that completes it.
	Frame int

	// Nanos is when the packet was captured, in nanoseconds since 1970 (UTC).
	Nanos int64

	// Interface numbers the interface within the capture, from 0; -1 when the
	// format does not say.
	Interface int

	Source, Destination         netip.Addr
	SourcePort, DestinationPort uint16

	Sequence, Acknowledgement uint32
	Flags                     Flags

	// Payload is what was captured of the content. It belongs to the reader and
	// is valid until the next segment is read.
	Payload []byte

	// Missing is how many bytes of the content a short snaplen cut off the end.
	Missing int
}

// Flags are the control bits of a segment (RFC 9293, 3.1).
type Flags uint8

// The control bits that matter to reassembly.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// SPDX-License-Identifier: Apache-2.0

package reassembly

import "net/netip"

// Position says where a piece of a stream comes from.
type Position struct {
	Frame     int
	Nanos     int64
	Interface int

	// Offset is where the piece begins in its stream. Offset 0 is the first
	// content after the SYN or, when that was not captured, the first content
	// known of; earlier content that turns up late has negative offsets.
	Offset int64

	// Acked is how much of the other stream the sender had received when it
	// sent this, as an offset there. It is meaningful if HasAcked is set.
	Acked    int64
	HasAcked bool

	// Sequence and Acknowledgement are the numbers on the wire (RFC 9293, 3.1)
	// behind Offset and Acked.
	Sequence, Acknowledgement uint32
}

// Side is one end of a connection and the stream that it sends: an index into
// Connection.Ends.
type Side uint8

// Other is the end across.
func (s Side) Other() Side { return 1 - s }

// Connection describes a connection to its consumer.
type Connection struct {
	// ID numbers the connections of a capture from 0 in the order of their first
	// segments, as tshark's tcp.stream does.
	ID   int
	Ends [2]netip.AddrPort

	// Client is the side that opened the connection, if HasClient is set: if the
	// handshake, or a part of it that tells, was captured.
	Client    Side
	HasClient bool

	// FromStart says of each stream that its beginning is known, so that its
	// first piece or gap is where the sender began.
	FromStart [2]bool

	// Refused is the RST that answered the SYN (RFC 9293, 3.10.7.1); its Frame is 0 if
	// there was none.
	Refused Position

	// First is when the first segment was captured, in nanoseconds, and Lost are the
	// times of segments that were not: they are complete when the connection is done.
	First int64
	Lost  []Span
}

// Span is from the last segment before to the first one after what is missing.
type Span struct{ From, To int64 }

// mostLost is how many spans are kept of a connection; the last is then widened.
const mostLost = 16

func (c *Connection) lose(from, to int64) {
	if len(c.Lost) < mostLost {
		c.Lost = append(c.Lost, Span{from, to})
		return
	}
	last := &c.Lost[mostLost-1]
	last.From, last.To = min(last.From, from), max(last.To, to)
}

// Ending is why a stream ends.
type Ending uint8

// The ways in which a stream ends.
const (
	Unfinished Ending = iota // the capture ends, or we gave the connection up
	Finished                 // FIN: everything was sent
	Aborted                  // RST
)

// Consumer is told of connections.
type Consumer interface {
	// Open is called before the first content of a connection. The Connection
	// belongs to the Assembler, and HasClient and FromStart may still change.
	Open(c *Connection) Sink

	// Empty is called once for each connection without content, with the number
	// of its segments. The Connection is not changed any more.
	Empty(c *Connection, segments int)
}

// Sink takes what was sent over one connection. Each stream is in order and
// whole: what was not captured is a gap. What a piece acknowledges of the other
// stream has been delivered, or declared a gap, before it.
type Sink interface {
	// Data is called for each captured segment or new part of one. The bytes may
	// not be kept.
	Data(from Side, b []byte, at Position)

	// Gap is called for n bytes that were not captured; at is where they begin,
	// with frame and time of the segment that told.
	Gap(from Side, n int64, at Position)

	// End is called once for each stream.
	End(from Side, why Ending, at Position)

	// Done is the last call, with the number of segments of the connection.
	Done(segments int)
}

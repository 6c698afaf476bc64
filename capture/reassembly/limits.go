// SPDX-License-Identifier: Apache-2.0

package reassembly

import "time"

// Everything that a capture could make grow has a limit.
const (
	// maxStreamHeld and maxStreamPieces bound what waits for a hole of one stream
	// to be filled. More than four megabytes in flight is rare.
	maxStreamHeld   = 4 << 20
	maxStreamPieces = 2048

	// maxHeld bounds what waits in all streams together, pieceCost included.
	maxHeld   = 24 << 20
	pieceCost = 96

	// maxYoung and maxActive bound the connections without and with content. A
	// flood of SYNs thus cannot push out the connections that matter.
	maxYoung  = 8 << 10
	maxActive = 32 << 10

	youngIdle  = int64(time.Minute)
	activeIdle = int64(15 * time.Minute)

	// A recording may have segments in a slightly wrong order (several receive
	// queues), so what its recipient acknowledged may yet turn up: we wait this
	// long, in time or in segments of the connection, before it is a gap.
	graceTime     = int64(200 * time.Millisecond)
	graceSegments = 32

	// retransmitTime is how long we wait for what was not acknowledged: it is
	// sent again unless acknowledgements are what is not captured.
	retransmitTime = int64(10 * time.Second)

	// maxBehind is further back than any window reaches (RFC 7323, 2.3): such a
	// segment is of a later connection whose SYN was not captured.
	maxBehind = 1 << 30
)

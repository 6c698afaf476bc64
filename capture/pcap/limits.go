// SPDX-License-Identifier: Apache-2.0

package pcap

import "time"

// Every length in a capture is the capture's own claim, so each thing that is
// held in memory has a limit. What real programs write is far below them.
const (
	// maxPacket is the longest packet that is read. tcpdump's and Wireshark's
	// own limit is 256 KiB; Linux' BIG TCP makes packets of at most 512 KiB.
	maxPacket = 1 << 20

	// maxBlock is the longest pcapng block that is looked into: a packet with
	// its options, or a table of names.
	maxBlock = maxPacket + 64<<10

	// bufferSize is what is read at once.
	bufferSize = 256 << 10

	// maxNoise is how much text before a capture is skipped: what kubectl and
	// tcpdump say when their stderr went into the file as well.
	maxNoise = 4 << 10

	// maxRatio ends the unpacking of what can only be a decompression bomb, once
	// it is that large: traffic stays below 100, gzip of zeros reaches 1,032.
	maxRatio     = 900
	ratioMinimum = 1 << 30

	// maxWindow is the history that a zstd file may ask us to keep (RFC 8878,
	// 3.1.1.1.2 recommends to support 8 MiB); "zstd --ultra" and "--long" ask for more.
	maxWindow = 8 << 20

	// maxInterfaces limits the interfaces of a pcapng section, maxNamed those
	// that are told apart and listed.
	maxInterfaces = 1 << 14
	maxNamed      = 1 << 10

	// maxText limits any one text of a capture.
	maxText = 4 << 10

	// maxExtras limits what is kept of each kind of extra, in bytes.
	maxExtras = 1 << 20

	// maxNesting limits tunnels in tunnels and stacks of tags.
	maxNesting = 8

	// The limits of what is kept of unfinished fragmented packets. Linux waits
	// 30 s for the rest of one (RFC 8200, 4.5 says 60 s).
	maxFragmented     = 256
	maxFragments      = 512 // of one packet
	maxFragmentBytes  = 4 << 20
	fragmentPatience  = int64(30 * time.Second)
	maxDatagram       = 65535
	duplicatePatience = int64(10 * time.Millisecond)
)

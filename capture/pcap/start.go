// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// Start is what the beginning of a capture tells.
type Start struct {
	Kind exchange.Kind // empty if it is no capture

	// Segments are the first TCP segments, without what they carry.
	Segments []reassembly.Segment

	links []uint32
	first int64 // the earliest of its first packets; 0 is unknown
}

// maxStart is how many segments are looked at.
const maxStart = 1 << 10

// Look reads the beginning of a capture of which only head is at hand, packed or
// plain.
func Look(head []byte) Start {
	var start Start
	enough := errors.New("enough was seen")
	c := &exchange.Capture{}
	d := newSession(c, func(s *reassembly.Segment) error {
		kept := *s
		kept.Payload = nil
		if start.Segments = append(start.Segments, kept); len(start.Segments) == maxStart {
			return enough
		}
		return nil
	})
	// Where head ends a packet is cut off, and so there mostly is an error.
	_ = d.read(&source{ctx: context.Background(), r: bytes.NewReader(head)})
	start.Kind, start.links, start.first = c.Kind, d.links, d.clock.first
	return start
}

// maxLinks is more link types than any machine has.
const maxLinks = 64

// How far apart in time two files of one capture may be. A file that begins more
// than a moment before the one before it ends was recorded beside it: receive
// queues mix up the order of packets by less.
const (
	maxPause   = int64(60 * time.Second)
	maxOverlap = int64(10 * time.Millisecond)
)

// Continues reports whether a file that starts like this can be the next one of
// the series: of the same kind and link types, and recorded from when the series
// ended. That is a condition, not a proof.
func (s *Series) Continues(start Start) bool {
	d := s.session
	if start.Kind != d.capture.Kind || start.first == 0 || !d.clock.running || len(start.links) == 0 {
		return false
	}
	for _, link := range start.links {
		if !d.hasLink(link) {
			return false
		}
	}
	pause := start.first - d.clock.last
	return start.first > d.clock.first && -maxOverlap <= pause && pause <= maxPause
}

// see is told of a link type.
func (d *session) see(link uint32) {
	if len(d.links) < maxLinks && !d.hasLink(link) {
		d.links = append(d.links, link)
	}
	d.decoder.watchDuplicates(link)
}

func (d *session) hasLink(link uint32) bool { return slices.Contains(d.links, link) }

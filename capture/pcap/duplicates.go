// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"encoding/binary"
	"hash/maphash"
)

// duplicates remembers what was seen a moment ago, so that a packet which passes
// several interfaces of one machine counts once.
//
// On its way a packet keeps addresses, ports, numbers, flags and content,
// and its IP identification; the hop limit, link-layer addresses and (because of
// offloading) the checksum may change. A retransmission may keep all of these,
// too, but it comes by the same interfaces: as many copies as the interface with
// the most copies shows are packets of their own, the rest are duplicates.
type duplicates struct {
	seed maphash.Seed
	sets [sightingSets][sightingWays]sighting
}

// 4,096 packets in flight are more than a machine forwards within the patience
// of 10 ms; when there are more, some duplicates are handed on, which does no harm.
const (
	sightingSets   = 1 << 10
	sightingWays   = 4
	sightingPlaces = 6
)

// sighting is one packet and where it was seen.
type sighting struct {
	key       uint64 // 0 is none
	nanos     int64  // when it was last seen
	originals uint32
	places    [sightingPlaces]struct {
		place uint32 // 0 is none
		count uint32
	}
}

// watchDuplicates turns the watch on for link types that mix interfaces.
func (d *decoder) watchDuplicates(link uint32) {
	if d.duplicates == nil && (link == linkSLL || link == linkSLL2) {
		d.duplicates = &duplicates{seed: maphash.MakeSeed()}
	}
}

// watchInterfaces turns it on for a capture of several interfaces.
func (d *decoder) watchInterfaces() {
	if d.duplicates == nil {
		d.duplicates = &duplicates{seed: maphash.MakeSeed()}
	}
}

// isDuplicate reports whether the segment at hand was seen on another interface.
func (d *decoder) isDuplicate() bool {
	if d.duplicates == nil {
		return false
	}
	entry, known := d.duplicates.find(d.identity(), d.segment.Nanos)
	first := entry.see(d.place())
	// Among unnamed interfaces the place says little, but senders number their
	// packets, so that a retransmission has another identification (RFC 6864, 4.1).
	return known && (!first || d.blind && d.id != 0)
}

// identity is a hash of what a packet keeps on its way.
func (d *decoder) identity() uint64 {
	s := &d.segment
	var b [56]byte
	source, destination := s.Source.As16(), s.Destination.As16()
	copy(b[:], source[:])
	copy(b[16:], destination[:])
	binary.LittleEndian.PutUint16(b[32:], s.SourcePort)
	binary.LittleEndian.PutUint16(b[34:], s.DestinationPort)
	binary.LittleEndian.PutUint32(b[36:], s.Sequence)
	binary.LittleEndian.PutUint32(b[40:], s.Acknowledgement)
	binary.LittleEndian.PutUint32(b[44:], uint32(len(s.Payload)+s.Missing))
	binary.LittleEndian.PutUint32(b[48:], d.id)
	b[52] = byte(s.Flags)
	key := maphash.Bytes(d.duplicates.seed, b[:])
	if s.Missing == 0 { // else the copies may be cut at different places
		key = key*31 + maphash.Bytes(d.duplicates.seed, s.Payload)
	}
	return max(key, 1)
}

// place is where the packet was seen: on its way into or out of an interface,
// itself or in a tunnel.
func (d *decoder) place() uint32 {
	place := uint32(d.segment.Interface+2) << 2
	if d.outgoing {
		place |= 2
	}
	if d.depth > 0 {
		place |= 1
	}
	return place
}

// find returns the entry of a packet, and whether it was there a moment ago.
func (t *duplicates) find(key uint64, nanos int64) (*sighting, bool) {
	set := &t.sets[key%sightingSets]
	oldest := &set[0]
	for i := range set {
		entry := &set[i]
		if entry.key == key && within(nanos-entry.nanos, duplicatePatience) {
			entry.nanos = nanos
			return entry, true
		}
		if entry.nanos < oldest.nanos {
			oldest = entry
		}
	}
	*oldest = sighting{key: key, nanos: nanos}
	return oldest, false
}

// see counts a sighting and reports whether it is a packet of its own.
func (s *sighting) see(place uint32) bool {
	for i := range s.places {
		p := &s.places[i]
		if p.place != 0 && p.place != place {
			continue
		}
		p.place = place
		p.count++
		if p.count > s.originals {
			s.originals = p.count
			return true
		}
		return false
	}
	return false
}

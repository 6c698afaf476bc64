// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// packet is one record of a capture.
type packet struct {
	data   []byte
	length int    // what it was on the wire; data may be less
	nanos  int64  // since 1970; 0 is unknown
	link   uint32 // the type of its link layer
	origin int    // its interface in Capture.Interfaces; -1 is unknown
}

// decoder takes packets apart, down to the TCP segment, and counts what became
// of them.
type decoder struct {
	ledger  *exchange.Ledger
	capture *exchange.Capture
	add     func(*reassembly.Segment) error
	stop    error // what add returned

	frame      int
	segment    reassembly.Segment
	interfaces interfaces
	fragments  fragments
	duplicates *duplicates // nil as long as a packet cannot be seen twice
	tallies    tallies

	// Of the packet at hand:
	weight   int    // how many packets it stands for; more than one when it was in fragments
	depth    int    // how many tunnels and tags it is in
	outgoing bool   // it was on its way out of the interface
	blind    bool   // the interface is one of many, but which is not recorded
	id       uint32 // of the IP packet; 0 is none
}

func newDecoder(c *exchange.Capture, add func(*reassembly.Segment) error) *decoder {
	return &decoder{
		ledger: &c.Ledger, capture: c, add: add,
		interfaces: interfaces{capture: c},
	}
}

// packet decodes and counts one packet, and hands on the segment inside.
func (d *decoder) packet(p *packet) error {
	d.begin(p)
	what := d.link(p)
	if what == isSegment && d.isDuplicate() {
		what = isDuplicate
	}
	d.account(what, d.weight)
	if what == isSegment {
		d.stop = d.add(&d.segment)
	}
	return d.stop
}

func (d *decoder) begin(p *packet) {
	d.frame++
	d.ledger.Packets++
	d.weight, d.depth, d.outgoing, d.blind, d.id = 1, 0, false, false, 0
	d.segment.Frame = d.frame
	d.segment.Nanos = p.nanos
	d.segment.Interface = p.origin
}

// fate says what a packet turned out to be.
type fate uint8

// The fates of a packet. From undecodable on they say why it is.
const (
	isSegment   fate = iota
	isOther          // certainly not TCP
	isDuplicate      // was recorded before, on another interface
	isHeld           // a fragment whose fate is that of the whole

	isDamagedLink
	isDamagedIP
	isDamagedTCP
	isCutShort
	isUnknownLink
	isNestedTooDeep
	isIncomplete
	isFromNowhere
	isTooLong
	isDamagedBlock
	fates
)

const undecodable = isDamagedLink

// account puts n packets into the ledger. One that was handed on is for the
// consumer to count, the fragments that went before it are not.
func (d *decoder) account(what fate, n int) {
	switch {
	case what == isSegment:
		d.ledger.Used += n - 1
	case what == isOther:
		d.ledger.NotHTTP += n
	case what == isDuplicate:
		d.ledger.Duplicate += n
	case what >= undecodable:
		d.ledger.Undecodable += n
		d.tallies.add(what, n, d.frame)
	}
}

// refuse counts a packet that cannot even be looked into.
func (d *decoder) refuse(why fate) {
	d.frame++
	d.ledger.Packets++
	d.account(why, 1)
}

// conclude counts what was still waited for, and says what could not be read.
func (d *decoder) conclude() {
	if waiting, frame := d.fragments.drop(); waiting > 0 {
		d.ledger.Undecodable += waiting
		d.tallies.add(isIncomplete, waiting, frame)
	}
	d.tallies.report(d.capture)
}

// tooShort tells a packet that was cut when recorded from one that is damaged.
func tooShort(wire, need int, damaged fate) fate {
	if wire >= need {
		return isCutShort
	}
	return damaged
}

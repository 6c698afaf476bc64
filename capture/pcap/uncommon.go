// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// uncommonLink has gopacket decode a link layer that we do not know.
func (d *decoder) uncommonLink(p *packet, wire int) fate {
	if !gopacketKnows(p.link) {
		d.tallies.addLink(p.link, d.frame)
		return isUnknownLink
	}
	return d.uncommon(layers.LinkType(p.link), p.data, wire)
}

// gopacketKnows asks gopacket's table, whose link types have eight bits only.
func gopacketKnows(link uint32) bool {
	switch link {
	case 9, 10, 105, 117, 119, 127:
		return true
	}
	return false
}

// uncommon has gopacket find the IP packet, and decodes that.
func (d *decoder) uncommon(first gopacket.Decoder, data []byte, wire int) fate {
	data = data[:len(data):len(data)]
	found := gopacket.NewPacket(data, first, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	inner := found.NetworkLayer()
	if inner == nil {
		if found.ErrorLayer() != nil {
			return isDamagedLink
		}
		return isOther
	}
	// gopacket cuts slices out of data, all of which end where data does.
	at := len(data) - cap(inner.LayerContents())
	if at < 0 || at > len(data) {
		return isDamagedLink
	}
	return d.tunnelled(d.ip, data[at:], wire-at)
}

// SPDX-License-Identifier: Apache-2.0

package pcap

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
)

// maxLinkNotes limits how many strange link types are named.
const maxLinkNotes = 8

// tally counts packets of one kind and remembers the first.
type tally struct{ count, first int }

func (t *tally) add(n, frame int) {
	if t.count == 0 {
		t.first = frame
	}
	t.count += n
}

// tallies counts packets that could not be used in full, by reason.
type tallies struct {
	byFate [fates]tally
	byLink map[uint32]*tally
	sliced tally // TCP content cut off by the snaplen
}

func (t *tallies) add(why fate, n, frame int) { t.byFate[why].add(n, frame) }

// addLink counts a packet of a link type that nobody decodes.
func (t *tallies) addLink(link uint32, frame int) {
	if t.byLink == nil {
		t.byLink = make(map[uint32]*tally)
	}
	if t.byLink[link] == nil {
		if len(t.byLink) >= maxLinkNotes {
			return
		}
		t.byLink[link] = &tally{}
	}
	t.byLink[link].add(1, frame)
}

// report turns the counts into notes.
func (t *tallies) report(c *exchange.Capture) {
	for why, tally := range t.byFate {
		text := reasons(fate(why))
		if tally.count == 0 || text == "" {
			continue
		}
		c.AddNote(noteCode(fate(why)), fmt.Sprintf("%s could not be decoded; the first is %s: %s",
			count(tally.count, "packet", "packets"), c.FrameWords(tally.first), text))
	}
	t.reportLinks(c)
	if t.sliced.count > 0 {
		c.AddNote(exchange.NoteDamaged, fmt.Sprintf(
			"%s recorded without the end, the first is %s: record whole packets (tcpdump -s 0)",
			count(t.sliced.count, "segment was", "segments were"), c.FrameWords(t.sliced.first)))
	}
}

func (t *tallies) reportLinks(c *exchange.Capture) {
	links := make([]uint32, 0, len(t.byLink))
	for link := range t.byLink {
		links = append(links, link)
	}
	slices.Sort(links)
	for _, link := range links {
		c.AddNote(exchange.NoteDamaged, fmt.Sprintf(
			"%s of link type %s cannot be decoded, the first is %s: record on an Ethernet interface or with tcpdump -i any",
			count(t.byLink[link].count, "packet", "packets"), linkName(link), c.FrameWords(t.byLink[link].first)))
	}
}

func noteCode(why fate) exchange.NoteCode {
	switch why {
	case isNestedTooDeep, isTooLong:
		return exchange.NoteLimit
	}
	return exchange.NoteDamaged
}

// reasons words why packets were undecodable; those without words are reported
// in another way.
func reasons(why fate) string {
	switch why {
	case isDamagedLink:
		return "its link-layer header is damaged or of an unknown kind"
	case isDamagedIP:
		return "its IP header is damaged"
	case isDamagedTCP:
		return "its TCP header is damaged"
	case isCutShort:
		return "it was cut off before the end of its headers: record whole packets (tcpdump -s 0)"
	case isNestedTooDeep:
		return fmt.Sprintf("it is in more than %d tunnels", maxNesting)
	case isIncomplete:
		return "other fragments of the same IP packet are missing"
	case isFromNowhere:
		return "the interface it refers to is not described"
	case isTooLong:
		return fmt.Sprintf("it is longer than logintrace reads (%d KiB)", maxPacket>>10)
	case isDamagedBlock:
		return "the block around it is damaged"
	}
	return ""
}

// linkName is a link type as people know it (tcpdump.org/linktypes.html).
func linkName(link uint32) string {
	name := "unknown to logintrace"
	switch link {
	case 105, 119, 127, 163, 192:
		name = "IEEE 802.11"
	case 187, 201, 251, 254, 256, 272:
		name = "Bluetooth"
	case 189, 220, 249, 266:
		name = "USB"
	case 195, 215, 230, 283:
		name = "IEEE 802.15.4"
	case 240, 241:
		name = "NetAnalyzer"
	case 247, 250:
		name = "InfiniBand"
	case 253:
		name = "Linux netlink"
	}
	if link >= 147 && link <= 162 {
		name = "for private use"
	}
	return fmt.Sprintf("%d (%s)", link, name)
}

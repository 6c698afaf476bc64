// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// mappedPrefix is how a dual-stack socket spells an IPv4 peer (RFC 4291, 2.5.5.2).
const mappedPrefix = "::ffff:"

// The ranges that clusters, nodes and campus networks use: RFC 1918, RFC 3927 and
// RFC 6598. The small ones come first, for they cost next to nothing.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// likelyFirst are the pod networks that installers choose by default (flannel and
// kubeadm, k3s and RKE2, MicroK8s, OpenShift). They are tried before the ranges
// that hold them: most searches then end within milliseconds.
var likelyFirst = []netip.Prefix{
	netip.MustParsePrefix("10.244.0.0/16"),
	netip.MustParsePrefix("10.42.0.0/16"),
	netip.MustParsePrefix("10.1.0.0/16"),
	netip.MustParsePrefix("10.128.0.0/14"),
}

var everyIPv4 = netip.MustParsePrefix("0.0.0.0/0")

// WherePrivate is the Result.Where of a target that is not in any private range.
const WherePrivate = "private, CGNAT and link-local IPv4"

// WhereAll is the Result.Where of a target that no IPv4 address gives.
const WhereAll = "all of IPv4"

// IsInternal reports whether text is an address, plain or IPv4-mapped, of the
// ranges that are searched by default or of their IPv6 kin: one that is not
// routed on the public internet.
func IsInternal(text string) bool {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	for _, r := range privateRanges {
		if r.Contains(address) {
			return true
		}
	}
	return address.IsPrivate() || address.IsLinkLocalUnicast() || address.IsLoopback()
}

// block is 65,536 neighbouring IPv4 addresses in one spelling: the unit of work.
// It takes some milliseconds, so that a search ends soon after it is told to.
type block struct {
	high   uint16 // the first two octets
	prefix string // "" or mappedPrefix
}

const blockSize = 1 << 16

// blocksOf lists the blocks of ranges, each first as IPv4 and then mapped.
func blocksOf(ranges []netip.Prefix) []block {
	var blocks []block
	for _, r := range ranges {
		first := uint32(binary.BigEndian.Uint16(r.Addr().AsSlice()))
		count := uint32(1)
		if r.Bits() < 16 {
			count = 1 << (16 - r.Bits())
		}
		for _, prefix := range []string{"", mappedPrefix} {
			for high := first; high < first+count; high++ {
				blocks = append(blocks, block{uint16(high), prefix})
			}
		}
	}
	return blocks
}

// name is the range that the block belongs to, for people.
func (b block) name() string {
	address := netip.AddrFrom4([4]byte{byte(b.high >> 8), byte(b.high)})
	for _, r := range privateRanges {
		if r.Contains(address) {
			return r.String()
		}
	}
	return WhereAll
}

// octets are the texts of 0 to 255.
var octets = func() (texts [256]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}()

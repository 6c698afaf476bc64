// SPDX-License-Identifier: Apache-2.0

package iprecovery

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"net/netip"
	"slices"

	"github.com/logintrace/logintrace/analyze/token"
)

// Where JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS is set, a Hub hashes the text of the first
// network in it that holds the address, and not the address (JupyterHub 5.3.0 to
// 5.5.1, _xsrf_utils.py, _anonymous_xsrf_id). An IPv4 network holds no mapped address.

// The Result.Where of networks.
const (
	WhereNetworks        = "networks of addresses seen"
	WherePrivateNetworks = "private networks up to /24"
)

// Holds reports whether a text that was recovered is a network that holds an address, as
// the Hub asks it: an IPv4 network holds no mapped address, a zone does not count.
func Holds(network, address string) bool {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		return false
	}
	held, err := netip.ParseAddr(address)
	return err == nil && prefix.Contains(held.WithZone(""))
}

// mostNetworks bounds how many networks around candidates are tried.
const mostNetworks = 20_000

// tryNetworks looks for the targets that are no candidate among the networks around
// the candidates and, in a search of ranges, among all private ones.
func tryNetworks(targets []Target, candidates []string, results []Result) {
	around := networksAround(candidates)
	for _, with := range networkWays(targets, results, false) {
		with.find(slices.Values(around), wantedOf(with, targets, results, false), results, WhereNetworks)
	}
	for _, with := range networkWays(targets, results, true) {
		with.find(privateNetworks, wantedOf(with, targets, results, true), results, WherePrivateNetworks)
	}
}

// networkWays are what networks are hashed with for the targets that were not found yet;
// in searches of ranges with the likeliest User-Agents only, and not many, as ranges are.
func networkWays(targets []Target, results []Result, ranges bool) []hashed {
	var ways []hashed
	seen := map[hashed]bool{}
	for i, t := range targets {
		for _, userAgent := range t.networkAgents(results[i], ranges) {
			with := hashed{userAgent, token.VariantB}
			if !seen[with] && len(ways) < mostNetworkWays {
				seen[with] = true
				ways = append(ways, with)
			}
		}
	}
	return ways
}

// mostNetworkWays bounds how many User-Agents are tried.
const mostNetworkWays = 32

// networkAgents are the User-Agents that a network may stand with; none if the target is
// found, or its Hub hashes no networks.
func (t Target) networkAgents(found Result, ranges bool) []string {
	if found.Found || t.Scope == Off || ranges && t.Scope == Seen || len(t.UserAgents) == 0 || !slices.Contains(t.Variants, token.VariantB) {
		return nil
	}
	if ranges {
		return t.UserAgents[:1]
	}
	return t.UserAgents
}

// wanted are digests, each with the first target that has it; next leads to others.
type wanted struct {
	first map[[sha256.Size]byte]int32
	next  map[int32]int32
}

func wantedOf(with hashed, targets []Target, results []Result, ranges bool) wanted {
	w := wanted{map[[sha256.Size]byte]int32{}, map[int32]int32{}}
	for i, t := range targets {
		if !slices.Contains(t.networkAgents(results[i], ranges), with.userAgent) {
			continue
		}
		if before, ok := w.first[t.Digest]; ok {
			w.next[int32(i)] = before
		}
		w.first[t.Digest] = int32(i)
	}
	return w
}

// find hashes texts until there are no more.
func (h hashed) find(texts iter.Seq[string], w wanted, results []Result, where string) {
	tail := h.variant.Tail(h.userAgent)
	var message []byte
	for text := range texts {
		message = append(append(message[:0], text...), tail...)
		i, ok := w.first[sha256.Sum256(message)]
		for ok {
			if !results[i].Found {
				results[i] = Result{true, text, h.userAgent, h.variant, where}
			}
			i, ok = w.next[i]
		}
	}
}

// networksAround are the networks of every likely size that hold a candidate, each once.
func networksAround(candidates []string) []string {
	var all []string
	seen := map[netip.Prefix]bool{}
	for _, text := range candidates {
		address, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		address = address.Unmap().WithZone("")
		for _, bits := range likelyLengths(address) {
			network := netip.PrefixFrom(address, bits).Masked()
			if seen[network] || len(seen) == mostNetworks {
				continue
			}
			seen[network] = true
			all = append(all, network.String())
			if address.Is4() {
				all = append(all, mappedNetworks(network)...)
			}
		}
	}
	return all
}

// likelyLengths are the sizes in which people write networks: any for private ones,
// the usual for others.
func likelyLengths(address netip.Addr) []int {
	switch {
	case address.Is6():
		return []int{8, 10, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64}
	case !IsInternal(address.String()):
		return []int{8, 12, 16, 20, 22, 23, 24, 25, 26, 27, 28}
	}
	var all []int
	for bits := 8; bits <= 32; bits++ {
		all = append(all, bits)
	}
	return all
}

// mappedNetworks are an IPv4 network's spellings as a network of mapped addresses: as
// Python prints it up to 3.12, and from 3.13 on.
func mappedNetworks(network netip.Prefix) []string {
	address, bits := network.Addr().As4(), 96+network.Bits()
	high, low := int(address[0])<<8|int(address[1]), int(address[2])<<8|int(address[3])
	hexadecimal := fmt.Sprintf("::ffff:%x:%x/%d", high, low, bits)
	if low == 0 && high == 0 {
		hexadecimal = fmt.Sprintf("::ffff:0:0/%d", bits)
	}
	return []string{hexadecimal, fmt.Sprintf("%s%s/%d", mappedPrefix, network.Addr(), bits)}
}

// privateNetworks are all networks of the private ranges, down to those of 256
// addresses.
func privateNetworks(yield func(string) bool) {
	for _, r := range privateRanges {
		base := r.Addr().As4()
		for bits := r.Bits(); bits <= 24; bits++ {
			for n := range 1 << (bits - r.Bits()) {
				value := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(n)<<(32-bits)
				address := netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)})
				if !yield(netip.PrefixFrom(address, bits).String()) {
					return
				}
			}
		}
	}
}

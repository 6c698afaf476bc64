// SPDX-License-Identifier: Apache-2.0

package iprecovery

import "net/netip"

// alwaysTried are texts that a Hub hashes without any of them being on the wire:
// loopback, the peer of a Unix socket (tornado says 0.0.0.0), and the networks
// that JUPYTERHUB_XSRF_ANONYMOUS_IP_CIDRS is usually set to, as Python prints
// them (JupyterHub 5.3.0, _xsrf_utils.py; the last form from Python 3.13 on).
var alwaysTried = []string{
	"127.0.0.1", "::1", "0.0.0.0",
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "0.0.0.0/0", "::/0",
	"::ffff:0:0/96", "::ffff:a00:0/104", "::ffff:0.0.0.0/96", "::ffff:10.0.0.0/104",
}

// Spellings returns the candidates as the texts that a Hub may have hashed, each
// once and in order: as given, IPv4 also as the peer of a dual-stack socket is
// written, IPv4-mapped also as IPv4, IPv6 also in its canonical form. The fixed
// texts that need no candidate come last.
func Spellings(candidates []string) []string {
	var all []string
	seen := map[string]bool{}
	add := func(text string) {
		if text != "" && !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	for _, text := range candidates {
		add(text)
		address, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		plain := address.Unmap()
		add(plain.String())
		if plain.Is4() {
			add(mappedPrefix + plain.String())
		}
	}
	for _, text := range alwaysTried {
		add(text)
		if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
			add(mappedPrefix + text)
		}
	}
	return all
}

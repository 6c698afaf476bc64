// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// The ways in which Rails comes to an address.
const (
	RailsField   Rule = "Rails: rightmost address of X-Forwarded-For, Client-IP and peer that is not trusted"
	RailsAll     Rule = "Rails: the furthest address, since all are trusted"
	RailsRefused Rule = "Rails: refuses the request, since Client-IP is not in the list (IpSpoofAttackError)"
)

func railsEntry() *entry {
	return &entry{
		name: "rails", keys: []string{"trust", "spoof-check", "version"}, make: rails,
		golden:   []string{"", "trust=10.0.0.5"},
		believes: "whoever connects, about Forwarded, X-Forwarded-For and Client-IP from the right, past private addresses or those of `trust`",
	}
}

// railsPrivate are the proxies that Rails trusts if it is not told others; the
// link-local ones since 8.1.0.
var railsPrivate = []string{"127.0.0.0/8", "::1", "fc00::/7", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fe80::/10"}

// rails is remote_ip of Rails (Rails 8.1.3.1, actionpack,
// action_dispatch/middleware/remote_ip.rb, with Rack 3.1 and Ruby's ipaddr 1.2.4). Nobody
// asks whether the peer is trusted. Since 8.1.0 Rack reads the list, which takes
// Forwarded before X-Forwarded-For and cuts ports off. trust replaces the networks.
//
// Puma has joined repeated lines with a comma and a space, and takes X_Forwarded_For for
// the field if that is not there (Puma 5.6.5).
func rails(s *settings) func(Request, *fields) Result {
	check := s.on("spoof-check", true)
	old := s.before(8, 1)
	texts := railsPrivate
	if old {
		texts = railsPrivate[:6]
	}
	if list := s.list("trust"); list != nil {
		texts = list
	}
	var trusted []netip.Prefix
	for _, text := range texts {
		prefix, ok := rubyAddr(text)
		if !ok {
			s.fail("trust", "addresses or networks")
		}
		trusted = append(trusted, prefix)
	}
	return func(r Request, f *fields) Result {
		var forwarded []string
		if old {
			forwarded = rubySplit(f.puma("X-Forwarded-For"))
		} else {
			forwarded = rackForwardedFor(f)
		}
		forwarded = single(forwarded)
		client := single(rubySplit(f.puma("Client-IP")))
		if check && len(client) > 0 && len(forwarded) > 0 && !slices.Contains(forwarded, client[0]) {
			return of("", RailsRefused)
		}
		slices.Reverse(forwarded)
		slices.Reverse(client)
		return railsPick(append(forwarded, client...), r.Peer, trusted)
	}
}

// puma is the value of a field as Puma hands it on.
func (f *fields) puma(name string) string {
	lines := f.lines(name)
	if len(lines) == 0 {
		lines = f.lines(strings.ReplaceAll(name, "-", "_"))
	}
	return strings.Join(lines, ", ")
}

// railsPick walks away from the application until it meets somebody who is not trusted.
func railsPick(told []string, peer string, trusted []netip.Prefix) Result {
	for _, text := range append(slices.Clone(told), single([]string{peer})...) {
		address, _ := rubyAddr(text)
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(address.Addr()) }) {
			return of(text, RailsField)
		}
	}
	if len(told) > 0 {
		return of(told[len(told)-1], RailsAll)
	}
	return of(peer, RailsAll)
}

// single keeps what is one address and no network.
func single(texts []string) []string {
	return slices.DeleteFunc(texts, func(text string) bool {
		address, ok := rubyAddr(text)
		return !ok || !address.IsSingleIP()
	})
}

var rubySpaces = regexp.MustCompile(`[,\t\n\v\f\r ]+`)

// rubySplit splits at commas and white space.
func rubySplit(value string) []string {
	value = strings.TrimLeft(value, "\x00\t\n\v\f\r ")
	value = strings.TrimRight(value, "\x00\t\n\v\f\r ")
	if value == "" {
		return nil
	}
	return rubySpaces.Split(value, -1)
}

var rubyZone = regexp.MustCompile(`(?s)^(.*)%\w+$`)

// rubyAddr is IPAddr.new (Ruby's ipaddr 1.2.4): an address, in brackets or with a zone if
// it is IPv6, with a length or a mask. Zones do not count when it is compared.
func rubyAddr(text string) (netip.Prefix, bool) {
	host, length, given := strings.Cut(text, "/")
	only6 := false
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host, only6 = host[1:len(host)-1], true
	}
	if match := rubyZone.FindStringSubmatch(host); match != nil {
		host, only6 = match[1], true
	}
	address, err := netip.ParseAddr(host)
	if err != nil || address.Zone() != "" || only6 && address.Is4() {
		return netip.Prefix{}, false
	}
	if !given {
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	if mask, err := netip.ParseAddr(length); err == nil && mask.Is4() == address.Is4() {
		bits, ok := maskLength(mask)
		return netip.PrefixFrom(address, bits).Masked(), ok
	}
	prefix, err := netip.ParsePrefix(host + "/" + length)
	return prefix.Masked(), err == nil
}

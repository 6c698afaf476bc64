// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"strconv"
	"strings"
)

// The ways in which Express comes to an address.
const (
	ExpressOff      Rule = "Express without trust proxy: the peer"
	ExpressPeer     Rule = "Express: the peer, which is not trusted or named no client"
	ExpressXFF      Rule = "Express: rightmost X-Forwarded-For that is not trusted"
	ExpressLeftmost Rule = "Express: leftmost X-Forwarded-For, since all are trusted"
)

func expressEntry() *entry {
	return &entry{
		name: "express", keys: []string{"trust", "version"}, make: express,
		golden:   []string{"trust=false", "trust=1", "trust=2", "trust=true", "trust=uniquelocal"},
		believes: "a peer that `trust` takes in (default nobody), about X-Forwarded-For from the right",
	}
}

// express is req.ip of Express (Express 5.3.0, lib/utils.js, with proxy-addr 2.0.8,
// forwarded 0.2.0 and ipaddr.js 1.9.1): from the peer on, then X-Forwarded-For from the
// right, for as long as what stands there is trusted. The version is proxy-addr's;
// before 2.0.8 IPv4 and IPv6 networks were not always told apart.
//
// Node has joined repeated lines with a comma and a space.
func express(s *settings) func(Request, *fields) Result {
	trusts := expressTrust(s)
	return func(r Request, f *fields) Result {
		if trusts == nil {
			return of(r.Peer, ExpressOff)
		}
		all := append([]string{r.Peer}, expressElements(strings.Join(f.lines("X-Forwarded-For"), ", "))...)
		at := 0
		for at < len(all)-1 && trusts(all[at], at) {
			at++
		}
		switch {
		case at == 0:
			return of(r.Peer, ExpressPeer)
		case at == len(all)-1 && trusts(all[at], at):
			return of(all[at], ExpressLeftmost)
		}
		return of(all[at], ExpressXFF)
	}
}

// expressElements are those of the field from the right (forwarded 0.2.0, index.js).
func expressElements(value string) []string {
	var elements []string
	pieces := strings.Split(value, ",")
	for i := len(pieces) - 1; i >= 0; i-- {
		if element := strings.Trim(pieces[i], " "); element != "" {
			elements = append(elements, element)
		}
	}
	return elements
}

// expressTrust is the setting "trust proxy": false, true, a number of hops, or a list
// of addresses, networks and names of networks. It is nil for false.
func expressTrust(s *settings) func(address string, hop int) bool {
	list := s.list("trust")
	switch {
	case list == nil || len(list) == 1 && list[0] == "false":
		return nil
	case len(list) == 1 && list[0] == "true":
		return func(string, int) bool { return true }
	}
	if hops, err := strconv.Atoi(list[0]); err == nil && len(list) == 1 && hops >= 0 && hops <= mostHops {
		return func(_ string, hop int) bool { return hop < hops }
	}
	var networks []jsNetwork
	for _, text := range list {
		texts, known := jsNamed[text]
		if !known {
			texts = []string{text}
		}
		for _, text := range texts {
			network, ok := parseJSNetwork(text)
			if !ok {
				s.fail("trust", "true, false, a number of hops, or addresses, networks, loopback, linklocal, uniquelocal")
			}
			networks = append(networks, network)
		}
	}
	old := s.before(2, 0, 8)
	return func(address string, _ int) bool {
		a, ok := parseJSAddr(address)
		return ok && a.trusted(networks, old)
	}
}

// jsNamed are the networks that proxy-addr has names for.
var jsNamed = map[string][]string{
	"linklocal":   {"169.254.0.0/16", "fe80::/10"},
	"loopback":    {"127.0.0.1/8", "::1/128"},
	"uniquelocal": {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
}

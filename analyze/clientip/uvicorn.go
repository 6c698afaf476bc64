// SPDX-License-Identifier: Apache-2.0

package clientip

import (
	"net/netip"
	"slices"
	"strings"
)

// The ways in which uvicorn comes to an address.
const (
	UvicornOff       Rule = "uvicorn without proxy headers: the peer"
	UvicornUntrusted Rule = "uvicorn: the peer, which is not among forwarded-allow-ips"
	UvicornPeer      Rule = "uvicorn: the peer, no X-Forwarded-For names a client"
	UvicornXFF       Rule = "uvicorn: rightmost X-Forwarded-For that is not trusted"
	UvicornLeftmost  Rule = "uvicorn: leftmost X-Forwarded-For, since all are trusted"
)

// uvicornEntry is uvicorn with proxy headers on, as it is of itself, or off, as
// programs start it that have a switch of their own.
func uvicornEntry(name string, proxyHeaders bool) *entry {
	return &entry{
		name: name, keys: []string{"trust", "proxy-headers", "version"},
		make:     func(s *settings) func(Request, *fields) Result { return uvicorn(s, proxyHeaders) },
		golden:   []string{"", "trust=10.0.0.0/8", "trust=*", "proxy-headers=off"},
		believes: "a peer in `trust` (default 127.0.0.1), about X-Forwarded-For from the right",
	}
}

// airflowEntry is the API server of Airflow 3, which runs uvicorn with proxy headers
// off unless it is started with --proxy-headers (Airflow 3.0.0 to 3.3.2,
// cli/commands/api_server_command.py). Under gunicorn, which 3.3.2 can be told to run it
// in, it then trusts everybody unless FORWARDED_ALLOW_IPS is set: trust=*.
func airflowEntry() *entry {
	e := uvicornEntry("airflow", false)
	e.golden = []string{"", "proxy-headers=on,trust=10.0.0.0/8"}
	e.believes = "nobody; with `proxy-headers=on` as uvicorn"
	return e
}

// uvicorn is uvicorn's ProxyHeadersMiddleware (uvicorn 0.54.0,
// middleware/proxy_headers.py). Networks are understood since 0.31.0, ports are cut
// off since 0.45.0. Of several lines the last one counted before 0.48.0, none in
// 0.48, and all since 0.49.0.
func uvicorn(s *settings, proxyHeaders bool) func(Request, *fields) Result {
	trusted := s.list("trust")
	if trusted == nil {
		trusted = []string{"127.0.0.1"}
	}
	on := s.on("proxy-headers", proxyHeaders)
	if s.before(0, 31) {
		return func(r Request, f *fields) Result { return uvicornOld(r, f, on, trusted) }
	}
	trust := newUvicornTrust(trusted)
	ports, last, single := !s.before(0, 45), s.before(0, 48), s.before(0, 49)
	return func(r Request, f *fields) Result {
		if !on {
			return of(r.Peer, UvicornOff)
		}
		if !trust.has(r.Peer) {
			return of(r.Peer, UvicornUntrusted)
		}
		lines := f.lines("X-Forwarded-For")
		switch {
		case last && len(lines) > 0:
			lines = lines[len(lines)-1:]
		case single && len(lines) > 1:
			lines = nil
		}
		host, rule := trust.client(strings.Join(lines, ", "), ports)
		if host == "" {
			return of(r.Peer, UvicornPeer)
		}
		return of(host, rule)
	}
}

// uvicornTrust is _TrustedHosts: addresses, networks, and whatever is neither as text.
type uvicornTrust struct {
	all      bool
	literals []string
	hosts    []netip.Addr
	networks []netip.Prefix
}

func newUvicornTrust(list []string) *uvicornTrust {
	t := &uvicornTrust{all: len(list) == 1 && list[0] == "*"}
	for _, text := range list {
		if network, ok := pythonNetwork(text); ok && strings.Contains(text, "/") {
			t.networks = append(t.networks, network)
		} else if host, err := netip.ParseAddr(text); err == nil {
			t.hosts = append(t.hosts, host)
		} else {
			t.literals = append(t.literals, text)
		}
	}
	return t
}

func (t *uvicornTrust) has(host string) bool {
	if t.all {
		return true
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host != "" && slices.Contains(t.literals, host)
	}
	return slices.Contains(t.hosts, address) || slices.ContainsFunc(t.networks, func(network netip.Prefix) bool {
		return network.Contains(address.WithZone(""))
	})
}

// client is get_trusted_client_address.
func (t *uvicornTrust) client(value string, ports bool) (string, Rule) {
	host := func(text string) string {
		if text = pythonStrip(text); ports {
			return uvicornHost(text)
		}
		return text
	}
	elements := strings.Split(value, ",")
	if !t.all {
		for _, element := range slices.Backward(elements) {
			if h := host(element); !t.has(h) {
				return h, UvicornXFF
			}
		}
	}
	return host(elements[0]), UvicornLeftmost
}

// uvicornHost is _parse_host_port: the address of address:port or [address]:port, and
// whatever has another form as it is.
func uvicornHost(text string) string {
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		host, rest, closed := strings.Cut(inside, "]")
		if !closed || rest != "" && rest[0] != ':' {
			return text
		}
		return host
	}
	if host, port, _ := strings.Cut(text, ":"); strings.Count(text, ":") == 1 && pythonInt(port) {
		return host
	}
	return text
}

// uvicornOld is the same before 0.31.0 (0.30.6): trusted hosts are texts, and if all
// are trusted there is no client.
func uvicornOld(r Request, f *fields, on bool, trusted []string) Result {
	all := slices.Contains(trusted, "*")
	switch {
	case !on:
		return of(r.Peer, UvicornOff)
	case !all && !slices.Contains(trusted, r.Peer):
		return of(r.Peer, UvicornUntrusted)
	}
	lines := f.lines("X-Forwarded-For")
	if len(lines) == 0 {
		return of(r.Peer, UvicornPeer)
	}
	elements := strings.Split(lines[len(lines)-1], ",")
	if all {
		return of(pythonStrip(elements[0]), UvicornLeftmost)
	}
	for _, element := range slices.Backward(elements) {
		if host := pythonStrip(element); !slices.Contains(trusted, host) {
			return of(host, UvicornXFF)
		}
	}
	return of("", UvicornXFF)
}

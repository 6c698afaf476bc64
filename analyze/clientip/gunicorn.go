// SPDX-License-Identifier: Apache-2.0

package clientip

// The ways in which gunicorn comes to an address.
const (
	GunicornPeer      Rule = "gunicorn: the peer, fields never change REMOTE_ADDR"
	GunicornAnnounced Rule = "gunicorn: the source in the PROXY protocol header"
)

func gunicornEntry() *entry {
	return &entry{
		name: "gunicorn", keys: []string{"proxy-protocol"}, make: gunicorn,
		golden:   []string{""},
		believes: "nobody; with `proxy-protocol=on` the header of the connection",
	}
}

// gunicorn is gunicorn's REMOTE_ADDR (gunicorn 27.0.1, http/wsgi.py): the peer.
// forwarded_allow_ips decides on the scheme only. With proxy_protocol the header names
// the client; a peer outside of proxy_allow_ips is refused, and then nothing is computed.
func gunicorn(s *settings) func(Request, *fields) Result {
	announced := s.on("proxy-protocol", false)
	return func(r Request, _ *fields) Result {
		if announced && r.Announced != "" {
			return of(r.Announced, GunicornAnnounced)
		}
		return of(r.Peer, GunicornPeer)
	}
}

// SPDX-License-Identifier: Apache-2.0

package http1

import (
	"fmt"
	"slices"

	"github.com/logintrace/logintrace/capture/exchange"
	"github.com/logintrace/logintrace/capture/reassembly"
)

// refused keeps a connection that was refused.
func (r *Reader) refused(of *reassembly.Connection) {
	if len(r.capture.Refused) >= exchange.MostRefused {
		return
	}
	at := of.Refused
	r.capture.Refused = append(r.capture.Refused, exchange.Refused{
		Client: endpoint(of.Ends[of.Client]), Server: endpoint(of.Ends[of.Client.Other()]), Time: when(at), Ref: r.ref(at.Frame, at.Frame),
	})
}

// unread keeps a connection of which nothing could be read. Without a handshake the side
// with the lower port is taken for the server.
func (r *Reader) unread(of *reassembly.Connection, at exchange.Span, end bool) {
	if len(r.capture.Unread) >= exchange.MostUnread {
		return
	}
	client := of.Client
	if !of.HasClient && of.Ends[0].Port() < of.Ends[1].Port() {
		client = 1
	}
	r.capture.Unread = append(r.capture.Unread, exchange.Unread{
		Client: endpoint(of.Ends[client]), Server: endpoint(of.Ends[client.Other()]), Span: at, End: end,
	})
}

// noteRefused names the servers that took no connection, most refusals first.
func (r *Reader) noteRefused() {
	type server struct {
		end          exchange.Endpoint
		count, first int
	}
	var servers []server
	for _, one := range r.capture.Refused {
		i := slices.IndexFunc(servers, func(s server) bool { return s.end == one.Server })
		if i < 0 {
			i = len(servers)
			servers = append(servers, server{end: one.Server, first: one.Ref.Frame})
		}
		servers[i].count++
		servers[i].first = min(servers[i].first, one.Ref.Frame)
	}
	slices.SortStableFunc(servers, func(s, t server) int { return t.count - s.count })
	const most = 3
	for i, s := range servers {
		if i == most {
			return
		}
		words := fmt.Sprintf("%s refused a connection (RST, %s)", s.end.HostPort(), r.capture.FrameWords(s.first))
		if s.count > 1 {
			words = fmt.Sprintf("%s refused %d connections (RST, the first in %s)", s.end.HostPort(), s.count, r.capture.FrameWords(s.first))
		}
		r.capture.AddNote(exchange.NoteRefused, words)
	}
}

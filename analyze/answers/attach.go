// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// telling are the statements by which a proxy says that it answered by itself.
var telling = map[exchange.StatementCode]bool{
	exchange.SaidUpstreamFailed: true, exchange.SaidHeadTooLarge: true, exchange.SaidRateLimited: true,
	exchange.SaidForbiddenByRule: true, exchange.SaidUpstreamHeadTooLarge: true, exchange.SaidBodyTooLarge: true,
	exchange.SaidBadRequest: true,
}

// Attach gives each statement of a log that is of no line about a request, such as
// those of nginx' error log, to the one failed request that it can be of. Those that
// fit none are returned; those that fit several are dropped.
func Attach(requests []*Request, captures []*exchange.Capture) (left []exchange.Statement) {
	for _, c := range captures {
		for _, said := range c.Statements {
			if !telling[said.Code] {
				continue
			}
			var failed []*Request
			well := false // a proxy may have found another server for it
			for _, r := range requests {
				switch {
				case r.Application() != nil || !r.fits(said):
				case r.Status() >= 400:
					failed = append(failed, r)
				default:
					well = true
				}
			}
			switch {
			case len(failed) == 0 && !well:
				left = append(left, said)
			case canBeOne(failed):
				for _, r := range failed {
					r.Said = append(r.Said, said)
				}
			}
		}
	}
	return left
}

// canBeOne reports whether requests can be one that several captures saw, and that
// nothing ties together, such as a browser's recording and packets.
func canBeOne(requests []*Request) bool {
	seen := map[*exchange.Capture]bool{}
	for _, r := range requests {
		if r.Status() != requests[0].Status() {
			return false
		}
		own := map[*exchange.Capture]bool{}
		for _, s := range r.Seen {
			own[s.Ref.Capture] = true
		}
		for c := range own {
			if seen[c] {
				return false
			}
			seen[c] = true
		}
	}
	return true
}

// fits reports whether a statement can be of a request: it names the same one, at the
// same time in whatever zone, and nothing that is known of the client differs.
func (r *Request) fits(said exchange.Statement) bool {
	for _, s := range r.Seen {
		if !s.named(said) || !atOneTime(said.Time, s.Time) && !s.answeredAt(said) {
			continue
		}
		if said.Values.Address == "" || r.cameFrom(said.Values.Address) {
			return true
		}
	}
	return false
}

// answeredAt reports whether a statement was written when the answer was given: of a
// server that does not answer a proxy tells when it gives up.
func (s *Step) answeredAt(said exchange.Statement) bool {
	at := s.Sighting.AnsweredAt
	return !at.IsZero() && atOneTime(said.Time, at)
}

// named reports whether a statement names a step's request. A server that could not
// read the request names what it answered alone.
func (s *Step) named(said exchange.Statement) bool {
	if said.Code == exchange.SaidBadRequest {
		return said.Values.Status == s.Status && said.Values.Reason == "" && said.Program == exchange.ProgramHAProxy
	}
	path, _, _ := strings.Cut(said.Values.Target, "?")
	return said.Values.Method == s.Method && path == s.Path
}

// cameFrom reports whether an address can be that of a peer on the way: it is, or not
// every peer is known.
func (r *Request) cameFrom(address string) bool {
	for _, h := range r.Path {
		if h.From.Address == address {
			return true
		}
	}
	for _, s := range r.Seen {
		if s.Client.Address == address || s.Client.Address == "" || s.Log != nil && s.Log.Believed == address {
			return true
		}
	}
	return false
}

// atOneTime reports whether two times are the same but for the zone; one that is not
// known may be any.
func atOneTime(a, b time.Time) bool {
	return a.IsZero() || b.IsZero() || hops.AtOneTime(a, b)
}

// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"slices"
	"strings"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/capture/exchange"
)

// Request is one request with everything that was seen of it, outermost first.
type Request struct {
	Seen []*Step
	Path hops.Path

	// Said is what logs tell of it in lines that stand by themselves, see Attach.
	Said []exchange.Statement
}

// Requests puts steps together, in order of time.
func Requests(steps []*Step) []*Request {
	of := map[*hops.Sighting]*Step{}
	sightings := make([]*hops.Sighting, len(steps))
	for i, s := range steps {
		of[s.Sighting], sightings[i] = s, s.Sighting
	}
	joined, _ := hops.Join(sightings)
	requests := make([]*Request, len(joined))
	for i, j := range joined {
		requests[i] = &Request{Path: j.Path}
		for _, sighting := range j.Sightings {
			requests[i].Seen = append(requests[i].Seen, of[sighting])
		}
	}
	return requests
}

// First is the outermost sighting.
func (r *Request) First() *Step { return r.Seen[0] }

// Status is what the client got, 0 if no answer was seen.
func (r *Request) Status() int {
	for _, s := range r.Seen {
		if s.Status != 0 {
			return s.Status
		}
	}
	return 0
}

// Told is what the answer's page says, by any sighting.
func (r *Request) Told() Told {
	for _, s := range r.Seen {
		if s.Told != "" {
			return s.Told
		}
	}
	return ""
}

// PageSeen reports whether some sighting has a proxy's own page, so that what it does not
// say is not there. A log has no page, and a sanitized HAR may have lost it.
func (r *Request) PageSeen() bool {
	return slices.ContainsFunc(r.Seen, func(s *Step) bool { return s.Page.Name != "" })
}

// Application is the first sighting in which the answer shows that an application
// made it, or nil.
func (r *Request) Application() *Step {
	for _, s := range r.Seen {
		if s.Application != "" {
			return s
		}
	}
	return nil
}

// ArrivedAt reports whether the request was seen to arrive at an address; lacks says that
// every capture which shows that may lack packets of the time, such as those by which it
// went on from there.
func (r *Request) ArrivedAt(address string) (arrived, lacks bool) {
	for _, h := range r.Path {
		for _, s := range h.Sightings {
			if h.To.Address != address || s.Ref.HasLine {
				continue
			}
			arrived = true
			if !s.Ref.Capture.MayLack(s.Time, s.AnsweredAt) {
				return true, false
			}
		}
	}
	return arrived, arrived
}

// PassedBy is the line of a proxy's log which says that the answer came from the
// server that it passed the request to, or nil.
func (r *Request) PassedBy() *Step {
	for _, s := range r.Seen {
		if l := s.Log; l != nil && l.PassedTo != "" && s.Status != 0 && !l.byItself(s.Status) &&
			(l.PassedStatus == s.Status || l.PassedStatus == 0 && strings.HasPrefix(l.Termination, "--")) {
			return s
		}
	}
	return nil
}

// CameFrom is the innermost server whose answer the captures show, where somebody outside
// of it handed the request on to it. ok is false if that is not seen.
func (r *Request) CameFrom() (server exchange.Endpoint, ok bool) {
	last := len(r.Path) - 1
	if last < 0 || !hasAnswer(r.Path[last]) || r.Path[last].To.Address == "" {
		return exchange.Endpoint{}, false
	}
	for i := 1; i <= last; i++ {
		ok = ok || !r.Path.Translated(i)
	}
	return r.Path[last].To, ok
}

// HeadLength is the longest head that the request had on its way, 0 if that is not
// known. Proxies add to it.
func (r *Request) HeadLength() (length int, at *Step) {
	for _, s := range r.Seen {
		if s.HeadLength > length {
			length, at = s.HeadLength, s
		}
	}
	return length, at
}

// Client is the address from which the outermost hop comes, "" if it is not known.
func (r *Request) Client() string {
	if len(r.Path) > 0 {
		return r.Path[0].From.Address
	}
	return r.First().Client.Address
}

// Statements are all lines of logs that speak of this request.
func (r *Request) Statements() []exchange.Statement {
	list := r.Said
	for _, s := range r.Seen {
		if s.Log != nil {
			list = append(list[:len(list):len(list)], s.Log.Said...)
		}
	}
	return list
}

// Statement is the first of them with one of these codes.
func (r *Request) Statement(codes ...exchange.StatementCode) (exchange.Statement, bool) {
	for _, said := range r.Statements() {
		for _, code := range codes {
			if said.Code == code {
				return said, true
			}
		}
	}
	return exchange.Statement{}, false
}

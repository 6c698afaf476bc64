// SPDX-License-Identifier: Apache-2.0

package answers

import (
	"regexp"
	"strings"
	"time"

	"github.com/logintrace/logintrace/analyze/hops"
	"github.com/logintrace/logintrace/analyze/party"
	"github.com/logintrace/logintrace/capture/exchange"
)

// How says how it is known who made an answer.
type How int

// The ways, weakest first. Signed says which program, and not where it stands.
const (
	Unknown How = iota
	Signed
	Seen
	Logged
)

// Maker is who made an answer, if it was not the application.
type Maker struct {
	How     How
	Program string // "" if it was not recognised
	Version string
	Address string // "" if it is not known

	// Sure says that nothing else can be: by Signed it never is, and by Seen only if
	// other requests for the same path were handed on.
	Sure bool

	// Bare says that the program is told by bare words alone, which others may use.
	Bare bool

	// Hop is the hop at which it took the request in; -1 is unknown.
	Hop int

	// At is where the request is seen to come in, and Line the line of the log.
	At   *hops.Sighting
	Line *Step
	Said exchange.Statement

	// Asked is where it tried to hand the request on in vain; empty if nobody knows.
	Asked exchange.Endpoint
	// AskedAt is the request that it sent on and that stayed without an answer.
	AskedAt *hops.Sighting
	// Refused is the connection that it asked for in vain while the request waited.
	Refused *exchange.Refused
}

// Maker finds out who answered a failed request by itself; ok is false if an
// application may have, or nobody knows.
func (r *Request) Maker(w *Witness) (m Maker, ok bool) {
	if r.Status() < 400 || r.Application() != nil {
		return Maker{}, false
	}
	m = Maker{Hop: -1}
	seen, bySight := r.seenToKeep(w)
	switch {
	case r.logged(&m, w):
		if bySight && seen.Address == m.Address {
			m.At, m.Hop, m.AskedAt = seen.At, seen.Hop, seen.AskedAt
			m.Refused = seen.Refused
			if m.Asked.Address == "" || seen.AskedAt != nil {
				m.Asked = seen.Asked
			}
		} else {
			r.followIn(&m)
		}
	case bySight:
		m = seen
	}
	r.signed(&m, w)
	return m, m.How != Unknown
}

// logged looks for the word of the proxy's own log.
func (r *Request) logged(m *Maker, w *Witness) bool {
	if said, ok := r.Statement(exchange.SaidForbiddenByRule, exchange.SaidHeadTooLarge, exchange.SaidRateLimited, exchange.SaidUpstreamFailed,
		exchange.SaidUpstreamHeadTooLarge, exchange.SaidBodyTooLarge, exchange.SaidBadRequest); ok {
		m.Said = said
		m.How, m.Sure, m.Program = Logged, true, ProgramName(said.Program)
		m.Asked = hostPort(said.Values.Upstream)
		r.locate(m, said.Program, said.Values.Address, w)
		return true
	}
	for _, s := range r.Seen {
		if s.Log != nil && s.Log.byItself(s.Status) {
			m.Line = s
			m.How, m.Sure, m.Program = Logged, true, ProgramName(s.Log.Program)
			r.locate(m, s.Log.Program, s.Log.Believed, w)
			return true
		}
	}
	return false
}

// byItself reports whether a line of a proxy's log says that the proxy made the
// answer. What configurable-http-proxy logs of a request is its own failure alone
// (5.3.0, lib/configproxy.js, handleProxyError).
func (l *Log) byItself(status int) bool {
	switch l.Program {
	case exchange.ProgramCHP:
		return status == 404 || status == 503
	case exchange.ProgramHAProxy:
		return l.haproxyAnswered()
	}
	return l.AskedNobody
}

// haproxyAnswered reads the termination state (HAProxy 2.6, configuration.txt, 8.5):
// by its first letter the proxy (P), a local resource (L, R, K) or the server's side
// (S, s) ended the session, and by the second one that was before an answer had begun:
// in the queue (Q), while it connected (C), or while it waited (H, R).
func (l *Log) haproxyAnswered() bool {
	if len(l.Termination) < 2 {
		return false
	}
	switch l.Termination[0] {
	case 'P', 'L', 'R', 'K', 'U':
		return l.Termination[1] == 'R' || l.Termination[1] == 'T' || l.Termination[1] == 'H' || l.Termination[1] == 'C'
	case 'S', 's':
		return strings.IndexByte("QCH", l.Termination[1]) >= 0
	}
	return false
}

// locate finds the address of the proxy whose log it is: the one at which the peer
// that the log names was seen to arrive, with the application's own proxy innermost.
func (r *Request) locate(m *Maker, program exchange.Program, peer string, w *Witness) {
	found := -1
	for i, h := range r.Path {
		switch {
		case program == exchange.ProgramCHP && w.IsAppProxy(h.To.Address),
			program != exchange.ProgramCHP && peer != "" && h.From.Address == peer && !r.passedOn(i):
			if h.To.Address != "" {
				found = i
			}
		}
	}
	if program == exchange.ProgramCHP && found < 0 && len(r.Path) > 0 && hasAnswer(r.Path[len(r.Path)-1]) && len(r.Path) > 1 {
		found = len(r.Path) - 1 // nothing stands behind it but the application, which did not answer
	}
	if found >= 0 {
		m.Address, m.Hop, m.At = r.Path[found].To.Address, found, r.Path[found].Sightings[0]
	}
}

// followIn looks for what became of the request behind the server that the log names:
// if that handed it on and nobody answered, it is the last one that was asked in vain.
func (r *Request) followIn(m *Maker) {
	last := len(r.Path) - 1
	for i := 0; i < last; i++ {
		if r.Path[i].To.Address == m.Asked.Address && m.Asked.Address != "" && !hasAnswer(r.Path[i]) && !hasAnswer(r.Path[last]) {
			m.Asked, m.AskedAt = r.Path[last].To, r.Path[last].Sightings[0]
			return
		}
	}
}

// passedOn reports whether the connection of a hop goes on at another address: a node
// translated it.
func (r *Request) passedOn(i int) bool { return i+1 < len(r.Path) && r.Path.Translated(i+1) }

func hasAnswer(h *hops.Hop) bool {
	for _, s := range h.Sightings {
		if s.Status != 0 {
			return true
		}
	}
	return false
}

// seenToKeep looks for the party that took the request in and gave the answer, and
// of which can be seen that it did not get that from elsewhere: it asked and was not
// answered, or it did not ask although it asks for other requests.
func (r *Request) seenToKeep(w *Witness) (Maker, bool) {
	last := -1
	for i, h := range r.Path {
		if hasAnswer(h) {
			last = i
		}
	}
	if last < 0 || r.Path[last].To.Address == "" {
		return Maker{}, false
	}
	h := r.Path[last]
	m := Maker{How: Seen, Address: h.To.Address, Hop: last, At: answered(h)}
	if last+1 < len(r.Path) && r.Path.Adjacent(last+1) && !r.Path.Translated(last+1) {
		innermost := r.Path[len(r.Path)-1]
		if mayHaveAnswered(innermost, m.At) {
			return Maker{}, false
		}
		m.Asked, m.AskedAt, m.Sure = innermost.To, innermost.Sightings[0], true
		return m, true
	}
	if last+1 < len(r.Path) {
		return Maker{}, false
	}
	if at, refused := refusedFor(h); refused != nil {
		m.At, m.Refused, m.Asked, m.Sure = at, refused, refused.Server, at.Ref.Capture.Ledger.Gaps == 0
		return m, true
	}
	at, same, ok := w.keptBack(h)
	if !ok {
		return Maker{}, false
	}
	m.At, m.Sure = at, same && at.Ref.Capture.Ledger.Gaps == 0
	return m, true
}

// mayHaveAnswered reports whether no capture that shows a hop would have shown an answer
// there: each may lack what was sent until the client was answered.
func mayHaveAnswered(h *hops.Hop, client *hops.Sighting) bool {
	for _, s := range h.Sightings {
		until := client.AnsweredAt
		if s.Ref.Capture != client.Ref.Capture {
			until = time.Time{} // of another clock
		}
		if !s.Ref.Capture.MayLack(s.Time, until) {
			return false
		}
	}
	return true
}

// atOnce is how soon a proxy answers when the last server that it may ask has refused it.
const atOnce = time.Second

// refusedFor looks for a connection that the receiver of a hop asked for while the
// request waited there, and that was refused, in a capture that shows both: the first of
// them, of which the last is right before the answer. After another wait, or where the
// receiver spoke with somebody in a way that cannot be read, the answer may be that of a
// server that was asked in between.
func refusedFor(h *hops.Hop) (*hops.Sighting, *exchange.Refused) {
	for _, s := range h.Sightings {
		if s.Status < 502 || s.Ref.Capture == nil || s.AnsweredAt.IsZero() || s.Ref.Capture.MayLack(s.Time, s.AnsweredAt) {
			continue
		}
		var first, last *exchange.Refused
		for i := range s.Ref.Capture.Refused {
			r := &s.Ref.Capture.Refused[i]
			if r.Client.Address != h.To.Address || !r.Time.After(s.Time) || !r.Time.Before(s.AnsweredAt) {
				continue
			}
			if first == nil {
				first = r
			}
			last = r
		}
		if first != nil && s.AnsweredAt.Sub(last.Time) <= atOnce && !s.Ref.Capture.Asked(h.To.Address, last.Time, s.AnsweredAt) {
			return s, first
		}
	}
	return nil, nil
}

func answered(h *hops.Hop) *hops.Sighting {
	for _, s := range h.Sightings {
		if s.Status != 0 {
			return s
		}
	}
	return h.Sightings[0]
}

// signed names the program by its page. Alone, that is an answer too.
func (r *Request) signed(m *Maker, w *Witness) {
	for _, s := range r.Seen {
		if s.Page.Name == "" || s.Page.Confidence < party.Likely {
			continue
		}
		if m.Program == "" || m.Program == string(s.Page.Name) {
			m.Program, m.Version = string(s.Page.Name), s.Page.Version
		}
		if m.How == Unknown {
			m.How, m.At, m.Bare = Signed, s.Sighting, s.Page.Signs[0].Value == bareWords
		}
		break
	}
	if m.Program == "" && m.Address != "" && w.IsAppProxy(m.Address) {
		m.Program = string(party.CHP)
	}
}

// ProgramName is the program of a log as reports name it.
func ProgramName(p exchange.Program) string {
	if p == exchange.ProgramHAProxy {
		return string(party.HAProxy)
	}
	if p == exchange.ProgramTraefik {
		return string(party.Traefik)
	}
	return string(p)
}

var address = regexp.MustCompile(`^(?:\w+://)?(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z.-]{1,253}):([0-9]{1,5})(?:/|$)`)

// hostPort reads "http://10.244.1.9:8000/path" and "10.244.1.9:8000".
func hostPort(s string) exchange.Endpoint {
	groups := address.FindStringSubmatch(s)
	if groups == nil {
		return exchange.Endpoint{}
	}
	e := exchange.Endpoint{Address: strings.Trim(groups[1], "[]")}
	for _, digit := range groups[2] {
		e.Port = e.Port*10 + int(digit-'0')
	}
	return e
}

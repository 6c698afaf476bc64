// SPDX-License-Identifier: Apache-2.0

package logs

import (
	"strings"
	"time"

	"github.com/logintrace/logintrace/capture/exchange"
)

// A Hub handles requests at the same time, so their lines stand mixed up. But the line
// about a request says how long it took: a telling line belongs to a request that was
// under way when it was written. If there are several, what it says may decide; else it
// is shared, and says so.
//
// So requests are held back for a while, and go on in the order of their lines.

// container is what one container (or a whole log, if lines do not say where they are
// from) wrote lately.
type container struct {
	now     time.Time // latest time
	line    int       // of its own lines, from 1
	pending []pending // statements whose request is not known yet, in order
	dump    *dump     // being read
	head    []exchange.Field
}

// pending is a statement that waits for its request.
type pending struct {
	exchange.Statement
	line int // of the container
	want *exchange.Values
}

// held is a request that waits for statements; a nil container waits for nothing.
type held struct {
	x         *exchange.Exchange
	container *container
	from, to  time.Time
	number    int // of the line in the log
}

// slack is by how much the times of lines may be off: they are cut off to milliseconds,
// and taken before the line is written.
const slack = 3 * time.Millisecond

// burst is how long the lines of one check take.
const burst = 20 * time.Millisecond

// state files a statement under the container that wrote it.
func (c *container) state(s exchange.Statement) {
	p := pending{Statement: s, line: c.line}
	if s.Code == exchange.SaidRefused {
		c.bind(&s)
	}
	c.pending = append(c.pending, p)
}

// bind tells the statements right before a refusal whose they are: the Hub checks the
// token and refuses the request without a pause, so nothing of another one can stand
// between.
func (c *container) bind(refused *exchange.Statement) {
	line := c.line
	for i := len(c.pending) - 1; i >= 0; i-- {
		p := &c.pending[i]
		if p.line != line-1 || p.want != nil || !isXSRF(p.Code) || refused.Time.Sub(p.Time) > burst {
			return
		}
		p.want = &refused.Values
		line = p.line
	}
}

// goesOn adds a line to the statement before it, if that is what a provider answered:
// some write their JSON over several lines.
func (c *container) goesOn(text string) bool {
	const most = 400
	if len(c.pending) == 0 || !strings.HasPrefix(text, `"error`) {
		return false
	}
	last := &c.pending[len(c.pending)-1]
	if last.Code != exchange.SaidProviderError || c.line-last.line > 4 || len(last.Text)+len(text) > most {
		return false
	}
	last.Text += " " + redact(text)
	last.Values.Reason += " " + redact(text)
	return true
}

func isXSRF(code exchange.StatementCode) bool {
	return strings.HasPrefix(string(code), "xsrf-")
}

// settle finds the requests of the statements that were written before a time.
func (r *reader) settle(c *container, before time.Time) {
	n := 0
	for n < len(c.pending) && c.pending[n].Time.Before(before) {
		r.place(c, &c.pending[n])
		n++
	}
	c.pending = append(c.pending[:0], c.pending[n:]...)
}

// place gives a statement to its request, or to the capture.
func (r *reader) place(c *container, p *pending) {
	var found []*held
	early, late := p.Time.Add(slack), p.Time.Add(-slack)
	for i := range r.held {
		h := &r.held[i]
		if h.container == c && h.number > p.Ref.Line && !h.from.After(early) && !h.to.Before(late) && h.fits(p) {
			found = append(found, h)
		}
	}
	if better := filter(found, func(h *held) bool { return h.prefers(p) }); len(better) > 0 {
		found = better
	}
	if len(found) == 0 {
		r.keep(p.Statement)
		return
	}
	p.Shared = len(found) > 1
	for _, h := range found {
		if l := h.x.Logged; len(l.Said) < maxSaid {
			l.Said = append(l.Said, p.Statement)
		} else {
			r.dropped++
		}
	}
}

func filter(list []*held, keep func(*held) bool) []*held {
	var kept []*held
	for _, h := range list {
		if keep(h) {
			kept = append(kept, h)
		}
	}
	return kept
}

// fits reports whether what a statement says of its request may be said of this one.
func (h *held) fits(p *pending) bool {
	switch p.Code {
	case exchange.SaidRefused:
		return h.is(&p.Values)
	case exchange.SaidXSRFCookieIgnored, exchange.SaidXSRFSkipped, exchange.SaidOriginBlocked:
		v := &p.Values
		if v.Target == "" {
			return true // of a WebSocket, before its path was said
		}
		path, _, _ := strings.Cut(v.Target, "?")
		return h.x.Request.URL.Path == path && (v.Method == "" || v.Method == h.x.Request.Method)
	case exchange.SaidVersion, exchange.SaidAuthenticator, exchange.SaidStopped, exchange.SaidNobodyAllowed, exchange.SaidProxyUnreachable, exchange.SaidProxyStarting, exchange.SaidProxyNotStarted,
		exchange.SaidErrorPageFailed,
		exchange.SaidCookieSecretLoaded, exchange.SaidCookieSecretWritten, exchange.SaidCookieSecretGenerated, exchange.SaidSecretGenerated,
		exchange.SaidSecretMissing, exchange.SaidListening, exchange.SaidStarted, exchange.SaidKeyTooShort:
		return false // of the program itself
	}
	if p.Code == exchange.SaidTokenInvalid && !h.mayRefuseToken(p.Text) {
		return false
	}
	return p.want == nil || h.is(p.want)
}

// mayRefuseToken reports whether a request can be the one whose token a line is about:
// an API answers 401 or 403 then; from 3.1.1 on a page may be any other answer. Who sent
// the request says it behind its own line, see bearer.Attach.
func (h *held) mayRefuseToken(line string) bool {
	path, r := h.x.Request.URL.Path, h.x.Response
	execution := strings.Contains(path, "/execution/")
	switch {
	case h.x.Logged.BySender || strings.HasPrefix(line, executionRefusal) && !execution:
		return false
	case r != nil && (r.Status == 401 || r.Status == 403):
		return true
	}
	return !execution && !strings.Contains(path, "/api/") && !strings.Contains(path, "/ui/")
}

// is reports whether a request is the one that a refusal names.
func (h *held) is(v *exchange.Values) bool {
	q := &h.x.Request
	return v.Method == q.Method && v.Target == redactTarget(q.URL.String()) && v.Address == h.x.Logged.Believed &&
		h.x.Response != nil && v.Status == h.x.Response.Status
}

// prefers reports whether a statement is of this request rather than of another one
// that was under way.
func (h *held) prefers(p *pending) bool {
	switch l := h.x.Logged; p.Code {
	case exchange.SaidLoggedIn, exchange.SaidLoggedOut, exchange.SaidSessionIDSet:
		return l.User == p.Values.User
	case exchange.SaidPasswordRefused, exchange.SaidAddressInvalid:
		return l.Believed == p.Values.Address
	case exchange.SaidCSRFRefused:
		return h.x.Request.Method == "POST" && h.x.Response != nil && h.x.Response.Status == 400
	case exchange.SaidLoginFailed, exchange.SaidXSRFFormError, exchange.SaidNotAllowed, exchange.SaidBlocked, exchange.SaidNameInvalid:
		return h.x.Request.Method == "POST" || strings.Contains(h.x.Request.URL.Path, "callback")
	}
	return false
}

// keep files a statement under the capture.
func (r *reader) keep(s exchange.Statement) {
	if len(r.capture.Statements) < maxStatements {
		r.capture.Statements = append(r.capture.Statements, s)
	} else {
		r.dropped++
	}
}

// hold takes the next request; it goes on once nothing can be said of it any more.
func (r *reader) hold(h held) error {
	r.held = append(r.held, h)
	if len(r.held) > maxHeld {
		return r.release(maxHeld / 2)
	}
	return nil
}

// passed is told how late it is in a container.
func (r *reader) passed(c *container, now time.Time) error {
	c.now = now
	if len(c.pending) > maxPending {
		r.settle(c, c.pending[maxPending/2].Time)
	}
	if len(r.held) == 0 || r.held[0].isOpen() {
		return nil
	}
	n := 0
	for n < len(r.held) && !r.held[n].isOpen() {
		n++
	}
	return r.release(n)
}

// isOpen reports whether more may be said of a request.
func (h *held) isOpen() bool {
	return h.container != nil && h.container.now.Sub(h.to) < overlap
}

// release hands on the first n requests.
func (r *reader) release(n int) error {
	for i := range r.held[:n] {
		if h := &r.held[i]; h.container != nil {
			r.settle(h.container, h.to.Add(slack+1))
		}
	}
	for i := range r.held[:n] {
		if err := r.hand(r.held[i].x); err != nil {
			return err
		}
	}
	rest := copy(r.held, r.held[n:])
	clear(r.held[rest:])
	r.held = r.held[:rest]
	return nil
}

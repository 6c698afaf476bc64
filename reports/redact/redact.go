// SPDX-License-Identifier: Apache-2.0

// Package redact replaces secrets in exchanges before they are written anywhere,
// so that no format can forget it: cookies, credentials, tokens and whatever is
// not known to be harmless give way to pseudonyms such as "session-1". A
// pseudonym keeps equality: wherever the same secret stands, in a cookie, a form
// or a query, the same pseudonym stands in. Passwords all become one constant,
// because equality alone gives away too much about what people choose.
//
// It is not for anonymity: addresses, host names, paths and the names of cookies
// and parameters stay, for a report is about them. It rewrites exchanges, not
// files, and it does not keep the inner structure of tokens.
package redact

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// Redactor remembers the pseudonyms of one run. It is not safe for concurrent use.
type Redactor struct {
	memory memory
}

// New returns a Redactor that has given out no pseudonym yet.
func New() *Redactor { return &Redactor{memory: newMemory()} }

// Exchange returns a copy of x without its secrets. Of x, which is left as it is,
// the copy shares the Capture alone.
func (r *Redactor) Exchange(x *exchange.Exchange) *exchange.Exchange {
	out := *x
	q := &out.Request
	q.Method = r.scrub(q.Method)
	q.URL = r.requestURL(q.URL)
	q.Fields = r.fields(q.Fields)
	q.Body = r.body(q.Body)
	if x.Response != nil {
		s := *x.Response
		s.Reason = r.Text(s.Reason)
		s.Fields = r.fields(s.Fields)
		s.Body = r.body(s.Body)
		out.Response = &s
	}
	if x.Announced != nil {
		header := *x.Announced
		header.Problem = r.Text(header.Problem) // quotes the header
		out.Announced = &header
	}
	out.Logged = r.logged(x.Logged)
	out.NoResponse = r.Text(out.NoResponse)
	out.Gaps = append([]exchange.Gap(nil), x.Gaps...)
	return &out
}

// Capture returns a copy of c whose notes and statements, which may quote the traffic,
// hold no secrets.
func (r *Redactor) Capture(c *exchange.Capture) *exchange.Capture {
	out := *c
	out.Notes = nil
	for _, note := range c.Notes {
		out.Notes = append(out.Notes, exchange.Note{Code: note.Code, Text: r.Text(note.Text)})
	}
	out.Statements = r.statements(c.Statements)
	return &out
}

// formMediaType is the only content whose places for secrets are known.
const formMediaType = "application/x-www-form-urlencoded"

// body keeps a form with its values replaced; any other content is left out. That
// there is no content is no secret.
func (r *Redactor) body(b exchange.Body) exchange.Body {
	switch {
	case b.State == exchange.Known && len(b.Bytes) == 0 && !b.Truncated:
		return b
	case b.State == exchange.Known && strings.EqualFold(b.MediaType, formMediaType):
		b.Replaced = len(b.Bytes)
		b.Bytes = []byte(r.parameters(string(b.Bytes), inForm))
		return b
	}
	return exchange.Body{MediaType: b.MediaType}
}

func (r *Redactor) fields(f exchange.Fields) exchange.Fields {
	lines := make([]exchange.Field, len(f.Lines))
	for i, line := range f.Lines {
		lines[i] = r.field(line)
	}
	f.Lines = lines
	return f
}

// SPDX-License-Identifier: Apache-2.0

package har

import (
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// request is the member "request".
type request struct {
	method, url, proto string

	urlCut      bool
	head        head
	headersSize number
	post        content
	bodySize    number
}

func (e *entry) readRequest(c *cursor) error {
	e.request = request{}
	q := &e.request
	_, err := c.object(func(name []byte) error {
		switch string(name) {
		case "method":
			return c.text(&q.method)
		case "url":
			err := c.text(&q.url)
			q.urlCut = c.cut
			return err
		case "httpVersion":
			return c.text(&q.proto)
		case "headers":
			return q.head.read(c)
		case "cookies":
			return q.head.readCookies(c)
		case "headersSize":
			return c.number(&q.headersSize)
		case "bodySize":
			return c.number(&q.bodySize)
		case "postData":
			return q.post.read(c, e.policy.WantRequest != nil)
		}
		return c.skip()
	})
	return err
}

// requestMessage is the request as the model has it.
func (e *entry) requestMessage(origin *exchange.Capture) exchange.Request {
	q := &e.request
	q.head.addCookieField()
	message := exchange.Request{
		Method: q.method,
		Proto:  q.proto,
		Fields: q.head.fields(origin),
	}
	message.URL, _ = parseURL(q.url, q.method)
	q.completeURL(&message.URL)
	if e.provisional() {
		message.Fields.Incomplete = true
	}
	message.Body = e.requestBody(&message)
	return message
}

// completeURL fills in the host from the head if the URL itself has none.
func (q *request) completeURL(u *exchange.URL) {
	if u.Host != "" {
		return
	}
	u.Host, u.Scheme = q.head.authority, q.head.scheme
	if u.Host == "" {
		u.Host = exchange.Fields{Lines: q.head.lines}.First("Host")
	}
}

// provisional reports whether the request head can only be what the browser
// meant to send. Chromium learns what was really sent, cookies included, from a
// second source; when that is lost, exporters fed by it (DevTools, Playwright,
// everything built on the debugging protocol) list a head without Host and
// :authority. Clients that record what the user typed (Insomnia) look the same
// and know as little. Two exporters leave :authority out of complete HTTP/2
// heads and are believed.
func (e *entry) provisional() bool {
	q := &e.request
	if q.head.authority != "" || q.head.has("Host") {
		return false
	}
	return !(e.creator.omitsAuthority() && laterThanHTTP1(q.proto))
}

func laterThanHTTP1(proto string) bool {
	proto = strings.ToLower(proto)
	return strings.HasPrefix(proto, "http/2") || strings.HasPrefix(proto, "http/3") ||
		strings.HasPrefix(proto, "h2") || strings.HasPrefix(proto, "h3")
}

// requestBody prefers the text over the form's names and values.
func (e *entry) requestBody(message *exchange.Request) exchange.Body {
	q := &e.request
	media := mediaType(q.post.mime)
	if media == "" {
		media = mediaType(message.Fields.First("Content-Type"))
	}
	body := exchange.Body{MediaType: media}
	if e.policy.WantRequest == nil || !e.policy.WantRequest(message) {
		return body
	}
	switch {
	case len(q.post.text) > 0:
		body = q.post.body(e.policy.MaxBytes)
		body.MediaType = media
	case q.canRebuild(media):
		body = q.rebuild(e.policy.MaxBytes)
	case q.isEmpty(message):
		body.State = exchange.Known
	}
	return body
}

func (q *request) canRebuild(media string) bool {
	return len(q.post.params.pairs) > 0 && !q.post.params.files &&
		(media == "" || media == formMediaType)
}

// rebuild makes a body of the form's names and values.
func (q *request) rebuild(limit int) exchange.Body {
	text, sure := q.post.params.text()
	form := content{text: []byte(text), cut: q.post.params.cut}
	body := form.body(limit)
	body.MediaType = formMediaType
	body.Lossy = body.Lossy || !sure
	return body
}

// isEmpty reports whether the request certainly had no content. Playwright, for
// one, writes an empty text for contents that are not text.
func (q *request) isEmpty(message *exchange.Request) bool {
	length := message.Fields.First("Content-Length")
	switch {
	case length == "0":
		return true
	case length != "" || q.bodySize.value > 0:
		return false
	case q.post.hasText:
		return true
	}
	switch strings.ToUpper(q.method) {
	case "POST", "PUT", "PATCH":
		return false
	}
	return true
}

// SPDX-License-Identifier: Apache-2.0

package har

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/logintrace/logintrace/capture/exchange"
)

// response is the member "response".
type response struct {
	seen          bool
	status        number
	reason, proto string

	head        head
	headersSize number
	content     content
	want        decision
}

// decision is the answer of a BodyPolicy, which is asked once.
type decision struct {
	made, yes bool
}

func (e *entry) readResponse(c *cursor) error {
	e.response = response{}
	s := &e.response
	seen, err := c.object(func(name []byte) error {
		switch string(name) {
		case "status":
			return c.number(&s.status)
		case "statusText":
			return c.text(&s.reason)
		case "httpVersion":
			return c.text(&s.proto)
		case "headers":
			return s.head.read(c)
		case "cookies":
			return s.head.readCookies(c)
		case "headersSize":
			return c.number(&s.headersSize)
		case "content":
			return s.content.read(c, e.mayWantResponse())
		case "_error", "_failureText":
			return c.text(&e.failure)
		}
		return c.skip()
	})
	s.seen = seen
	return err
}

// mayWantResponse asks the policy before the content is read, if the heads stand
// before it as they nearly always do: an unwanted content is then never held.
func (e *entry) mayWantResponse() bool {
	s := &e.response
	switch {
	case e.policy.WantResponse == nil:
		return false
	case !e.request.head.seen || !s.head.seen || !s.status.known:
		return true
	case !s.answered():
		return false
	}
	policy := e.policy
	e.policy.WantRequest = nil // the request is not asked for yet
	message := e.requestMessage(nil)
	e.policy = policy
	head := e.responseHead(nil)
	head.Body.MediaType = mediaType(head.Fields.First("Content-Type"))
	s.want = decision{made: true, yes: policy.WantResponse(&message, head)}
	return s.want.yes
}

// responseMessage is the response as the model has it, or why there is none.
func (e *entry) responseMessage(origin *exchange.Capture, request *exchange.Request) (*exchange.Response, string) {
	s := &e.response
	if !s.answered() {
		return nil, e.noResponse()
	}
	message := e.responseHead(origin)
	message.Body = e.responseBody(request, message)
	return message, ""
}

// answered tells a status code from the 0 and -1 of failed requests.
func (s *response) answered() bool {
	return s.status.value >= 100 && s.status.value <= 999
}

// responseHead is the response without its body. A browser that lost what was
// really sent (see provisional) lost Set-Cookie with it.
func (e *entry) responseHead(origin *exchange.Capture) *exchange.Response {
	s := &e.response
	if e.creator.isSafari() {
		s.head.lines = splitSetCookie(s.head.lines)
	}
	s.head.addSetCookieFields()
	message := &exchange.Response{
		Status: int(s.status.value),
		Reason: s.reason,
		Proto:  s.proto,
		Fields: s.head.fields(origin),
	}
	if e.provisional() || len(s.head.lines) == 0 {
		message.Fields.Incomplete = true
	}
	return message
}

// failureName is a name such as net::ERR_BLOCKED_BY_CLIENT, or a few plain words.
// Anything else may quote the URL, and with it a token.
var failureName = regexp.MustCompile(`^(?:[A-Za-z0-9_:.,'-]{1,32} ?){1,12}$`)

// noResponse words why there is no response, with what the exporter said of it.
func (e *entry) noResponse() string {
	switch {
	case failureName.MatchString(e.failure):
		return fmt.Sprintf("the recording program saw the request fail: %q", e.failure)
	case e.failure != "":
		return "the recording program saw the request fail"
	case !e.response.seen:
		return "the entry holds no response"
	}
	return "the recording program saw no response: blocked, cancelled or still running"
}

// shorten cuts hostile text to what belongs in a sentence.
func shorten(s string) string {
	if len(s) > maxQuoted {
		return string(cutText([]byte(s), maxQuoted)) + "…"
	}
	return s
}

// responseBody is the content of the response. A 304 has none of its own;
// browsers then show the stored one, and so do we.
func (e *entry) responseBody(request *exchange.Request, message *exchange.Response) exchange.Body {
	s := &e.response
	media := mediaType(s.content.mime)
	if media == "" {
		media = mediaType(message.Fields.First("Content-Type"))
	}
	body := exchange.Body{MediaType: media}
	message.Body.MediaType = media // what is wanted may depend on it
	if !s.want.made {
		want := e.policy.WantResponse
		s.want = decision{made: true, yes: want != nil && want(request, message)}
	}
	switch {
	case !s.want.yes:
	case len(s.content.text) > 0:
		body = s.content.body(e.policy.MaxBytes)
		body.MediaType = media
	case s.isEmpty(request, message):
		body.State = exchange.Known
	}
	return body
}

// isEmpty reports whether the response certainly had no content. Browsers write
// size 0 for redirects whatever came with them.
func (s *response) isEmpty(request *exchange.Request, message *exchange.Response) bool {
	status := message.Status
	length := message.Fields.First("Content-Length")
	switch {
	case status < 200, status == 204, status == 304, strings.EqualFold(request.Method, "HEAD"):
		return true
	case length != "":
		return length == "0"
	case status >= 300 && status < 400:
		return false
	}
	return s.content.size.known && s.content.size.value == 0
}
